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

namespace plait::ipc {

static_assert(std::endian::native == std::endian::little, "MessagePack is big-endian: swap no bytes on such a machine");

namespace {

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
    case 0: return 0;
    case 1: return load_once<std::uint8_t>(at);
    case 2: return __builtin_bswap16(load_once<std::uint16_t>(at));
    case 4: return __builtin_bswap32(load_once<std::uint32_t>(at));
    default: return __builtin_bswap64(load_once<std::uint64_t>(at));
    }
}

std::uint64_t sign_extended(std::uint64_t value, unsigned width) noexcept {
    unsigned unused = 64 - 8 * width;
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(value << unused) >> unused);
}

} // namespace

struct unpacker::token {
    kind is;
    std::uint8_t width;  // of the number, in bytes; 0: it was in the first byte
    std::uint64_t value; // of an integer, bit for bit; of a float, its representation; else the length
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

void unpacker::refuse_end() const { throw decode_error(offset_, "the message ends where a value is expected"); }

void unpacker::refuse_length(std::uint64_t announced) const {
    throw decode_error(
        token_, std::to_string(announced) + " bytes announced, " + std::to_string(remaining()) + " left");
}

void unpacker::refuse_integer(std::int64_t least, std::uint64_t most, const token& found) const {
    refuse(("an integer from " + std::to_string(least) + " to " + std::to_string(most)).c_str(), found);
}

std::span<const std::byte> unpacker::take(std::size_t bytes) {
    if (bytes > remaining()) refuse_length(bytes);
    auto taken = from_.subspan(offset_, bytes);
    offset_ += bytes;
    return taken;
}

// Inline: a message of numbers is read at the speed of this function.
[[gnu::always_inline]] inline unpacker::token unpacker::next() {
    token_ = offset_;
    if (remaining() == 0) [[unlikely]]
        refuse_end();
    auto first = load_once<std::uint8_t>(from_.data() + offset_++);
    if (first < 0x80) return {kind::unsigned_integer, 0, first};
    if (first >= 0xe0) return {kind::signed_integer, 0, sign_extended(first, 1)};
    if (first < 0x90) return {kind::map, 0, first & 0x0fU};
    if (first < 0xa0) return {kind::array, 0, first & 0x0fU};
    if (first < 0xc0) return {kind::string, 0, first & 0x1fU};

    auto [is, width] = long_forms[first - 0xc0U];
    if (width > remaining()) [[unlikely]]
        refuse_length(width);
    std::uint64_t value = load_big_endian(from_.data() + offset_, width);
    offset_ += width;
    if (is == kind::signed_integer) value = sign_extended(value, width);
    if (is == kind::boolean) value = first & 1U;
    if (is == kind::extension && width == 0) value = std::uint64_t{1} << (first - 0xd4U);
    return {is, width, value};
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
    refuse_integer(least, static_cast<std::uint64_t>(most), found);
}

std::uint64_t unpacker::unsigned_integer(std::uint64_t most) {
    auto found = next();
    // A format for signed integers may hold a positive one: some writers have no other.
    bool is_integer = found.is == kind::unsigned_integer ||
                      (found.is == kind::signed_integer && static_cast<std::int64_t>(found.value) >= 0);
    if (is_integer && found.value <= most) return found.value;
    refuse_integer(0, most, found);
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

} // namespace plait::ipc
