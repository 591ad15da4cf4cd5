// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Memory for the handlers that a loop hands to Asio. There are never more than a few of each kind in flight, so they get
// fixed places: to ring a loop, or to set its alarm, cannot fail for want of memory.

#include <array>
#include <atomic>
#include <cstddef>
#include <new>
#include <utility>

namespace plait::detail {

/// Places for `count` handlers at a time; what does not fit comes from the heap. Thread safety: any thread.
template <std::size_t count>
class handler_memory {
public:
    void* allocate(std::size_t bytes) {
        if (bytes <= sizeof(place::bytes))
            for (place& p : places_)
                // acquire; pairs with the release in deallocate()
                if (!p.taken.exchange(true, std::memory_order_acquire)) return p.bytes;
        return ::operator new(bytes);
    }
    void deallocate(void* memory) noexcept {
        for (place& p : places_)
            if (memory == p.bytes) return p.taken.store(false, std::memory_order_release);
        ::operator delete(memory);
    }

private:
    struct place {
        alignas(std::max_align_t) std::byte bytes[192];
        std::atomic<bool> taken{false};
    };
    std::array<place, count> places_;
};

template <class T, std::size_t count>
class handler_allocator {
public:
    using value_type = T;
    template <class U>
    struct rebind {
        using other = handler_allocator<U, count>;
    };

    explicit handler_allocator(handler_memory<count>& memory) noexcept : memory_(&memory) {}
    template <class U>
    handler_allocator(const handler_allocator<U, count>& other) noexcept : memory_(other.memory_) {}

    T* allocate(std::size_t n) { return static_cast<T*>(memory_->allocate(n * sizeof(T))); }
    void deallocate(T* p, std::size_t) noexcept { memory_->deallocate(p); }

    friend bool operator==(const handler_allocator&, const handler_allocator&) noexcept = default;

private:
    template <class, std::size_t>
    friend class handler_allocator;

    handler_memory<count>* memory_;
};

/// `f`, as a handler whose operation lies in `memory`. What `f` keeps must keep the memory.
template <class F, std::size_t count>
class placed_handler {
public:
    using allocator_type = handler_allocator<void, count>;

    placed_handler(handler_memory<count>& memory, F f) noexcept : memory_(&memory), f_(std::move(f)) {}

    [[nodiscard]] allocator_type get_allocator() const noexcept { return allocator_type(*memory_); }

    template <class... Args>
    void operator()(Args&&... args) {
        f_(std::forward<Args>(args)...);
    }

private:
    handler_memory<count>* memory_;
    F f_;
};

} // namespace plait::detail
