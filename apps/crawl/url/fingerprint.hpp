// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What a crawl remembers of a URL that it has seen: 128 bits, SipHash-2-4 (Aumasson and Bernstein, 2012) of its canonical
// text. They are stored, so they are the same in every run and on every machine; boost::hash and std::hash promise neither.
// Among a thousand million URLs the odds that any two are taken for one are 1 : 10^21; with 64 bits they would be 1 : 37.
// The key is fixed and no secret: somebody who searches for two URLs of his own with one fingerprint makes us miss a page
// of his own; to hide a page of another's he would have to hit the fingerprint of that one.

#include <compare>
#include <cstdint>
#include <string_view>

namespace plait::crawl {

struct fingerprint {
    std::uint64_t first = 0, second = 0;

    auto operator<=>(const fingerprint&) const = default;
};

struct fingerprint_key {
    std::uint64_t first = 0x72632d7469616c70,
                  second = 0x6e656573206c7761; ///< "plait-crawl seen": stored, so never changed
};

/// Complexity: O(size), about a nanosecond for each two bytes.
[[nodiscard]] fingerprint fingerprint_of(std::string_view canonical, fingerprint_key key = {}) noexcept;

} // namespace plait::crawl
