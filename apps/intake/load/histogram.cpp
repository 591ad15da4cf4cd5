// Copyright 2026 the plait authors. Boost Software License 1.0
#include "histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace plait::load {

// Of a value's bits, the highest and the seven below it choose the bucket: the bits above by their position, the seven by
// what they are.
std::size_t histogram::bucket_of(std::uint64_t value) noexcept {
    const auto width = static_cast<unsigned>(std::bit_width(value));
    const unsigned shift = width <= octave_bits + 1 ? 0 : width - octave_bits - 1;
    return (static_cast<std::size_t>(shift) << octave_bits) + static_cast<std::size_t>(value >> shift);
}

std::uint64_t histogram::last_of(std::size_t bucket) noexcept {
    if (bucket < 2 * octave) return bucket;
    const std::size_t shift = (bucket >> octave_bits) - 1;
    return ((bucket - (shift << octave_bits) + 1) << shift) - 1;
}

void histogram::add(duration value) noexcept {
    value = std::max(value, duration::zero());
    ++buckets_[bucket_of(static_cast<std::uint64_t>(value.count()))];
    ++count_;
    max_ = std::max(max_, value);
}

void histogram::add(const histogram& other) noexcept {
    for (std::size_t i = 0; i < buckets_.size(); ++i)
        buckets_[i] += other.buckets_[i];
    count_ += other.count_;
    max_ = std::max(max_, other.max_);
}

duration histogram::percentile(double percent) const noexcept {
    if (count_ == 0) return {};
    const double exact_rank = std::ceil(percent / 100 * static_cast<double>(count_));
    const std::uint64_t rank = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(exact_rank), 1, count_);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        seen += buckets_[i];
        if (seen >= rank) return std::min(max_, duration(static_cast<duration::rep>(last_of(i))));
    }
    return max_;
}

} // namespace plait::load
