// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The ways in which a test can start a process.

#include <plait/ipc/process_options.hpp>

#include <ostream>
#include <vector>

namespace plait::ipc {
inline std::ostream& operator<<(std::ostream& out, start_method method) {
    switch (method) {
    case start_method::spawn: return out << "spawn";
    case start_method::forkserver: return out << "forkserver";
    case start_method::fork: break;
    }
    return out << "fork";
}
} // namespace plait::ipc

namespace test {

/// Those whose children hold nothing but what they were given.
inline const std::vector<plait::ipc::start_method> clean_start_methods{
    plait::ipc::start_method::spawn, plait::ipc::start_method::forkserver};

/// All, except that a program under ThreadSanitizer has a thread of its, and cannot be forked.
inline const std::vector<plait::ipc::start_method> start_methods{
    plait::ipc::start_method::spawn,
    plait::ipc::start_method::forkserver,
#ifndef __SANITIZE_THREAD__
    plait::ipc::start_method::fork,
#endif
};

} // namespace test
