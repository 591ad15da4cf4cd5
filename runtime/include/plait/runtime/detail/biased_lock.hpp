// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//     used by anybody ──many uses in a row by one thread──▶ biased to that thread: no atomic read-modify-write
//            ▲                                                        │
//            └──────────────── another thread wants it ───────────────┘ a heavy fence; the next bias is harder to earn
//
// A lock for what is mostly used by one thread: one end of a queue, the queue between the coroutines of one loop. The
// thread it is biased to enters and leaves with plain stores, a third of the cost of a free raw_lock. Another one takes
// the bias away, with an asymmetric fence of some microseconds; each time twice as many uses in a row are needed to get
// it back, so that what is shared for good costs no more than a raw_lock.
//
// Held for a few instructions, as a raw_lock is, by a `section`.

#include <plait/runtime/detail/asymmetric_fence.hpp>
#include <plait/runtime/detail/raw_lock.hpp>

#include <atomic>
#include <cstdint>

namespace plait::detail {

class biased_lock {
public:
    biased_lock() noexcept = default;
    biased_lock(const biased_lock&) = delete;
    biased_lock& operator=(const biased_lock&) = delete;

    /// Holds the lock until leave(), or until the end of its life.
    class [[nodiscard]] section {
    public:
        explicit section(biased_lock& lock) noexcept : lock_(&lock), by_bias_(lock.enter_by_bias()) {
            if (!by_bias_) lock.enter_by_lock();
        }
        section(const section&) = delete;
        section& operator=(const section&) = delete;
        ~section() {
            if (lock_) leave();
        }
        void leave() noexcept {
            if (by_bias_)
                // release; pairs with the acquire in revoke()
                lock_->entered_.store(false, std::memory_order_release);
            else
                lock_->lock_.unlock();
            lock_ = nullptr;
        }

    private:
        biased_lock* lock_;
        bool by_bias_;
    };

private:
    using thread_id = const void*;

    static thread_id this_thread() noexcept {
        static thread_local constinit char here = 0;
        return &here;
    }

    bool enter_by_bias() noexcept {
        // relaxed: what this thread does is sequenced; a thread that took the bias away gave the lock up in between
        if (favourite_.load(std::memory_order_relaxed) != this_thread()) return false;
        entered_.store(true, std::memory_order_relaxed);
        light_fence(); // pairs with the heavy one in revoke(): either we see that the bias is gone, or it sees us inside
        if (favourite_.load(std::memory_order_relaxed) == this_thread()) return true;
        entered_.store(false, std::memory_order_relaxed);
        return false;
    }
    void enter_by_lock() noexcept {
        lock_.lock();
        // relaxed: changed by holders of lock_ alone
        if (favourite_.load(std::memory_order_relaxed)) revoke();
        if (last_ != this_thread()) begin_a_row();
        if (++uses_in_a_row_ == uses_needed_) [[unlikely]]
            give_bias();
    }
    void begin_a_row() noexcept {
        last_ = this_thread();
        uses_in_a_row_ = 0;
    }
    void give_bias() noexcept;
    void revoke() noexcept;

    std::atomic<thread_id> favourite_{nullptr}; // whom the lock is biased to
    std::atomic<bool> entered_{false};          // by that thread, by its bias
    raw_lock lock_;                             // held by everybody else
    std::uint32_t uses_in_a_row_ = 0;
    std::uint32_t uses_needed_ = 64;
    thread_id last_ = nullptr;
    thread_id ever_favourite_ = nullptr;
};

} // namespace plait::detail
