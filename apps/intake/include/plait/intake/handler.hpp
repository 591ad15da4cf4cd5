// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//     #include <plait/intake/handler.hpp>
//
//     plait::intake::response answer(const plait::intake::request& r) {
//         return {.body = "hello, " + std::string(r.target) + "\n"};
//     }
//     PLAIT_INTAKE_HANDLER(answer)
//
//     $ g++ -std=c++20 -O2 -shared -fPIC -o answer.so answer.cpp
//     $ plait-intake --handler library:./answer.so
//
// A handler in a shared object of one's own, which plait-intake's workers load. It needs these headers, and no library; it
// must be built with the same standard library as plait-intake. A worker calls it for one request at a time, on one thread, so
// it may keep what it likes between calls. An exception becomes 500 with its text; a crash ends the worker, and costs that one
// request at most.

#include <plait/intake/request.hpp>
#include <plait/intake/response.hpp>

#include <cstdint>

namespace plait::intake {

using handler = response (*)(const request&);

/// What the shared object exports, by the name plait_intake_library.
struct handler_library {
    static constexpr std::uint32_t current_version = 1;

    std::uint32_t version;
    handler answer;
};

} // namespace plait::intake

/// Exports `function`, a response(const request&), as the handler of a shared object. Once in each.
#define PLAIT_INTAKE_HANDLER(function)                                                                                 \
    extern "C" __attribute__((visibility("default"))) const plait::intake::handler_library plait_intake_library;       \
    const plait::intake::handler_library plait_intake_library{                                                         \
        plait::intake::handler_library::current_version, &(function)};
