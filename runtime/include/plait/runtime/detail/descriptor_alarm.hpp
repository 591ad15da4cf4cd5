// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   attempt ──nothing yet──▶ arm ─▶ [ the watcher's epoll ] ──ready──▶ wakes the handler ──▶ attempt
//
// How a handler waits for descriptors, whatever its executor is. What is done with them is described once, for those who
// block and for handlers, by an action:
//
//     struct action {
//         using signature = void(boost::system::error_code, T);
//         T result;
//         bool attempt();                         // true: it is done; false: it must wait; throws what has failed
//         descriptors_awaited awaited() const;    // for what
//     };

#include <plait/runtime/detail/raw_lock.hpp>
#include <plait/runtime/wait.hpp>

#include <boost/system/error_code.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <utility>

namespace plait::detail {

enum class readiness { to_read, to_write };

struct awaited_descriptor {
    int fd; ///< in non-blocking mode; waited for by one party at a time
    readiness what;
};

/// What one party waits for at a time.
class descriptors_awaited {
public:
    static constexpr std::size_t most = 3; // the pipes of a child

    void add(awaited_descriptor d) noexcept { all_[count_++] = d; }
    [[nodiscard]] std::span<const awaited_descriptor> all() const noexcept { return std::span(all_).first(count_); }

private:
    std::array<awaited_descriptor, most> all_{};
    std::size_t count_ = 0;
};

/// Rings once when one of some descriptors is ready, or has failed.
class descriptor_alarm {
public:
    descriptor_alarm() noexcept = default;
    descriptor_alarm(const descriptor_alarm&) = delete;
    descriptor_alarm& operator=(const descriptor_alarm&) = delete;
    ~descriptor_alarm() { disarm(); }

    /// Watches these, and no others any more. Throws system_error, std::bad_alloc. Without the lock, as disarm().
    void arm(const descriptors_awaited& descriptors);
    void disarm() noexcept;

    [[nodiscard]] raw_lock& lock() noexcept { return lock_; }
    [[nodiscard]] wait_list& waiters() noexcept { return waiters_; }
    /// With the lock held.
    [[nodiscard]] bool has_rung() const noexcept { return has_rung_; }

private:
    void ring() noexcept;

    std::array<std::uint64_t, descriptors_awaited::most> watched_{}; // by the watcher
    std::size_t watched_count_ = 0;
    raw_lock lock_; // guards what follows
    wait_list waiters_;
    bool has_rung_ = false;
};

/// An action as an operation with a completion token.
template <class Action>
struct async_action {
    using signature = typename Action::signature;
    static constexpr const char* what = "a pipe";

    Action action;
    std::unique_ptr<descriptor_alarm> alarm = std::make_unique<descriptor_alarm>();

    [[nodiscard]] raw_lock& lock() const noexcept { return alarm->lock(); }
    [[nodiscard]] wait_list& waiters() const noexcept { return alarm->waiters(); }
    bool attempt(std::unique_lock<raw_lock>& guard, party&, bool) {
        for (;;) {
            guard.unlock();
            alarm->disarm();
            bool is_done = action.attempt();
            if (!is_done) alarm->arm(action.awaited());
            guard.lock();
            if (is_done) return true;
            if (!alarm->has_rung()) return false;
        }
    }
    void pass_on(std::unique_lock<raw_lock>&) const noexcept {}
    template <class Handler>
    void complete(Handler&& handler, boost::system::error_code ec) {
        std::forward<Handler>(handler)(ec, std::move(action.result));
    }
};

} // namespace plait::detail
