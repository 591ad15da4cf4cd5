// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   submitter: its cache ◀──32 at once── [ depot ] ◀──32 at once── worker: its cache
//
// Memory for small things that one thread makes and another destroys, which a general allocator is not made for: each
// would take the lock of the other's arena. Here a block that is freed is kept by the thread that frees it; what is too
// much goes to the depot, from which the others fetch it, a bundle at a time. The depot is bounded; what does not fit,
// and what a thread holds when it ends, goes back to the general allocator.

#include <cstddef>
#include <new>

namespace plait::detail {

class block_cache {
public:
    /// At least `bytes`, aligned as operator new does. Throws std::bad_alloc.
    [[nodiscard]] static void* allocate(std::size_t bytes) {
        if (bytes > largest) return ::operator new(bytes);
        block_cache& mine = of_size(bytes);
        if (!mine.first_) [[unlikely]]
            return mine.fetch(bytes);
        block* b = mine.first_;
        mine.first_ = b->next;
        ++mine.room_;
        return b;
    }
    /// `bytes`: as it was allocated.
    static void free(void* memory, std::size_t bytes) noexcept {
        if (bytes > largest) return ::operator delete(memory);
        block_cache& mine = of_size(bytes);
        if (mine.room_ == 0) [[unlikely]]
            mine.make_room(bytes);
        if (mine.room_ == 0) return ::operator delete(memory);
        --mine.room_;
        mine.first_ = new (memory) block{mine.first_, nullptr};
    }

private:
    friend struct block_depot;

    struct block {
        block* next;
        block* next_bundle;
    };

    static constexpr std::size_t small = 64, large = 256;
#ifdef __SANITIZE_ADDRESS__
    static constexpr std::size_t largest = 0; // none, so that a use after free is found
#else
    static constexpr std::size_t largest = large;
#endif
    static constexpr unsigned bundle = 32;

    static block_cache& of_size(std::size_t bytes) noexcept { return caches_[bytes > small]; }
    static std::size_t block_size(std::size_t bytes) noexcept { return bytes > small ? large : small; }

    void* fetch(std::size_t bytes);
    bool open() noexcept;
    void make_room(std::size_t bytes) noexcept;

    static constinit thread_local block_cache caches_[2];

    block* first_ = nullptr;
    unsigned room_ = 0; // for how many more
    enum class phase : unsigned char { unused, open, closed } phase_ = phase::unused;
};

inline constinit thread_local block_cache block_cache::caches_[2] = {};

/// For classes whose objects are made and destroyed by new and delete.
struct block_cached {
    [[nodiscard]] static void* operator new(std::size_t bytes) { return block_cache::allocate(bytes); }
    static void operator delete(void* memory, std::size_t bytes) noexcept { block_cache::free(memory, bytes); }
    // For what needs more alignment than the blocks have.
    [[nodiscard]] static void* operator new(std::size_t bytes, std::align_val_t alignment) {
        return ::operator new(bytes, alignment);
    }
    static void operator delete(void* memory, std::size_t, std::align_val_t alignment) noexcept {
        ::operator delete(memory, alignment);
    }
};

} // namespace plait::detail
