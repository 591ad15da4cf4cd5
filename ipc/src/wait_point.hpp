// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//               ┌─ a thread: spins, then sleeps on the channel's word
//   attempt ────┼─ a coroutine: waits in its process, whose doorbell is rung
//   in vain     └─ a handler: likewise (queue_async.cpp)
//
// One of the things that users of a queue wait for (a message, room, the end of all work), with all that this process
// knows about waiting for it. An attempt never waits; it says with a code that it has to, and is then made again whenever
// something has changed. It is what takes: a wait that times out or is cancelled has taken nothing.

#include "attachment.hpp"
#include "channel.hpp"
#include "loop_waiters.hpp"

#include <plait/runtime/detail/spin.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/loop.hpp>
#include <plait/runtime/wait.hpp>

#include <boost/system/errc.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>

namespace plait::ipc::detail {

/// Whether an attempt failed because somebody holds up the queue (message_order.hpp), who wakes nobody when he goes on.
[[nodiscard]] inline bool is_held_up(const boost::system::error_code& code) noexcept { return code == errc::timed_out; }

/// Whether an attempt that failed so is worth another one.
[[nodiscard]] inline bool must_wait(const boost::system::error_code& code) noexcept {
    return code == errc::queue_full || code == errc::queue_empty || is_held_up(code) ||
           code == boost::system::errc::resource_unavailable_try_again;
}

/// The pauses of a wait for a queue that is held up: short at first, then longer.
class pauses {
public:
    explicit pauses(deadline until) noexcept : until_(until) {}
    /// Blocks: the calling coroutine, or the thread. Returns false if the wait is over.
    bool pause() {
        auto next = plait::detail::deadline_after(pause_);
        pause_ = std::min(2 * pause_, longest);
        bool in_time = next.at() < until_.at();
        sleep_until(in_time ? next.at() : until_.at());
        return in_time;
    }

private:
    static constexpr duration longest = std::chrono::milliseconds(50);
    deadline until_;
    duration pause_ = std::chrono::milliseconds(1);
};

/// Throws the exception that belongs to `code`.
[[noreturn]] void throw_queue_error(const boost::system::error_code& code, const char* what);

struct wait_point {
    /// What is asked of the queue behind it.
    struct questions {
        std::size_t (*work)(void* of);    ///< how many of those who wait could go on now; a hint
        std::size_t (*backlog)(void* of); ///< for those who spin, see spin; nullptr: nobody does
    };

    wait_point(attachment& in, channel_memory& memory, channel::need n, questions ask, void* of_)
        : on(memory, in), coroutines(in, on, n, ask.work, of_), need(n), backlog(ask.backlog), of(of_) {}

    channel on;
    loop_waiters coroutines; // and handlers
    const channel::need need;
    std::size_t (*const backlog)(void* of);
    void* const of;
    plait::detail::spin spins;
    std::atomic<bool> known{false}; // to the attachment

    /// Before its first coroutine waits. `owner` holds the point.
    template <class Owner>
    void introduce(attachment& to, Owner& owner) {
        // Relaxed: a second entry does no harm.
        if (known.load(std::memory_order_relaxed)) return;
        to.add_waiters(on.address(), std::shared_ptr<loop_waiters>(owner.shared_from_this(), &coroutines));
        known.store(true, std::memory_order_relaxed);
    }

    template <class Attempt, class Result>
    void wait_as_thread(deadline until, const char* what, Attempt& attempt, Result& result) {
        plait::detail::throw_if_park_would_block_loop(what);
        auto held_up = [&] { return !result && is_held_up(result.error()); };
        auto try_again = [&] { return result = attempt(), result || !must_wait(result.error()); };
        auto go_on = [&] { return try_again() || held_up(); };
        pauses between_looks(until);
        for (;;) {
            if (held_up()) {
                bool in_time = between_looks.pause();
                if (try_again()) return;
                if (!in_time) throw timeout_error(what);
                continue;
            }
            if (backlog && spins.until(go_on, [this] { return backlog(of); })) {
                if (held_up()) continue;
                return;
            }
            auto registered = on.register_sleeper(need);
            if (try_again()) return;
            if (held_up()) continue;
            bool in_time = on.sleep(registered, until);
            if (try_again()) return;
            // A sleep that ended with its deadline used up nobody's wake.
            if (!in_time) throw timeout_error(what);
        }
    }
    template <class Attempt, class Result>
    void wait_as_coroutine(deadline until, const char* what, Attempt& attempt, Result& result) {
        auto held_up = [&] { return !result && is_held_up(result.error()); };
        auto try_again = [&] { return result = attempt(), result || !must_wait(result.error()); };
        auto go_on = [&] { return try_again() || held_up(); };
        listening ear(&plait::detail::party::current().home()->context());
        pauses between_looks(until);
        for (;;) {
            if (held_up()) {
                bool in_time = between_looks.pause();
                if (try_again()) return;
                if (!in_time) throw timeout_error(what);
                continue;
            }
            plait::detail::throw_unless_woken(coroutines.wait(until, go_on), what);
            if (result || !must_wait(result.error())) return;
            if (!held_up() && try_again()) return;
        }
    }
};

/// Makes the attempt until it need not wait any more. Returns what it returned, if that is no error. Blocks: the calling
/// coroutine, or the thread if there is none.
template <class Owner, class Attempt>
auto wait(Owner& owner, wait_point& at, deadline until, const char* what, Attempt attempt) {
    auto result = attempt();
    if (!result && must_wait(result.error())) {
        if (plait::detail::party::current().home()) {
            at.introduce(*owner.owner(), owner);
            at.wait_as_coroutine(until, what, attempt, result);
        } else {
            at.wait_as_thread(until, what, attempt, result);
        }
    }
    if (!result) throw_queue_error(result.error(), what);
    return result;
}

} // namespace plait::ipc::detail
