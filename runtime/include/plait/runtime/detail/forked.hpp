// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// A process that is a copy of another one (fork), of which it has one thread, its main one.

namespace plait::detail {

/// In the copy, before anything else: its threads, those that it will start, are waited for at the end of the program, as
/// those of any other process are.
void become_main_thread_of_copy() noexcept;

/// What the end of the program does about threads: waits for all but daemons.
void wait_for_threads() noexcept;

} // namespace plait::detail
