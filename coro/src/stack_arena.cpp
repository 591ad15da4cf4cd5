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
#include <utility>

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

namespace {

template <std::size_t... c>
std::array<stack_arena, class_count> make_arenas(std::index_sequence<c...>) {
    return {stack_arena(smallest_stack << c, best_guard_kind())...};
}

} // namespace

stack_arena& arena_for(std::size_t bytes) {
    if (bytes > largest_stack)
        throw error(
            errc::invalid_argument,
            "a stack of " + std::to_string(bytes) + " bytes; it must be at most " + std::to_string(largest_stack));
    // Never destroyed: threads and coroutines may outlive static destruction.
    static auto& arenas =
        *new std::array<stack_arena, class_count>(make_arenas(std::make_index_sequence<class_count>()));
    return arenas[class_of(std::bit_ceil(std::max(bytes, smallest_stack)))];
}

namespace {

// The stacks of one size that a thread has freed, last in first out. Nothing is written to them: the lines of a stack that
// is used again are fetched before they are needed.
class stack_cache {
public:
    static stack_cache& of_this_thread(const stack_arena& arena) noexcept { return caches_[arena.size_class()]; }

    /// nullptr if it is empty.
    char* take(const stack_arena& arena) noexcept {
        if (size_ == 0) return nullptr;
        char* top = stacks_[--size_];
        if (size_ != 0) prefetch(below_colour(stacks_[size_ - 1], arena));
        return top;
    }
    void put(stack_arena& arena, char* top) noexcept {
        if (size_ == capacity_) [[unlikely]]
            spill(arena, capacity_ / 2);
        if (capacity_ == 0) return arena.release(top); // not open, because this thread has spawned nothing
        stacks_[size_++] = top;
    }
    /// Does nothing if it is open already, or there is no memory for it.
    void open() noexcept {
        if (capacity_ != 0 || closed_) return;
        struct until_thread_ends {
            ~until_thread_ends() {
                for (std::size_t c = 0; c < class_count; ++c)
                    caches_[c].close(smallest_stack << c);
            }
        };
        static thread_local until_thread_ends closes_all;
        static_cast<void>(closes_all);
        stacks_ = new (std::nothrow) char*[limit];
        if (stacks_) capacity_ = limit;
    }

private:
    static constexpr std::uint32_t limit = 2048;

    // The coroutine and what it runs, and the frames of the runtime below them.
    static void prefetch(const char* below) noexcept {
        constexpr std::ptrdiff_t line = 64, lines = 9;
        for (std::ptrdiff_t i = 1; i <= lines; ++i)
            __builtin_prefetch(below - i * line, 1);
    }
    void spill(stack_arena& arena, std::uint32_t keep) noexcept {
        while (size_ > keep)
            arena.release(stacks_[--size_]);
    }
    void close(std::size_t stack_bytes) noexcept {
        closed_ = true;
        if (capacity_ == 0) return;
        spill(arena_for(stack_bytes), 0);
        capacity_ = 0;
        delete[] stacks_;
    }

    static constinit thread_local std::array<stack_cache, class_count> caches_;

    char** stacks_ = nullptr;
    std::uint32_t size_ = 0;
    std::uint32_t capacity_ = 0;
    bool closed_ = false;
};

constinit thread_local std::array<stack_cache, class_count> stack_cache::caches_{};

} // namespace

char* allocate_stack(stack_arena& arena) {
    stack_cache& cache = stack_cache::of_this_thread(arena);
    if (char* top = cache.take(arena)) [[likely]]
        return top;
    cache.open();
    return arena.allocate();
}

void release_stack(stack_arena& arena, char* top) noexcept { stack_cache::of_this_thread(arena).put(arena, top); }

} // namespace plait::detail
