// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The writing side of MessagePack; unpacker.cpp shows the formats.
#include <plait/ipc/msgpack.hpp>

#include <bit>
#include <cstring>

namespace plait::ipc {

static_assert(std::endian::native == std::endian::little, "MessagePack is big-endian: swap no bytes on such a machine");

namespace {

constexpr std::uint64_t length_limit = 0xffff'ffff;
constexpr std::uint8_t timestamp_type = 0xff; // -1

void store_big_endian(std::byte* to, std::uint64_t value, unsigned width) noexcept {
    std::uint64_t swapped = __builtin_bswap64(value << (64 - 8 * width)); // the lowest bytes, in order
    std::memcpy(to, &swapped, width);
}

} // namespace

void packer::refuse_depth() {
    throw error(
        errc::invalid_argument, "packing: values are nested more than " + std::to_string(nesting_limit) + " deep");
}

std::byte* packer::advance(std::size_t bytes) {
    std::size_t at = size_;
    size_ += bytes;
    if (!writes_) return nullptr;
    if (bytes > to_.size() - at) {
        size_ = at;
        throw error(errc::invalid_argument, "packing: more was written than was counted; pack() must repeat itself");
    }
    return to_.data() + at;
}

void packer::finish() const {
    if (size_ != to_.size())
        throw error(errc::invalid_argument, "packing: less was written than was counted; pack() must repeat itself");
}

void packer::head(std::uint8_t first, std::uint64_t value, unsigned width) {
    std::byte* to = advance(1 + width);
    if (!to) return;
    *to = std::byte{first};
    if (width) store_big_endian(to + 1, value, width);
}

// `narrow` and `wide`: the formats for lengths of one and two bytes (the one for four follows), or -1.
void packer::sized_head(
    std::size_t n, const char* what, std::uint8_t fixed, std::size_t fixed_limit, int narrow, int wide) {
    if (n > length_limit)
        throw error(
            errc::invalid_argument, "packing: MessagePack has no " + std::string(what) + " of " + std::to_string(n));
    if (n < fixed_limit)
        head(static_cast<std::uint8_t>(fixed | n), 0, 0);
    else if (narrow >= 0 && n <= 0xff)
        head(static_cast<std::uint8_t>(narrow), n, 1);
    else if (n <= 0xffff)
        head(static_cast<std::uint8_t>(wide), n, 2);
    else
        head(static_cast<std::uint8_t>(wide + 1), n, 4);
}

void packer::nil() { head(0xc0, 0, 0); }
void packer::boolean(bool value) { head(value ? 0xc3 : 0xc2, 0, 0); }

void packer::unsigned_integer(std::uint64_t value) {
    if (value < 0x80)
        head(static_cast<std::uint8_t>(value), 0, 0);
    else if (value <= 0xff)
        head(0xcc, value, 1);
    else if (value <= 0xffff)
        head(0xcd, value, 2);
    else if (value <= 0xffff'ffff)
        head(0xce, value, 4);
    else
        head(0xcf, value, 8);
}

void packer::signed_integer(std::int64_t value) {
    auto bits = static_cast<std::uint64_t>(value);
    if (value >= 0)
        unsigned_integer(bits);
    else if (value >= -32)
        head(static_cast<std::uint8_t>(value), 0, 0);
    else if (value >= std::numeric_limits<std::int8_t>::min())
        head(0xd0, bits, 1);
    else if (value >= std::numeric_limits<std::int16_t>::min())
        head(0xd1, bits, 2);
    else if (value >= std::numeric_limits<std::int32_t>::min())
        head(0xd2, bits, 4);
    else
        head(0xd3, bits, 8);
}

void packer::real(float value) { head(0xca, std::bit_cast<std::uint32_t>(value), 4); }
void packer::real(double value) { head(0xcb, std::bit_cast<std::uint64_t>(value), 8); }

void packer::string(std::string_view text) {
    sized_head(text.size(), "string", 0xa0, 32, 0xd9, 0xda);
    std::byte* to = advance(text.size());
    if (to && !text.empty()) std::memcpy(to, text.data(), text.size());
}

void packer::binary(std::span<const std::byte> bytes) {
    sized_head(bytes.size(), "byte string", 0, 0, 0xc4, 0xc5);
    std::byte* to = advance(bytes.size());
    if (to && !bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
}

void packer::array(std::size_t elements) { sized_head(elements, "array", 0x90, 16, -1, 0xdc); }
void packer::map(std::size_t entries) { sized_head(entries, "map", 0x80, 16, -1, 0xde); }

void packer::time(timestamp when) {
    if (when.nanoseconds > 999'999'999)
        throw error(
            errc::invalid_argument,
            "packing: a timestamp has 0 to 999,999,999 nanoseconds, not " + std::to_string(when.nanoseconds));
    auto seconds = static_cast<std::uint64_t>(when.seconds);
    if (seconds >> 34 != 0) {
        head(0xc7, 12 << 8 | timestamp_type, 2);
        std::byte* to = advance(12);
        if (!to) return;
        store_big_endian(to, when.nanoseconds, 4);
        store_big_endian(to + 4, seconds, 8);
        return;
    }
    bool is_short = when.nanoseconds == 0 && seconds <= 0xffff'ffff;
    head(is_short ? 0xd6 : 0xd7, timestamp_type, 1);
    unsigned width = is_short ? 4 : 8;
    std::byte* to = advance(width);
    if (to) store_big_endian(to, std::uint64_t{when.nanoseconds} << 34 | seconds, width);
}

} // namespace plait::ipc
