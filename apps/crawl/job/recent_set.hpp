// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   fingerprint ──▶ one cache line of four, the one asked for last in front; the fourth is forgotten
//
// The fingerprints that were seen last, as far as they have room: it may forget any, and never has one that was not put in.
// A link costs one cache line, of which a web's most common links find theirs in the processor's own caches.
//
// Thread safety: none.

#include <array>
#include <crawl/url/fingerprint.hpp>
#include <cstddef>
#include <memory>

namespace plait::crawl {

class recent_set {
public:
    /// At least one line of 64 bytes; rounded up to a power of two.
    explicit recent_set(std::size_t bytes);

    /// Whether it is there; if so, it is now the last one seen.
    [[nodiscard]] bool touch(const fingerprint& print) noexcept;
    /// One that is not there.
    void put(const fingerprint& print) noexcept;

    [[nodiscard]] std::size_t bytes() const noexcept { return (mask_ + 1) * sizeof(line); }

private:
    // An empty place is the fingerprint of zeros. A URL that had it would be looked for in vain here, which does no harm.
    struct alignas(64) line {
        std::array<fingerprint, 4> places{};
    };
    static_assert(sizeof(line) == 64);

    [[nodiscard]] line& line_of(const fingerprint& print) noexcept { return lines_[print.second & mask_]; }

    std::size_t mask_;
    std::unique_ptr<line[]> lines_;
};

} // namespace plait::crawl
