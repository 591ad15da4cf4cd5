// Copyright 2026 the plait authors. Boost Software License 1.0
#include "stack_arena.hpp"

#include <plait/coro/stack.hpp>
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

namespace plait {
namespace detail {
namespace {

constexpr std::size_t guard_bytes = 2 * page;
constexpr int madv_guard_install = 102; // Linux 6.13; not in the headers of glibc 2.36

// Reserved at once. The address space costs nothing, but ThreadSanitizer has little of it.
#ifdef __SANITIZE_THREAD__
constexpr std::size_t slab_bytes = std::size_t(1) << 30;
#else
constexpr std::size_t slab_bytes = std::size_t(16) << 30;
#endif

constexpr std::size_t class_count = std::countr_zero(largest_stack) - std::countr_zero(smallest_stack) + 1;

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
        munmap(slab, bytes_of_slab());
}

std::size_t stack_arena::spacing() const noexcept { return stack_bytes_ + page; }

std::size_t stack_arena::bytes_of_slab() const noexcept { return std::max(slab_bytes, spacing()); }

char* stack_arena::allocate() {
    std::lock_guard guard(lock_);
    if (free_.empty()) return cut();
    char* top = free_.back();
    free_.pop_back();
    trimmed_ = std::min(trimmed_, free_.size());
    return top;
}

void stack_arena::release(char* top) noexcept {
    std::lock_guard guard(lock_);
    if (free_.size() >= watermark()) give_back(top);
    free_.push_back(top);
}

bool stack_arena::guards(const char* top, const void* address) const noexcept {
    auto at = reinterpret_cast<std::uintptr_t>(address);
    auto guard = reinterpret_cast<std::uintptr_t>(top) - spacing();
    return at >= guard && at < guard + guard_bytes;
}

void stack_arena::give_back_below(char* top, const char* used) const noexcept {
    if (used <= bottom(top)) return;
    const auto whole = static_cast<std::size_t>(used - bottom(top)) / page * page;
    if (whole != 0) madvise(bottom(top), whole, MADV_DONTNEED);
}

void stack_arena::give_back(char* top) const noexcept { madvise(bottom(top), stack_bytes_ - page, MADV_DONTNEED); }

void stack_arena::give_depths_back(char* top) const noexcept {
    constexpr std::size_t kept = 256 * 1024;
    madvise(bottom(top), stack_bytes_ - page - kept, MADV_DONTNEED);
}

// One at a time, so that nobody waits for the kernel with the lock held.
std::size_t stack_arena::trim() noexcept {
    std::unique_lock guard(lock_);
    while (trimmed_ < free_.size()) {
        std::swap(free_[trimmed_], free_.back());
        char* top = free_.back();
        free_.pop_back();
        guard.unlock();
        give_back(top);
        guard.lock();
        free_.push_back(top);
        trimmed_ = std::min(trimmed_, free_.size() - 1);
        std::swap(free_[trimmed_++], free_.back());
    }
    return trimmed_;
}

stack_arena::count stack_arena::how_many() noexcept {
    std::lock_guard guard(lock_);
    return {cut_count_, free_.size()};
}

std::size_t stack_arena::resident_bytes() {
    std::vector<std::span<char>> used; // slabs are never unmapped
    {
        std::lock_guard guard(lock_);
        for (char* slab : slabs_)
            used.emplace_back(slab, slab == slabs_.back() ? next_ : slab + bytes_of_slab());
    }
    std::size_t pages = 0;
    std::array<unsigned char, 4096> is_resident{};
    for (std::span<char> rest : used)
        while (!rest.empty()) {
            std::size_t bytes = std::min(rest.size(), is_resident.size() * page);
            if (mincore(rest.data(), bytes, is_resident.data()) != 0) break;
            pages += static_cast<std::size_t>(std::count_if(
                is_resident.data(), is_resident.data() + bytes / page, [](auto flags) { return (flags & 1) != 0; }));
            rest = rest.subspan(bytes);
        }
    return pages * page;
}

std::size_t stack_arena::used_bytes(char* top) const noexcept {
    std::array<unsigned char, 256> is_resident{};
    std::size_t bytes = 0;
    for (char* at = bottom(top); at < top; at += bytes) {
        bytes = std::min(static_cast<std::size_t>(top - at), is_resident.size() * page);
        if (mincore(at, bytes, is_resident.data()) != 0) return 0;
        auto end = is_resident.begin() + static_cast<std::ptrdiff_t>(bytes / page);
        auto first = std::find_if(is_resident.begin(), end, [](auto flags) { return (flags & 1) != 0; });
        if (first != end)
            return static_cast<std::size_t>(top - at) - static_cast<std::size_t>(first - is_resident.begin()) * page;
    }
    return 0;
}

char* stack_arena::cut() {
    if (static_cast<std::size_t>(end_ - next_) < spacing()) {
        std::size_t bytes = bytes_of_slab();
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
    next_ += spacing();
    return next_;
}

void stack_arena::install_guard(char* lowest) const {
    if ((guard_ == guard_kind::best ? best_guard_kind() : guard_) == guard_kind::madvise) {
        if (madvise(lowest, guard_bytes, madv_guard_install) != 0)
            throw_exhausted("madvise", errno, "memory for page tables");
    } else if (mprotect(lowest, guard_bytes, PROT_NONE) != 0) {
        throw_exhausted("mprotect", errno, "vm.max_map_count (two mappings for each stack)");
    }
}

namespace {

union never_destroyed {
    template <std::size_t... c>
    constexpr explicit never_destroyed(std::index_sequence<c...>)
        : arenas{stack_arena(smallest_stack << c, guard_kind::best)...} {}
    ~never_destroyed() {} // NOLINT(modernize-use-equals-default): that would be deleted
    std::array<stack_arena, class_count> arenas;
};
constinit never_destroyed all(std::make_index_sequence<class_count>{});

} // namespace

constinit stack_arena* const arenas = all.arenas.data();

std::span<stack_arena> all_arenas() { return all.arenas; }

void throw_too_large(std::size_t stack_bytes) {
    throw error(
        errc::invalid_argument,
        "a stack of " + std::to_string(stack_bytes) + " bytes; it must be at most " + std::to_string(largest_stack));
}

namespace {

// The stacks of one size that a thread has freed, last in first out. Nothing is written to them: the lines of a stack that
// is used again are fetched before they are needed.
class stack_cache {
public:
    /// nullptr if it is empty.
    char* take() noexcept {
        std::uint32_t size = size_.load(std::memory_order_relaxed);
        if (size == 0) return nullptr;
        size_.store(--size, std::memory_order_relaxed);
        if (size != 0) prefetch(below_colour(stacks_[size - 1]));
        return stacks_[size];
    }
    /// False if it is full, as one is that is not open.
    bool put(char* top) noexcept {
        std::uint32_t size = size_.load(std::memory_order_relaxed);
        if (size == capacity_) return false;
        stacks_[size] = top;
        size_.store(size + 1, std::memory_order_relaxed);
        return true;
    }
    void put_into_full(stack_arena& arena, char* top) noexcept {
        spill(arena, capacity_ / 2);
        if (!put(top)) arena.release(top); // not open, because this thread has spawned nothing
    }
    void spill(stack_arena& arena, std::uint32_t keep) noexcept {
        while (size() > keep) {
            size_.store(size() - 1, std::memory_order_relaxed);
            arena.release(stacks_[size()]);
        }
    }
    [[nodiscard]] bool is_open() const noexcept { return capacity_ != 0; }
    /// Does nothing if there is no memory for it.
    void open(const stack_arena& arena) noexcept {
        constexpr std::size_t most = 2048, most_bytes = std::size_t(512) << 20;
        auto limit = static_cast<std::uint32_t>(std::clamp<std::size_t>(most_bytes / arena.stack_bytes(), 2, most));
        stacks_ = new (std::nothrow) char*[limit];
        if (stacks_) capacity_ = limit;
    }
    void close(stack_arena& arena) noexcept {
        spill(arena, 0);
        capacity_ = 0;
        delete[] stacks_;
    }
    /// Any thread.
    [[nodiscard]] std::uint32_t size() const noexcept { return size_.load(std::memory_order_relaxed); }

private:
    // The coroutine and what it runs, and the frames of the runtime below them.
    static void prefetch(const char* below) noexcept {
        constexpr std::ptrdiff_t line = 64, lines = 9;
        asm("" : "+r"(below)); // computed once
        for (std::ptrdiff_t i = 1; i <= lines; ++i)
            __builtin_prefetch(below - i * line, 1);
    }

    char** stacks_ = nullptr;
    std::atomic<std::uint32_t> size_{0}; // relaxed: changed by its thread alone, and others only count
    std::uint32_t capacity_ = 0;
};

// Those of a thread, one for each size, in a list for those who count.
struct thread_caches {
    std::array<stack_cache, class_count> by_class;
    thread_caches* next = nullptr;
    bool closed = false;

    [[nodiscard]] stack_cache& of(const stack_arena& arena) noexcept {
        return by_class[static_cast<std::size_t>(arena.size_class())];
    }
    /// Opens the one for stacks of `arena`, until the thread ends.
    void open(const stack_arena& arena) noexcept;
    void close() noexcept;

    static thread_local constinit thread_caches here;

    static constinit raw_lock list_lock;
    static constinit thread_caches* first;
};

constinit thread_local thread_caches thread_caches::here{};
constinit raw_lock thread_caches::list_lock{};
constinit thread_caches* thread_caches::first = nullptr;

void thread_caches::open(const stack_arena& arena) noexcept {
    if (closed || of(arena).is_open()) return;
    struct until_thread_ends {
        until_thread_ends() noexcept {
            std::lock_guard guard(list_lock);
            here.next = std::exchange(first, &here);
        }
        ~until_thread_ends() { here.close(); }
    };
    static thread_local until_thread_ends listed;
    static_cast<void>(listed);
    of(arena).open(arena);
}

void thread_caches::close() noexcept {
    closed = true;
    {
        std::lock_guard guard(list_lock);
        thread_caches** link = &first;
        while (*link != this)
            link = &(*link)->next;
        *link = next;
    }
    for (stack_arena& arena : all_arenas())
        if (of(arena).is_open()) of(arena).close(arena);
}

} // namespace

std::size_t stacks_at_hand(const stack_arena& arena) noexcept {
    std::size_t count = 0;
    std::lock_guard guard(thread_caches::list_lock);
    for (thread_caches* t = thread_caches::first; t; t = t->next)
        count += t->of(arena).size();
    return count;
}

void hand_stacks_back(stack_arena& arena) noexcept { thread_caches::here.of(arena).spill(arena, 0); }

namespace {

// What is rare, apart, so that what is not has no registers to save.
[[gnu::noinline]] char* allocate_from(stack_arena& arena) {
    thread_caches::here.open(arena);
    return arena.allocate();
}
[[gnu::noinline]] void release_large(stack_arena& arena, char* top) noexcept {
    arena.give_depths_back(top);
    stack_cache& cache = thread_caches::here.of(arena);
    if (!cache.put(top)) cache.put_into_full(arena, top);
}
[[gnu::noinline]] void release_surplus(stack_arena& arena, char* top) noexcept {
    thread_caches::here.of(arena).put_into_full(arena, top);
}

} // namespace

char* allocate_stack(stack_arena& arena) {
    if (char* top = thread_caches::here.of(arena).take()) [[likely]]
        return top;
    return allocate_from(arena);
}

void release_stack(stack_arena& arena, char* top) noexcept {
    if (arena.stack_bytes() > large_stack) [[unlikely]]
        return release_large(arena, top);
    if (!thread_caches::here.of(arena).put(top)) [[unlikely]]
        release_surplus(arena, top);
}

} // namespace detail

std::vector<stack_stats> stack_statistics() {
    std::vector<stack_stats> all;
    for (detail::stack_arena& arena : detail::all_arenas()) {
        auto [cut, here] = arena.how_many();
        if (cut == 0) continue;
        std::size_t idle = std::min(cut, here + detail::stacks_at_hand(arena)); // one on its way may be counted twice
        all.push_back(
            {.stack_bytes = arena.stack_bytes(),
             .in_use = cut - idle,
             .idle = idle,
             .reserved_bytes = cut * arena.stack_bytes(),
             .resident_bytes = arena.resident_bytes()});
    }
    return all;
}

std::size_t trim_stacks() noexcept {
    std::size_t count = 0;
    for (detail::stack_arena& arena : detail::all_arenas()) {
        detail::hand_stacks_back(arena);
        count += arena.trim();
    }
    return count;
}

} // namespace plait
