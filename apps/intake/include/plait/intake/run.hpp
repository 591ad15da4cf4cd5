// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//     #include <plait/intake/run.hpp>
//
//     plait::intake::response answer(const plait::intake::request& r) { return {.body = std::string(r.body)}; }
//
//     int main(int argc, char** argv) { return plait::intake::run(argc, argv, &answer); }
//
// plait-intake as a library (plait::intake): a program of one's own that has all its flags, and answers with a C++ function.

#include <plait/intake/handler.hpp>

namespace plait::intake {

/// Serves as the command line says; returns the exit code of the program. Call it first thing in main(): the worker processes
/// are this program too, come this way, and call `answer`.
[[nodiscard]] int run(int argc, char** argv, handler answer);

} // namespace plait::intake
