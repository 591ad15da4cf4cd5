// Copyright 2026 the plait authors. Boost Software License 1.0
//
//   first byte       token                        bytes of the number behind it
//   00 … 7f          integer 0 … 127              0
//   80 … 8f          map of 0 … 15                0
//   90 … 9f          array of 0 … 15              0
//   a0 … bf          string of 0 … 31             0
//   c0 … df          see `long_forms`             0, 1, 2, 4 or 8, big-endian: the value, or the length
//   e0 … ff          integer -32 … -1             0
#include <plait/ipc/msgpack.hpp>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>

namespace plait::ipc {

static_assert(std::endian::native == std::endian::little, "MessagePack is big-endian: swap no bytes on such a machine");

namespace {

constexpr std::uint64_t length_limit = 0xffff'ffff;
constexpr std::uint8_t timestamp_type = 0xff; // -1

enum class kind : std::uint8_t {
    invalid,
    nil,
    boolean,
    unsigned_integer,
    signed_integer,
    real,
    string,
    binary,
    array,
    map,
    extension
};

struct form {
    kind is;
    std::uint8_t width; // of the number that follows, in bytes
};

// The formats c0 to df.
constexpr std::array<form, 32> long_forms = {{
    {kind::nil, 0},              // c0
    {kind::invalid, 0},          // c1
    {kind::boolean, 0},          // c2 false
    {kind::boolean, 0},          // c3 true
    {kind::binary, 1},           // c4
    {kind::binary, 2},           // c5
    {kind::binary, 4},           // c6
    {kind::extension, 1},        // c7
    {kind::extension, 2},        // c8
    {kind::extension, 4},        // c9
    {kind::real, 4},             // ca
    {kind::real, 8},             // cb
    {kind::unsigned_integer, 1}, // cc
    {kind::unsigned_integer, 2}, // cd
    {kind::unsigned_integer, 4}, // ce
    {kind::unsigned_integer, 8}, // cf
    {kind::signed_integer, 1},   // d0
    {kind::signed_integer, 2},   // d1
    {kind::signed_integer, 4},   // d2
    {kind::signed_integer, 8},   // d3
    {kind::extension, 0},        // d4 of 1 byte
    {kind::extension, 0},        // d5 of 2
    {kind::extension, 0},        // d6 of 4
    {kind::extension, 0},        // d7 of 8
    {kind::extension, 0},        // d8 of 16
    {kind::string, 1},           // d9
    {kind::string, 2},           // da
    {kind::string, 4},           // db
    {kind::array, 2},            // dc
    {kind::array, 4},            // dd
    {kind::map, 2},              // de
    {kind::map, 4},              // df
}};

// A load that happens once, wherever the compiler would like to repeat it: the memory is shared.
template <class Number>
struct [[gnu::packed, gnu::may_alias]] unaligned {
    Number number;
};
template <class Number>
Number load_once(const std::byte* at) noexcept {
    return reinterpret_cast<const volatile unaligned<Number>*>(at)->number;
}

std::uint64_t load_big_endian(const std::byte* at, unsigned width) noexcept {
    switch (width) {
    case 1: return load_once<std::uint8_t>(at);
    case 2: return __builtin_bswap16(load_once<std::uint16_t>(at));
    case 4: return __builtin_bswap32(load_once<std::uint32_t>(at));
    default: return __builtin_bswap64(load_once<std::uint64_t>(at));
    }
}

void store_big_endian(std::byte* to, std::uint64_t value, unsigned width) noexcept {
    std::uint64_t swapped = __builtin_bswap64(value << (64 - 8 * width)); // the lowest bytes, in order
    std::memcpy(to, &swapped, width);
}

std::int64_t sign_extended(std::uint64_t value, unsigned width) noexcept {
    unsigned unused = 64 - 8 * width;
    return static_cast<std::int64_t>(value << unused) >> unused;
}

} // namespace

// ---------------------------------------------------------------------------------------------------------- packer

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

// -------------------------------------------------------------------------------------------------------- unpacker

struct unpacker::token {
    kind is;
    std::uint8_t width;  // of the number, in bytes; 0: it was in the first byte
    std::uint64_t value; // of an integer, bit for bit; of a float, its representation; else the length
    std::uint8_t first;
};

void unpacker::refuse_depth() const {
    throw decode_error(offset_, "values are nested more than " + std::to_string(nesting_limit) + " deep");
}

void unpacker::refuse(const char* expected, const token& found) const {
    auto text = [&]() -> std::string {
        switch (found.is) {
        case kind::nil: return "nil";
        case kind::boolean: return found.value ? "true" : "false";
        case kind::unsigned_integer: return std::to_string(found.value);
        case kind::signed_integer: return std::to_string(static_cast<std::int64_t>(found.value));
        case kind::real: return "a float";
        case kind::string: return "a string of " + std::to_string(found.value) + " bytes";
        case kind::binary: return "a byte string of " + std::to_string(found.value) + " bytes";
        case kind::array: return "an array of " + std::to_string(found.value);
        case kind::map: return "a map of " + std::to_string(found.value);
        case kind::extension: return "an extension of " + std::to_string(found.value) + " bytes";
        case kind::invalid: break;
        }
        return "c1, which begins nothing";
    };
    throw decode_error(token_, std::string("expected ") + expected + ", found " + text());
}

std::span<const std::byte> unpacker::take(std::size_t bytes) {
    if (bytes > remaining())
        throw decode_error(
            token_, std::to_string(bytes) + " bytes announced, " + std::to_string(remaining()) + " left");
    auto taken = from_.subspan(offset_, bytes);
    offset_ += bytes;
    return taken;
}

unpacker::token unpacker::next() {
    token_ = offset_;
    if (remaining() == 0) throw decode_error(offset_, "the message ends where a value is expected");
    auto first = load_once<std::uint8_t>(from_.data() + offset_++);
    if (first < 0x80) return {kind::unsigned_integer, 0, first, first};
    if (first < 0x90) return {kind::map, 0, first & 0x0fU, first};
    if (first < 0xa0) return {kind::array, 0, first & 0x0fU, first};
    if (first < 0xc0) return {kind::string, 0, first & 0x1fU, first};
    if (first >= 0xe0) return {kind::signed_integer, 0, static_cast<std::uint64_t>(sign_extended(first, 1)), first};

    auto [is, width] = long_forms[first - 0xc0U];
    token found{is, width, 0, first};
    if (width) found.value = load_big_endian(take(width).data(), width);
    switch (is) {
    case kind::boolean: found.value = first & 1U; break;
    case kind::signed_integer: found.value = static_cast<std::uint64_t>(sign_extended(found.value, width)); break;
    case kind::extension:
        if (width == 0) found.value = std::uint64_t{1} << (first - 0xd4U);
        break;
    default: break;
    }
    return found;
}

bool unpacker::try_nil() {
    if (remaining() == 0 || load_once<std::uint8_t>(from_.data() + offset_) != 0xc0) return false;
    token_ = offset_++;
    return true;
}

void unpacker::nil() {
    auto found = next();
    if (found.is != kind::nil) refuse("nil", found);
}

bool unpacker::boolean() {
    auto found = next();
    if (found.is != kind::boolean) refuse("true or false", found);
    return found.value != 0;
}

std::int64_t unpacker::signed_integer(std::int64_t least, std::int64_t most) {
    auto found = next();
    auto value = static_cast<std::int64_t>(found.value);
    if (found.is == kind::unsigned_integer ? found.value <= static_cast<std::uint64_t>(most)
                                           : found.is == kind::signed_integer && value >= least && value <= most)
        return value;
    refuse(("an integer from " + std::to_string(least) + " to " + std::to_string(most)).c_str(), found);
}

std::uint64_t unpacker::unsigned_integer(std::uint64_t most) {
    auto found = next();
    // A format for signed integers may hold a positive one: some writers have no other.
    bool is_integer = found.is == kind::unsigned_integer ||
                      (found.is == kind::signed_integer && static_cast<std::int64_t>(found.value) >= 0);
    if (is_integer && found.value <= most) return found.value;
    refuse(("an integer from 0 to " + std::to_string(most)).c_str(), found);
}

double unpacker::real_with_integers_to(std::int64_t most) {
    auto found = next();
    if (found.is == kind::real)
        return found.width == 4 ? std::bit_cast<float>(static_cast<std::uint32_t>(found.value))
                                : std::bit_cast<double>(found.value);
    auto value = static_cast<std::int64_t>(found.value);
    if (found.is == kind::unsigned_integer ? found.value <= static_cast<std::uint64_t>(most)
                                           : found.is == kind::signed_integer && value >= -most && value <= most)
        return static_cast<double>(value);
    refuse("a float, or an integer that one can hold exactly", found);
}

double unpacker::real() { return real_with_integers_to(std::int64_t{1} << std::numeric_limits<double>::digits); }

float unpacker::single_real() {
    double value = real_with_integers_to(std::int64_t{1} << std::numeric_limits<float>::digits);
    if (std::isfinite(value) && std::abs(value) > static_cast<double>(std::numeric_limits<float>::max()))
        fail("the float is out of the range of single precision");
    return static_cast<float>(value);
}

std::string_view unpacker::string() {
    auto found = next();
    if (found.is != kind::string) refuse("a string", found);
    auto bytes = take(static_cast<std::size_t>(found.value));
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::span<const std::byte> unpacker::binary() {
    auto found = next();
    if (found.is != kind::binary) refuse("a byte string", found);
    return take(static_cast<std::size_t>(found.value));
}

std::size_t unpacker::array() {
    auto found = next();
    if (found.is != kind::array) refuse("an array", found);
    if (found.value > remaining()) // each element takes a byte at least
        fail(
            "an array of " + std::to_string(found.value) + " announced, " + std::to_string(remaining()) +
            " bytes left");
    return static_cast<std::size_t>(found.value);
}

void unpacker::array(std::size_t elements) {
    auto found = next();
    if (found.is != kind::array || found.value != elements)
        refuse(("an array of " + std::to_string(elements)).c_str(), found);
}

std::size_t unpacker::map() {
    auto found = next();
    if (found.is != kind::map) refuse("a map", found);
    if (found.value > remaining() / 2)
        fail("a map of " + std::to_string(found.value) + " announced, " + std::to_string(remaining()) + " bytes left");
    return static_cast<std::size_t>(found.value);
}

timestamp unpacker::time() {
    auto found = next();
    if (found.is != kind::extension) refuse("a timestamp", found);
    auto type = load_once<std::uint8_t>(take(1).data());
    if (type != timestamp_type || (found.value != 4 && found.value != 8 && found.value != 12))
        refuse("a timestamp", found);
    const std::byte* data = take(static_cast<std::size_t>(found.value)).data();
    timestamp when{};
    if (found.value == 12) {
        when.nanoseconds = static_cast<std::uint32_t>(load_big_endian(data, 4));
        when.seconds = static_cast<std::int64_t>(load_big_endian(data + 4, 8));
    } else {
        std::uint64_t both = load_big_endian(data, static_cast<unsigned>(found.value));
        when.nanoseconds = static_cast<std::uint32_t>(both >> 34);
        when.seconds = static_cast<std::int64_t>(both & ((std::uint64_t{1} << 34) - 1));
    }
    if (when.nanoseconds > 999'999'999) fail("a timestamp with " + std::to_string(when.nanoseconds) + " nanoseconds");
    return when;
}

void unpacker::finish() const {
    if (remaining() != 0) throw decode_error(offset_, std::to_string(remaining()) + " bytes are left over");
}

// ------------------------------------------------------------------------------------------------------------ time

namespace detail {

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

} // namespace detail

} // namespace plait::ipc
