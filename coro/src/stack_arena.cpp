// Copyright 2026 the plait authors. Boost Software License 1.0
#include "stack_arena.hpp"

#include <plait/runtime/error.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

namespace plait::detail {
namespace {

constexpr std::size_t page = 4096;
constexpr int madv_guard_install = 102; // Linux 6.13; not in the headers of glibc 2.36

// Reserved at once. The address space costs nothing, but ThreadSanitizer has little of it.
#ifdef __SANITIZE_THREAD__
constexpr std::size_t slab_bytes = std::size_t(1) << 30;
#else
constexpr std::size_t slab_bytes = std::size_t(16) << 30;
#endif

constexpr std::size_t smallest_stack = 16 * 1024;
constexpr std::size_t largest_stack = std::size_t(1) << 30;
constexpr std::size_t class_of(std::size_t power_of_two) noexcept {
    return static_cast<std::size_t>(std::countr_zero(power_of_two) - std::countr_zero(smallest_stack));
}
constexpr std::size_t class_count = class_of(largest_stack) + 1;

[[noreturn]] void throw_exhausted(const char* call, int code, const char* limit) {
    throw error(
        errc::stack_exhausted, std::string(call) + " failed (" + std::strerror(code) // NOLINT(concurrency-mt-unsafe)
                                   + "); the limit is " + limit);
}

} // namespace

guard_kind best_guard_kind() noexcept {
    static const guard_kind kind = [] {
        void* probe = mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (probe == MAP_FAILED) return guard_kind::mprotect;
        bool works = madvise(probe, page, madv_guard_install) == 0;
        munmap(probe, page);
        return works ? guard_kind::madvise : guard_kind::mprotect;
    }();
    return kind;
}

stack_arena::~stack_arena() {
    for (char* slab : slabs_)
        munmap(slab, std::max(slab_bytes, stack_bytes_));
}

char* stack_arena::bottom(char* top) const noexcept { return top - stack_bytes_ + page; }

char* stack_arena::allocate() {
    std::lock_guard guard(lock_);
    if (free_.empty()) return cut();
    char* top = free_.back();
    free_.pop_back();
    return top;
}

void stack_arena::release(char* top) noexcept {
    std::lock_guard guard(lock_);
    if (free_.size() >= watermark) madvise(bottom(top), stack_bytes_ - page, MADV_DONTNEED);
    free_.push_back(top);
}

char* stack_arena::cut() {
    if (next_ == end_) {
        std::size_t bytes = std::max(slab_bytes, stack_bytes_);
        slabs_.reserve(slabs_.size() + 1);
        void* slab = mmap(
            nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
        if (slab == MAP_FAILED)
            throw_exhausted(
                "mmap", errno, "address space (ulimit -v), or memory under strict overcommit (vm.overcommit_memory=2)");
        // A huge page would make 2 MiB of one touched byte.
        madvise(slab, bytes, MADV_NOHUGEPAGE);
        next_ = static_cast<char*>(slab);
        end_ = next_ + bytes;
        slabs_.push_back(next_);
    }
    if (free_.capacity() < cut_count_ + 1) free_.reserve(std::max<std::size_t>(64, cut_count_ * 2));
    install_guard(next_);
    ++cut_count_;
    next_ += stack_bytes_;
    return next_;
}

void stack_arena::install_guard(char* lowest) const {
    if (guard_ == guard_kind::madvise) {
        if (madvise(lowest, page, madv_guard_install) != 0) throw_exhausted("madvise", errno, "memory for page tables");
    } else if (mprotect(lowest, page, PROT_NONE) != 0) {
        throw_exhausted("mprotect", errno, "vm.max_map_count (two mappings for each stack)");
    }
}

stack_arena& arena_for(std::size_t bytes) {
    if (bytes > largest_stack)
        throw error(
            errc::invalid_argument,
            "a stack of " + std::to_string(bytes) + " bytes; it must be at most " + std::to_string(largest_stack));
    struct all_arenas {
        std::array<std::unique_ptr<stack_arena>, class_count> by_class;
        all_arenas() {
            for (std::size_t c = 0; c < class_count; ++c)
                by_class[c] = std::make_unique<stack_arena>(smallest_stack << c, best_guard_kind());
        }
    };
    // Never destroyed: threads and coroutines may outlive static destruction.
    static all_arenas& arenas = *new all_arenas;
    return *arenas.by_class[class_of(std::bit_ceil(std::max(bytes, smallest_stack)))];
}

namespace {

// A free stack in a thread's cache, written over its uppermost bytes.
struct cached_stack {
    cached_stack* next;
    stack_arena* arena;
};

// The stacks that a thread has freed, last in first out; of one arena at a time, because programs rarely mix sizes.
class stack_cache {
public:
    stack_cache() noexcept = default;
    stack_cache(const stack_cache&) = delete;
    stack_cache& operator=(const stack_cache&) = delete;
    ~stack_cache() { trim(0); }

    char* take(const stack_arena& arena) noexcept {
        cached_stack* node = top_;
        if (!node || node->arena != &arena) return nullptr;
        top_ = node->next;
        --size_;
        return reinterpret_cast<char*>(node + 1);
    }
    void put(stack_arena& arena, char* top) noexcept {
        if (size_ >= limit) trim(limit / 2);
        auto* node = reinterpret_cast<cached_stack*>(top) - 1;
        top_ = new (node) cached_stack{top_, &arena};
        ++size_;
    }

private:
    static constexpr std::size_t limit = 2048;

    void trim(std::size_t keep) noexcept {
        while (size_ > keep) {
            cached_stack* node = top_;
            top_ = node->next;
            --size_;
            node->arena->release(reinterpret_cast<char*>(node + 1));
        }
    }

    cached_stack* top_ = nullptr;
    std::size_t size_ = 0;
};

stack_cache& this_thread_cache() noexcept {
    static thread_local stack_cache cache;
    return cache;
}

} // namespace

char* allocate_stack(stack_arena& arena) {
    char* top = this_thread_cache().take(arena);
    return top ? top : arena.allocate();
}

void release_stack(stack_arena& arena, char* top) noexcept { this_thread_cache().put(arena, top); }

} // namespace plait::detail
