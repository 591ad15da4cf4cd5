// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The child processes of a storm. Each puts or takes as fast as it can, in every way there is, by threads, by coroutines or
// by both; or it does what operators do. It writes on the board what it knows, and may die or be stopped at any instant.

#include "board.hpp"
#include "support/child_program.hpp"

#include <plait/ipc/queue.hpp>

#include <cstdint>

namespace crash {

enum class kind : unsigned { threads, coroutines, both };
inline constexpr unsigned kinds = 3;
inline constexpr unsigned parties_each = 4; ///< that work in one process
inline constexpr unsigned batch_limit = 8;  ///< messages that one of them takes at once

inline constexpr unsigned objects_limit = 100; ///< that are made while the storm lasts

/// All take as arguments: the board's descriptor, the kind, a seed. They end when they have produced enough, or when the
/// queue is closed and empty, or when all is over.
extern const test::child_function produces;
extern const test::child_function consumes;
extern const test::child_function operates;

/// Takes everything that waits, or was set aside, and writes it down as done.
void drain(plait::ipc::byte_queue& from, board& written);

/// A queue that an operator makes, so that the segment has to grow.
[[nodiscard]] std::string object_name(unsigned number);

} // namespace crash
