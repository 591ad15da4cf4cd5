// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   producers ──put──▶ [ a b c d … capacity ] ──get──▶ consumers
//
// A bounded first-in-first-out queue between threads and coroutines of one process, in any mix. Items are moved in and
// moved out. A put waits while the queue is full, a get while it is empty. close() refuses further puts; gets drain
// what is there and then throw queue_closed.
//
// A wait that is cancelled or times out has put, or taken, nothing.

#include <plait/runtime/error.hpp>
#include <plait/runtime/wait.hpp>

#include <boost/circular_buffer.hpp>
#include <boost/system/result.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <mutex>
#include <string>
#include <utility>

namespace plait {

template <class T>
class queue {
public:
    /// The capacity of a queue that a put never waits for.
    static constexpr std::size_t unbounded = std::numeric_limits<std::size_t>::max();

    /// `capacity` is in items, at least 1. Throws errc::invalid_argument if it is 0.
    explicit queue(std::size_t capacity = unbounded) : capacity_(capacity) {
        if (capacity == 0) throw error(errc::invalid_argument, "queue: a capacity of 0; it must be at least 1");
    }
    queue(const queue&) = delete;
    queue& operator=(const queue&) = delete;

    /// Puts `item` at the back. Waits while the queue is full.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none, until there is room.
    /// Cancellation:  nothing was put.
    /// Thread safety: any thread.
    /// Throws:        queue_closed; cancelled; errc::would_block_loop; whatever moving the item or allocating throws,
    ///                and then nothing was put.
    void put(T item) { put_until_deadline(item, deadline::never()); }
    /// The same, waiting at most `d` or until `t`; then throws timeout_error. A negative `d` is
    /// errc::invalid_argument.
    void put_for(T item, duration d) { put_until_deadline(item, detail::deadline_after(d)); }
    void put_until(T item, time_point t) { put_until_deadline(item, deadline(t)); }
    /// Puts without waiting; fails with errc::queue_full or errc::queue_closed, and then `item` is left as it was.
    boost::system::result<void> try_put(T&& item) {
        std::unique_lock guard(lock_);
        if (closed_) return make_error_code(errc::queue_closed);
        if (items_.size() >= capacity_) return make_error_code(errc::queue_full);
        push(guard, std::move(item));
        return {};
    }
    boost::system::result<void> try_put(const T& item) { return try_put(T(item)); }

    /// Takes the front item. Waits while the queue is empty.
    ///
    /// Blocks, thread safety, throws: as put. Cancellation: nothing was taken.
    [[nodiscard]] T get() { return get_until_deadline(deadline::never()); }
    /// The same, waiting at most `d` or until `t`; then throws timeout_error.
    [[nodiscard]] T get_for(duration d) { return get_until_deadline(detail::deadline_after(d)); }
    [[nodiscard]] T get_until(time_point t) { return get_until_deadline(deadline(t)); }
    /// Takes without waiting; fails with errc::queue_empty, or errc::queue_closed once it is drained.
    [[nodiscard]] boost::system::result<T> try_get() {
        std::unique_lock guard(lock_);
        if (items_.empty()) return make_error_code(closed_ ? errc::queue_closed : errc::queue_empty);
        return pop(guard);
    }

    /// Refuses further puts, those that wait included; gets take what is left and then throw queue_closed.
    void close() noexcept {
        std::lock_guard guard(lock_);
        closed_ = true;
        putters_.wake_all();
        getters_.wake_all();
    }
    [[nodiscard]] bool is_closed() const noexcept {
        std::lock_guard guard(lock_);
        return closed_;
    }

    /// Hints: true when they were read, perhaps not any more when they are used.
    [[nodiscard]] std::size_t size() const noexcept {
        std::lock_guard guard(lock_);
        return items_.size();
    }
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    [[nodiscard]] bool full() const noexcept { return size() >= capacity_; }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

private:
    void put_until_deadline(T& item, deadline until) {
        std::unique_lock guard(lock_);
        for (bool was_woken = false;; was_woken = true) {
            if (closed_) throw queue_closed("queue.put");
            if (items_.size() < capacity_) {
                try {
                    return push(guard, std::move(item));
                } catch (...) {
                    if (was_woken) putters_.wake_one(guard); // the room is the next one's
                    throw;
                }
            }
            detail::wait_state result = putters_.wait(guard, until);
            guard.lock();
            if (result != detail::wait_state::woken) leave(guard, result, "queue.put");
        }
    }

    T get_until_deadline(deadline until) {
        std::unique_lock guard(lock_);
        for (bool was_woken = false;; was_woken = true) {
            if (!items_.empty()) {
                try {
                    return pop(guard);
                } catch (...) {
                    if (was_woken) getters_.wake_one(guard); // the item is the next one's
                    throw;
                }
            }
            if (closed_) throw queue_closed("queue.get");
            detail::wait_state result = getters_.wait(guard, until);
            guard.lock();
            if (result != detail::wait_state::woken) leave(guard, result, "queue.get");
        }
    }

    // The wait ended without a wake-up, so none was used up: leaving takes nothing from anybody.
    [[noreturn]] static void
    leave(std::unique_lock<detail::raw_lock>& guard, detail::wait_state result, const char* what) {
        guard.unlock();
        detail::throw_unless_woken(result, what);
        __builtin_unreachable();
    }

    void push(std::unique_lock<detail::raw_lock>& guard, T&& item) {
        if (items_.full()) items_.set_capacity(std::min(capacity_, std::max<std::size_t>(16, items_.capacity() * 2)));
        items_.push_back(std::move(item));
        if (!getters_.empty()) getters_.wake_one(guard);
    }

    T pop(std::unique_lock<detail::raw_lock>& guard) {
        T item = std::move(items_.front());
        items_.pop_front();
        if (!putters_.empty()) putters_.wake_one(guard);
        return item;
    }

    const std::size_t capacity_;
    mutable detail::raw_lock lock_;
    bool closed_ = false;
    boost::circular_buffer<T> items_; // grows up to the capacity
    detail::wait_list getters_;
    detail::wait_list putters_;
};

} // namespace plait
