// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   party 1 ──arrive──▶ ┊ waits  ┊                       ┊──▶ 0
//   party 2 ──arrive──▶ ┊ waits  ┊ all there: action()   ┊──▶ 1     next phase …
//   party 3 ──arrive──▶ ┊ (last) ┊ runs once, in one     ┊──▶ 2
//
// A fixed number of parties, threads and coroutines in any mix, wait for one another, phase after phase. Each is told the
// order in which it arrived, so exactly one of them gets 0. An action, if there is one, is run by the last to arrive,
// before anybody goes on.
//
// A barrier breaks, for everybody, when a phase cannot be completed: a party's deadline comes or it is cancelled, the
// action throws, or abort() is called. All who wait, and all who come later, get errc::barrier_broken, until reset(). That
// is as in Python's threading.Barrier; unlike there, the party whose deadline came gets timeout_error, and one that was
// cancelled gets cancelled.
//
// What a party wrote before it arrived is seen by the action, and by all of its phase once they go on.

#include <plait/runtime/wait.hpp>

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace plait {

class barrier {
public:
    /// For `parties` parties, at least 1. `action` may wait, but not for this barrier. Throws errc::invalid_argument if
    /// `parties` is 0.
    explicit barrier(std::size_t parties, std::function<void()> action = {});
    /// The last one that returned from it may destroy it.
    ~barrier() { std::lock_guard last_has_left(lock_); }
    barrier(const barrier&) = delete;
    barrier& operator=(const barrier&) = delete;

    /// Arrives, and waits until all parties have. Returns in which place the caller arrived, from 0.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none. If more than parties() use the barrier, one
    ///                that comes while the action runs waits for the next phase.
    /// Cancellation:  breaks the barrier, unless the phase was complete.
    /// Thread safety: any thread.
    /// Throws:        errc::barrier_broken; what the action throws, in the party that runs it; errc::would_block_loop in
    ///                a handler on a loop's thread, which then has not arrived; cancelled.
    std::size_t arrive_and_wait() { return arrive_until_deadline(deadline::never()); }

    /// The same, waiting at most `d`, or until `t`: then the barrier breaks, and timeout_error is thrown. A negative `d`
    /// is errc::invalid_argument.
    std::size_t arrive_and_wait_for(duration d) { return arrive_until_deadline(detail::deadline_after(d)); }
    std::size_t arrive_and_wait_until(time_point t) { return arrive_until_deadline(deadline(t)); }

    /// Arrives if all the others have, and completes the phase. Otherwise does nothing. Waits only if the action does.
    [[nodiscard]] std::optional<std::size_t> try_arrive_and_wait();

    /// Calls the token's handler, void(error_code, std::size_t place), once all parties have arrived. If it is the last,
    /// the action runs just before; what that throws, if it has no error code, is thrown through the handler's executor.
    /// An operation whose executor goes before the action could run breaks the barrier. See <plait/runtime/async.hpp>.
    template <class Token>
    auto async_arrive_and_wait(Token&& token) {
        return detail::async_perform(arrival(*this), std::forward<Token>(token));
    }

    /// Breaks the barrier. Never waits; any thread.
    void abort() noexcept;
    /// Makes the barrier whole and empty. Those who wait get errc::barrier_broken. Never waits; any thread.
    void reset() noexcept;

    [[nodiscard]] std::size_t parties() const noexcept { return parties_; }
    /// Hints: how many have arrived and wait for the others; whether it is broken.
    [[nodiscard]] std::size_t n_waiting() const noexcept;
    [[nodiscard]] bool broken() const noexcept;

private:
    enum class outcome { open, complete, broken };

    /// What is known of one phase by those who arrived in it; the barrier itself may be phases ahead when they look.
    struct phase {
        std::size_t arrived = 0;
        outcome ends = outcome::open;
    };

    struct arrival {
        using signature = void(boost::system::error_code, std::size_t);
        static constexpr const char* what = "barrier.arrive_and_wait";

        explicit arrival(barrier& b) noexcept : of(b) {}
        arrival(arrival&&) noexcept = default;
        arrival& operator=(arrival&&) = delete;
        ~arrival() { leave(); }

        barrier& of;
        std::shared_ptr<phase> in = {}; // from the arrival until its outcome is known
        std::size_t place = 0;

        [[nodiscard]] detail::raw_lock& lock() const noexcept { return of.lock_; }
        [[nodiscard]] detail::wait_list& waiters() const noexcept { return in ? of.waiting_ : of.at_the_door_; }
        bool attempt(std::unique_lock<detail::raw_lock>&, detail::party&, bool was_woken);
        void pass_on(std::unique_lock<detail::raw_lock>&) const noexcept {} // everybody was woken
        template <class Handler>
        void complete(Handler&& handler, boost::system::error_code ec) {
            if (!ec)
                ec = act_if_last_and_report();
            else if (is_through())
                ec = {};
            leave();
            std::forward<Handler>(handler)(ec, place);
        }

        void act_if_last();
        boost::system::error_code act_if_last_and_report();
        [[nodiscard]] bool is_through() noexcept;
        void leave() noexcept; // breaks the phase if it is still open
    };

    std::size_t arrive_until_deadline(deadline until);
    bool arrive(arrival& a);
    void end_phase(outcome ends) noexcept;

    const std::size_t parties_;
    const std::function<void()> action_;
    mutable detail::raw_lock lock_; // guards what follows, and the phases
    bool broken_ = false;
    bool acting_ = false;          // everybody has arrived, and the action runs
    std::shared_ptr<phase> phase_; // the present one; none until somebody arrives
    detail::wait_list waiting_;
    detail::wait_list at_the_door_; // for the end of the action
};

} // namespace plait
