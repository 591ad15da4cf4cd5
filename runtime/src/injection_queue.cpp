// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/injection_queue.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <utility>

namespace plait::detail {

struct injection_queue::chunk {
    static constexpr std::size_t capacity = 510; // with the link, 4 KiB
    std::array<work_item*, capacity> items;
    chunk* next = nullptr;
};

injection_queue::injection_queue() : back_(new chunk), front_(back_) {}

injection_queue::~injection_queue() {
    while (front_)
        delete std::exchange(front_, front_->next);
    delete spare_.load(std::memory_order_relaxed);
}

bool injection_queue::push(work_item& item) {
    std::lock_guard guard(back_lock_);
    if (closed_) return false;
    append(item);
    return true;
}

void injection_queue::push_again(work_item& item) {
    std::lock_guard guard(back_lock_);
    append(item);
}

void injection_queue::append(work_item& item) {
    std::uint64_t n = pushed_.load(std::memory_order_relaxed);
    std::size_t at = n % chunk::capacity;
    if (at == 0 && n != 0) {
        // acquire; pairs with the release in take(): nobody reads the spare chunk any more
        chunk* fresh = spare_.exchange(nullptr, std::memory_order_acquire);
        if (!fresh) fresh = new chunk;
        fresh->next = nullptr;
        back_->next = fresh;
        back_ = fresh;
    }
    back_->items[at] = &item;
    // seq_cst: ordered before the look at who sleeps (pool_core::announce); its release part pairs with the load in take()
    pushed_.store(n + 1, std::memory_order_seq_cst);
}

std::size_t injection_queue::take(work_item** into, std::size_t limit) noexcept {
    std::lock_guard guard(front_lock_);
    std::uint64_t n = taken_.load(std::memory_order_relaxed);
    // acquire; pairs with the store in append(): the items, and the links to their chunks, are there
    std::size_t count = std::min<std::size_t>(limit, pushed_.load(std::memory_order_acquire) - n);
    for (std::size_t i = 0; i < count; ++i, ++n) {
        std::size_t at = n % chunk::capacity;
        if (at == 0 && n != 0) {
            chunk* empty = std::exchange(front_, front_->next);
            delete spare_.exchange(empty, std::memory_order_acq_rel);
        }
        into[i] = front_->items[at];
    }
    taken_.store(n, std::memory_order_seq_cst);
    return count;
}

void injection_queue::close() noexcept {
    std::lock_guard guard(back_lock_);
    closed_ = true;
}

} // namespace plait::detail
