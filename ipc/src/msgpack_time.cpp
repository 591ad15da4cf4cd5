// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Times of the system clock as timestamps: seconds, and nanoseconds that are never negative.
#include <plait/ipc/msgpack.hpp>

namespace plait::ipc::detail {

namespace {

// Seconds of 64 bits in nanoseconds, in ticks of nanoseconds: fewer than 2^123.
__extension__ using wide = __int128;
constexpr wide billion = 1'000'000'000;

wide divide_down(wide a, wide b) noexcept { return a / b - (a % b < 0 ? 1 : 0); }

} // namespace

timestamp to_timestamp(std::int64_t ticks, std::int64_t numerator, std::int64_t denominator) {
    wide nanoseconds = divide_down(wide{ticks} * numerator * billion, denominator);
    wide seconds = divide_down(nanoseconds, billion);
    using limits = std::numeric_limits<std::int64_t>;
    if (seconds < limits::min() || seconds > limits::max())
        throw error(errc::invalid_argument, "packing: a time of more than 2^63 seconds");
    return {static_cast<std::int64_t>(seconds), static_cast<std::uint32_t>(nanoseconds - seconds * billion)};
}

std::int64_t from_timestamp(
    const unpacker& from, timestamp when, std::int64_t numerator, std::int64_t denominator, std::int64_t least,
    std::int64_t most) {
    wide nanoseconds = wide{when.seconds} * billion + when.nanoseconds;
    wide ticks = divide_down(nanoseconds * denominator, wide{numerator} * billion);
    if (ticks < least || ticks > most)
        from.fail("the timestamp of " + std::to_string(when.seconds) + " seconds is out of range");
    return static_cast<std::int64_t>(ticks);
}

} // namespace plait::ipc::detail
