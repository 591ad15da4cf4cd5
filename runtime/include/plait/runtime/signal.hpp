// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   signal_set stop{SIGTERM, SIGINT};      from here on these two wait
//   int which = stop.wait();
//
//   kernel ─┬─▶ signalfd ─────────────────▶ ┐                ┌─▶ signal_set ─▶ wait
//           └─▶ handler, in a thread that ─▶┴─ the watcher ──┴─▶ signal_set ─▶ wait
//               does not block the signal
//
// Signals as something to wait for. No code of the program is interrupted: the signals of a set are blocked in the thread
// that makes it, and in all that it starts from then on, and are read from a descriptor. In threads that were there before,
// a handler of three instructions passes them on; so make the set early, and nothing is interrupted at all.
//
// Each set gets each signal, if several have it. A signal that arrives while nobody waits is kept; further ones of the same
// number are then not told apart (POSIX.1-2017, 2.4.1), but real-time signals are counted. Of several that are pending, the
// lowest number comes first. Signals that are meant for one thread (raise, pthread_kill) are not seen where they are
// blocked: send them to the process (kill).
//
// When the last set that has a signal goes, the signal does what it did before, and it is unblocked where the set blocked
// it, if the set is destroyed on the thread that made it. Nothing of this reaches child processes of plait.

#include <plait/runtime/wait.hpp>

#include <boost/system/error_code.hpp>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace plait {

class signal_set {
public:
    /// Throws errc::invalid_argument for SIGKILL, SIGSTOP, the signals of faults (SIGSEGV, SIGBUS, SIGFPE, SIGILL), numbers
    /// that are no signals, and for no signals at all; system_error.
    explicit signal_set(std::initializer_list<int> signals);
    /// Nobody may wait. Signals of the set that nobody has waited for are forgotten.
    ~signal_set();
    signal_set(const signal_set&) = delete;
    signal_set& operator=(const signal_set&) = delete;

    /// Waits for a signal of the set, and returns its number. Of several who wait, one gets it.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none.
    /// Cancellation:  no signal was taken.
    /// Throws:        errc::would_block_loop in a handler on a loop's thread; cancelled.
    int wait() { return wait_until_deadline(deadline::never()); }

    /// Waits at most `d`, or until `t`; then throws timeout_error. A negative `d` is errc::invalid_argument.
    int wait_for(duration d) { return wait_until_deadline(detail::deadline_after(d)); }
    int wait_until(time_point t) { return wait_until_deadline(deadline(t)); }

    /// A signal that has arrived, if any. Never waits.
    [[nodiscard]] std::optional<int> try_wait() noexcept;

    /// Calls the token's handler, void(error_code, int), with the number of the next signal. See
    /// <plait/runtime/async.hpp>.
    template <class Token>
    auto async_wait(Token&& token) {
        return detail::async_perform(waiting{*this}, std::forward<Token>(token));
    }

    // For the one who distributes signals.

    /// Bit n−1: signal n is in the set.
    [[nodiscard]] std::uint64_t members() const noexcept { return members_; }
    /// A signal of the set has arrived.
    void deliver(int signal) noexcept;

private:
    struct waiting {
        using signature = void(boost::system::error_code, int);
        static constexpr const char* what = "signal_set.wait";

        signal_set& of;
        int signal = 0;

        [[nodiscard]] detail::raw_lock& lock() const noexcept { return of.lock_; }
        [[nodiscard]] detail::wait_list& waiters() const noexcept { return of.waiters_; }
        bool attempt(std::unique_lock<detail::raw_lock>&, detail::party&, bool) noexcept {
            signal = of.take();
            return signal != 0;
        }
        void pass_on(std::unique_lock<detail::raw_lock>& guard) const noexcept {
            if (of.pending_ != 0) of.waiters_.wake_one(guard);
        }
        template <class Handler>
        void complete(Handler&& handler, boost::system::error_code ec) const {
            std::forward<Handler>(handler)(ec, ec ? 0 : signal);
        }
    };

    int wait_until_deadline(deadline until);
    [[nodiscard]] int take() noexcept;

    static constexpr std::size_t signals = 64;

    std::uint64_t members_ = 0;
    std::uint64_t blocked_here_ = 0; // in thread_, by this set
    std::thread::id thread_ = std::this_thread::get_id();

    detail::raw_lock lock_; // guards what follows
    std::uint64_t pending_ = 0;
    std::array<std::uint32_t, signals> count_{}; // of those that are pending
    detail::wait_list waiters_;
};

} // namespace plait
