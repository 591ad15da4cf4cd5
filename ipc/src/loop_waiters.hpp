// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The coroutines and handlers of this process that wait for one channel. The channel itself knows the process only: a bit in its
// bitmap says that some loop of participant i waits. Whoever notifies takes one such bit away and rings that process
// (or, in the same process, comes here directly); then serve() wakes as many coroutines as there may be work for, and
// sets the bit again if others go on waiting.

#include "channel.hpp"

#include <plait/runtime/wait.hpp>

#include <cstdint>

namespace boost::asio {
class io_context;
}

namespace plait::ipc::detail {

class attachment;

class loop_waiters {
public:
    /// `work` says how many waiters could go on now; a hint.
    loop_waiters(attachment& in, channel& on, channel::need n, std::size_t (*work)(void* of), void* of);
    loop_waiters(const loop_waiters&) = delete;
    loop_waiters& operator=(const loop_waiters&) = delete;

    /// For the coroutine that found nothing: registers, looks again with `done()`, and parks if that is still false.
    /// Returns woken if it is worth another look, or how the wait ended. Throws what ringing needs: see doorbell.
    template <class Done>
    plait::detail::wait_state wait(deadline until, Done done) {
        auto round = begin_round();
        try {
            if (!done()) return park(round, until);
        } catch (...) {
            leave();
            throw;
        }
        leave();
        return plait::detail::wait_state::woken;
    }

    /// Wakes whom there is work for. Any thread.
    void serve() noexcept;

    // The parts of wait(), for handlers, which do not park.

    /// Registers. Whoever looks again after that, and finds nothing, joins waiters() under lock(), provided that
    /// round() is still the same then; otherwise there is more to look at.
    [[nodiscard]] std::uint64_t begin_round();
    [[nodiscard]] std::uint64_t round() const noexcept { return rounds_; } // under lock()
    [[nodiscard]] plait::detail::raw_lock& lock() noexcept { return lock_; }
    [[nodiscard]] plait::detail::wait_list& waiters() noexcept { return waiters_; }
    /// The caller waits no longer, and was not woken. If nobody else does, the process is not to be chosen for a wake;
    /// if it has been chosen already, that wake belongs to somebody else.
    void leave() noexcept;
    /// The caller was woken, and does not use that: somebody else has it.
    void pass_on() noexcept;

private:
    plait::detail::wait_state park(std::uint64_t round, deadline until);

    attachment& attachment_;
    channel& channel_;
    const channel::need need_;
    std::size_t (*work_)(void*);
    void* of_;
    plait::detail::raw_lock lock_;
    std::uint64_t rounds_ = 0; // of serve() and leave(): who registered before has to look again; guarded by lock_
    plait::detail::wait_list waiters_;
};

/// Lets somebody hear the doorbell while the object lives: whoever runs an io_context, or without one, the monitor thread.
/// Any thread.
class listening {
public:
    explicit listening(boost::asio::io_context* on);
    ~listening();
    listening(const listening&) = delete;
    listening& operator=(const listening&) = delete;

    class hearer {
    public:
        virtual void begin() = 0;
        virtual void end() noexcept = 0;

    protected:
        ~hearer() = default;
    };

private:
    hearer& ear_;
};

} // namespace plait::ipc::detail
