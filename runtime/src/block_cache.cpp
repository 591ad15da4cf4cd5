// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/block_cache.hpp>
#include <plait/runtime/detail/raw_lock.hpp>

#include <mutex>
#include <utility>

namespace plait::detail {

/// The bundles of one size that no thread holds.
struct block_depot {
    using block = block_cache::block;
    static constexpr std::size_t most = 2 * 1024 * 1024; // bytes

    raw_lock lock;
    block* first = nullptr;
    std::size_t room; // for how many bundles

    explicit constexpr block_depot(std::size_t block_bytes) : room(most / (block_bytes * block_cache::bundle)) {}

    static block_depot& of_size(std::size_t bytes) noexcept {
        static constinit block_depot small_ones(block_cache::small), large_ones(block_cache::large);
        return bytes > block_cache::small ? large_ones : small_ones;
    }
    block* take() noexcept {
        std::lock_guard guard(lock);
        if (!first) return nullptr;
        ++room;
        return std::exchange(first, first->next_bundle);
    }
    // False if it is full.
    bool put(block* b) noexcept {
        std::lock_guard guard(lock);
        if (room == 0) return false;
        --room;
        b->next_bundle = std::exchange(first, b);
        return true;
    }
};

namespace {

template <class Block>
void free_all(Block* first) noexcept {
    while (first)
        ::operator delete(std::exchange(first, first->next));
}

} // namespace

// Opens the caches of the calling thread, and has them emptied when it ends. False if it is ending.
bool block_cache::open() noexcept {
    struct until_thread_ends {
        until_thread_ends() {
            for (block_cache& cache : caches_) {
                cache.room_ = 2 * bundle;
                cache.phase_ = phase::open;
            }
        }
        ~until_thread_ends() {
            for (block_cache& cache : caches_) {
                free_all(std::exchange(cache.first_, nullptr));
                cache.room_ = 0;
                cache.phase_ = phase::closed;
            }
        }
    };
    if (phase_ == phase::closed) return false;
    static thread_local until_thread_ends open_caches;
    static_cast<void>(open_caches);
    return true;
}

void* block_cache::fetch(std::size_t bytes) {
    block* first = open() ? block_depot::of_size(bytes).take() : nullptr;
    if (!first) return ::operator new(block_size(bytes));
    first_ = first->next;
    room_ = bundle + 1;
    return first;
}

void block_cache::make_room(std::size_t bytes) noexcept {
    if (phase_ != phase::open) {
        open();
        return;
    }
    block* first = first_;
    block* last = first;
    for (unsigned i = 1; i < bundle; ++i)
        last = last->next;
    first_ = std::exchange(last->next, nullptr);
    room_ += bundle;
    if (!block_depot::of_size(bytes).put(first)) free_all(first);
}

} // namespace plait::detail
