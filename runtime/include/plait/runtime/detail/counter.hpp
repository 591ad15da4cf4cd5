// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// A number that one thread counts and any thread may read. Counting is a load and a store, no locked instruction; every
// access is relaxed, for a counter publishes nothing but itself.

#include <atomic>
#include <cstdint>

namespace plait::detail {

class counter {
public:
    explicit constexpr counter(std::uint64_t start = 0) noexcept : value_(start) {}

    /// By the one thread that counts, or under a lock.
    void add(std::uint64_t n = 1) noexcept { set(get() + n); }
    void set(std::uint64_t n) noexcept { value_.store(n, std::memory_order_relaxed); }
    /// Any thread.
    [[nodiscard]] std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_;
};

} // namespace plait::detail
