// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//     std::vector<plait::task<int>> tasks = …;
//     plait::join_all(tasks);                    // all have ended, well or not
//     for (auto& t : tasks)
//         std::cout << t.join() << '\n';         // does not wait any more
//
// Waiting for the end of several, as gevent's joinall. It is `wait` for those who want all of them and no lists; for a
// completion token use async_wait. See <plait/runtime/gather.hpp>, whose gather() throws the first failure and gives the
// values.

#include <plait/runtime/gather.hpp>

namespace plait {

/// Waits until all of `tasks`, or futures, have ended. What one of them failed with is thrown by its own join().
///
/// Blocks:        the calling coroutine, or the thread if there is none.
/// Cancellation:  of the caller: the tasks go on, and can be joined later.
/// Throws:        errc::no_state for an empty handle; errc::resource_deadlock_would_occur if the caller is among them;
///                errc::would_block_loop in a handler on a loop's thread; cancelled.
template <awaitable_range Tasks>
void join_all(Tasks& tasks) {
    static_cast<void>(wait(tasks));
}
/// The same, waiting at most `d` or until `t`: false if some had not ended then.
template <awaitable_range Tasks>
[[nodiscard]] bool join_all_for(duration d, Tasks& tasks) {
    return wait_for(d, tasks).pending.empty();
}
template <awaitable_range Tasks>
[[nodiscard]] bool join_all_until(time_point t, Tasks& tasks) {
    return wait_until(t, tasks).pending.empty();
}

} // namespace plait
