// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The child processes of a storm. Each puts or takes as fast as it can, by threads, by coroutines or by both; it writes
// on the board what it knows, and may die or be stopped at any instant.

#include "board.hpp"
#include "support/child_program.hpp"

#include <plait/ipc/queue.hpp>

#include <cstdint>

namespace crash {

enum class kind : unsigned { threads, coroutines, both };
inline constexpr unsigned kinds = 3;
inline constexpr unsigned parties_each = 4; ///< that work in one process

/// Both take as arguments: the board's descriptor, the kind, a seed. They end when they have produced enough, or when the
/// queue is closed and empty.
extern const test::child_function produces;
extern const test::child_function consumes;

/// Takes everything that waits, and writes it down as done.
void drain(plait::ipc::byte_queue& from, board& written);

} // namespace crash
