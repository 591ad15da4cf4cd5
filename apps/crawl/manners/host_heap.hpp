// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Hosts by a time, the earliest first, and of the same time the one that was put there first. Each knows its place, so that
// it can be moved and removed.
//
// A heap of four children a node: half as deep as one of two, and all children within two cache lines. 24 bytes for each
// host in it, and 4 for each there is. Thread safety: none.

#include <plait/runtime/clock.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace plait::crawl {

using host_id = std::uint32_t;

class host_heap {
public:
    /// Makes `host` known. Amortised O(1).
    void grow(host_id host) {
        if (host >= places_.size()) places_.resize(host + std::size_t{1}, nowhere);
    }
    [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    [[nodiscard]] bool holds(host_id host) const noexcept { return places_[host] != nowhere; }

    /// The first, and its time.
    [[nodiscard]] host_id first() const noexcept { return entries_.front().host; }
    [[nodiscard]] time_point first_time() const noexcept { return entries_.front().at; }
    /// The time of a host that it holds.
    [[nodiscard]] time_point time_of(host_id host) const noexcept { return entries_[places_[host]].at; }

    /// Puts `host` behind all those of its time, wherever it was before. O(log n).
    void put(host_id host, time_point at);
    /// If it is there. O(log n).
    void remove(host_id host);

private:
    static constexpr std::uint32_t nowhere = UINT32_MAX;

    struct entry {
        time_point at;
        std::uint64_t order;
        host_id host;

        [[nodiscard]] bool before(const entry& other) const noexcept {
            return at != other.at ? at < other.at : order < other.order;
        }
    };

    static_assert(sizeof(entry) == 24);

    void set(std::size_t place, const entry& e) noexcept;
    void fill(std::size_t hole, const entry& e) noexcept;
    [[nodiscard]] std::size_t first_child(std::size_t of) const noexcept;

    std::vector<entry> entries_;
    std::vector<std::uint32_t> places_; ///< of each host, or nowhere
    std::uint64_t next_order_ = 0;
};

} // namespace plait::crawl
