// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What the locks have in common: how one is waited for, as an operation of `perform` and `async_perform`, and the guard
// that a handler gets.
//
// A lock describes each kind of access that it gives in one small struct, which is copied freely:
//
//     struct access {
//         static constexpr const char* what = "mutex.lock"; // for people
//         static constexpr bool keeps_others_out = true;    // whether one party alone can have it
//         raw_lock& lock();          // guards the lock's lists
//         wait_list& waiters();      // where to wait for this access
//         const wait_list* before(); // whoever waits there goes first; nullptr: nobody
//         lock_request request(bool is_timed);
//         lock_counters& counters();
//         // With the lists' lock held: true if `who` has the lock now. If not, and it `waits`, whoever has the lock will
//         // find it. Throws errc::resource_deadlock_would_occur if `who` would wait for itself.
//         bool take(const party& who, bool was_woken, bool waits);
//         void mark_as_written();    // the same, after a true: unlocking has to take the slow path as well
//         void leave(const party& who);
//         void stop_waiting();       // somebody has gone from the list without the lock
//         // With the lists' lock held, which it gives up: `who` was woken, and is not going to use that.
//         void pass_on(std::unique_lock<raw_lock>& guard, const party& who) noexcept;
//     };

#include <plait/runtime/detail/handler_party.hpp>
#include <plait/runtime/detail/lock_counters.hpp>
#include <plait/runtime/detail/lock_graph.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/observe.hpp>
#include <plait/runtime/wait.hpp>

#include <boost/system/error_code.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace plait {
class condition_variable;
}

namespace plait::detail {

/// Takes a lock, and waits for it.
template <class Access>
class locking {
public:
    static constexpr const char* what = Access::what;

    locking(Access access, bool is_timed) noexcept : access_(access), request_(access.request(is_timed)) {}
    locking(locking&& other) noexcept
        : access_(other.access_),
          stage_(std::exchange(other.stage_, stage::begun)),
          request_(std::move(other.request_)) {}
    locking& operator=(locking&&) = delete;
    ~locking() { give_up(); }

    [[nodiscard]] raw_lock& lock() const noexcept { return access_.lock(); }
    [[nodiscard]] wait_list& waiters() const noexcept { return access_.waiters(); }
    bool attempt(std::unique_lock<raw_lock>& guard, party& who, bool was_woken, bool waits = true) {
        lock_graph graph(guard);
        if (access_.take(who, was_woken, waits)) {
            stage_ = stage::taken;
            bool in_graph = graph.has_taken(request_, who);
            bool is_timed = Access::keeps_others_out && observing() && access_.counters().begin_hold(in_graph);
            if (in_graph || is_timed) access_.mark_as_written();
            return true;
        }
        if (waits) {
            stage_ = stage::waiting;
            if (!was_woken) access_.counters().count_wait();
            graph.is_to_wait(request_, who, guard, access_.waiters(), access_.before());
        }
        return false;
    }

protected:
    void give_up() noexcept {
        if (std::exchange(stage_, stage::begun) == stage::waiting) access_.stop_waiting();
    }

    enum class stage : std::uint8_t { begun, waiting, taken };

    Access access_;
    stage stage_ = stage::begun;

private:
    lock_request request_;
};

/// Takes a lock. False if the deadline came first; throws as `perform`, and cancelled.
template <class Access>
bool take_lock(Access access, deadline until) {
    locking<Access> operation(access, !until.is_never());
    wait_state result = perform(operation, until);
    if (result == wait_state::timed_out) return false;
    throw_unless_woken(result, "lock");
    return true;
}

/// Takes a lock if it is free.
template <class Access>
bool try_to_take_lock(Access access) noexcept {
    locking<Access> operation(access, false);
    std::unique_lock guard(access.lock());
    return operation.attempt(guard, party::current(), false, false);
}

/// The ownership of a lock that a handler has got. It belongs to no thread or coroutine: it may be moved and destroyed
/// anywhere, and locking again, even in the same handler, waits. Destroying it unlocks. Not thread-safe itself.
template <class Access>
class async_guard {
public:
    /// Owns nothing.
    async_guard() noexcept = default;
    async_guard(Access access, std::unique_ptr<handler_party> owner) noexcept
        : access_(access), owner_(std::move(owner)) {}
    async_guard(async_guard&&) noexcept = default;
    async_guard& operator=(async_guard&& other) noexcept {
        async_guard(std::move(other)).swap(*this);
        return *this;
    }
    ~async_guard() {
        if (owner_) access_.leave(*owner_);
    }

    [[nodiscard]] bool owns_lock() const noexcept { return owner_ != nullptr; }
    explicit operator bool() const noexcept { return owns_lock(); }
    /// Unlocks. Throws errc::not_owner if it owns nothing.
    void unlock() {
        if (!owner_) throw error(errc::not_owner, "async_guard.unlock of one that owns nothing");
        access_.leave(*owner_);
        owner_.reset();
    }
    void swap(async_guard& other) noexcept {
        std::swap(access_, other.access_);
        owner_.swap(other.owner_);
    }

private:
    friend class plait::condition_variable; // takes the same lock again

    Access access_{};
    std::unique_ptr<handler_party> owner_;
};

/// Takes a lock for a handler.
template <class Access>
class async_locking : public locking<Access> {
public:
    using signature = void(boost::system::error_code, async_guard<Access>);

    explicit async_locking(Access access) : locking<Access>(access, false), owner_(std::make_unique<handler_party>()) {}
    async_locking(async_locking&&) noexcept = default;
    ~async_locking() {
        if (owner_ && this->stage_ == locking<Access>::stage::taken)
            this->access_.leave(*owner_); // its executor went before it could call the handler
    }

    [[nodiscard]] handler_party& who() const noexcept { return *owner_; }
    void pass_on(std::unique_lock<raw_lock>& guard) noexcept { this->access_.pass_on(guard, *owner_); }
    template <class Handler>
    void complete(Handler&& handler, boost::system::error_code ec) {
        async_guard<Access> lock;
        if (ec)
            this->give_up();
        else
            lock = {this->access_, std::move(owner_)};
        std::forward<Handler>(handler)(ec, std::move(lock));
    }

private:
    std::unique_ptr<handler_party> owner_;
};

} // namespace plait::detail
