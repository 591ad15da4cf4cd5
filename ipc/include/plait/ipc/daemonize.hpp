// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   shell ──▶ program ──posix_spawn, in a session of its own──▶ the same program, started anew ──▶ goes on
//   prompt ◀── ends ◀────────────── has come so far ───────────────────┘
//
// Puts a program in the background. There is no fork: threads, locks and loops that the program has already stay behind
// whole, in the process that ends.

#include <plait/runtime/stream_target.hpp>

#include <string>

namespace plait::ipc {

struct daemonize_options {
    std::string directory = "/"; ///< empty: as it is
    subprocess::stream_target in = subprocess::null;
    subprocess::stream_target out = subprocess::null;
    subprocess::stream_target err = subprocess::null;
};

/// Ends this process with exit code 0, and returns in another one: the same program, started anew with the same arguments,
/// that leads a session of its own, without a terminal, adopted by init, and with no descriptors but the standard streams.
/// Say it early: whatever the program does before, it does twice. Both must come here.
///
/// Blocks:  the thread, until the other one has come here.
/// Throws:  system_error naming the call that failed; error(invalid_argument) naming the field of the options that makes no
///          sense; error(not_a_child_program) if the other one ends without having come here. Then this process goes on, and
///          there is no other one.
void daemonize(const daemonize_options& options = {});

} // namespace plait::ipc
