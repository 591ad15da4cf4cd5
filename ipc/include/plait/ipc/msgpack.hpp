// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   value ──pack──▶ packer ──▶ [ 94 a3 "abc" cd 01 2c … ] ──▶ unpacker ──unpack──▶ value
//                                       MessagePack
//
// Writing and reading MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md), one token at a time. A packer
// without memory counts; one with memory writes what was counted. Both take each value by its packing<T>, which is
// declared here and explained in packing.hpp.
//
// The bytes that an unpacker reads are foreign, and may change while they are read: each byte that decides something is
// loaded once. No length is believed that the bytes which are there do not bear out; values nest to a limit; nothing is
// reserved here. Whatever is wrong is a decode_error that says what, and at which byte.
//
// Thread safety: one thread at a time.

#include <plait/runtime/error.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace plait::ipc {

/// How a `T` is written and read, see packing.hpp.
template <class T>
struct packing;

/// The bytes do not decode; its code is message_malformed.
class decode_error : public error {
public:
    decode_error(std::size_t offset, const std::string& reason)
        : error(errc::message_malformed, "at byte " + std::to_string(offset) + ": " + reason), offset_(offset) {}

    /// Where in the message, in bytes from its beginning, the token begins that was not expected.
    [[nodiscard]] std::size_t offset() const noexcept { return offset_; }

private:
    std::size_t offset_;
};

/// A point in time: seconds since 1970-01-01 00:00 UTC, leap seconds not counted, and 0 to 999,999,999 nanoseconds more.
struct timestamp {
    std::int64_t seconds;
    std::uint32_t nanoseconds;
};

/// How deeply values may be nested in a message, the outermost included. It bounds the stack that recursive types take.
inline constexpr unsigned nesting_limit = 64;

/// Counts, or writes, the tokens of a message.
/// Throws everywhere: error(invalid_argument) for what MessagePack cannot express, and if more is written than was counted.
class packer {
public:
    packer() noexcept = default; ///< counts
    explicit packer(std::span<std::byte> to) noexcept : to_(to), writes_(true) {}

    /// Writes a value as packing<T> says. Throws what that throws; error(invalid_argument) beyond nesting_limit.
    template <class T>
    void pack(const T& value) {
        static_assert(
            !requires { packing<T>::missing; }, "this type has no packing: see <plait/ipc/packing.hpp> for what has");
        descend();
        packing<T>::pack(*this, value);
        --depth_;
    }

    void nil();
    void boolean(bool value);
    /// In the shortest of the formats for integers.
    template <std::integral I>
    void integer(I value) {
        if constexpr (std::signed_integral<I>)
            signed_integer(value);
        else
            unsigned_integer(value);
    }
    void real(float value);
    void real(double value);
    /// A string of less than 4 GiB; MessagePack wants UTF-8, which is not checked.
    void string(std::string_view text);
    void binary(std::span<const std::byte> bytes);
    /// Begins an array: its elements are packed next. Fewer than 2^32.
    void array(std::size_t elements);
    /// Begins a map: keys and values are packed next, by turns.
    void map(std::size_t entries);
    /// The timestamp extension (type -1), in the shortest of its three formats.
    void time(timestamp when);

    [[nodiscard]] std::size_t size() const noexcept { return size_; } ///< bytes that were counted or written
    /// Throws error(invalid_argument) unless the memory was filled.
    void finish() const;

private:
    void descend() {
        if (++depth_ > nesting_limit) refuse_depth();
    }
    [[noreturn]] static void refuse_depth();
    void signed_integer(std::int64_t value);
    void unsigned_integer(std::uint64_t value);
    void head(std::uint8_t first, std::uint64_t value, unsigned width);
    void sized_head(std::size_t n, const char* what, std::uint8_t fixed, std::size_t fixed_limit, int narrow, int wide);
    std::byte* advance(std::size_t bytes);

    std::span<std::byte> to_;
    std::size_t size_ = 0;
    unsigned depth_ = 0;
    bool writes_ = false;
};

/// Reads the tokens of a message. Each function reads one and throws decode_error if it is not there, or not that; after
/// that the unpacker is of no more use.
class unpacker {
public:
    /// `from` outlives the unpacker.
    explicit unpacker(std::span<const std::byte> from) noexcept : from_(from) {}

    /// Reads a value as packing<T> says. Throws what that throws; decode_error beyond nesting_limit.
    template <class T>
    [[nodiscard]] T unpack() {
        static_assert(
            requires(unpacker & from) { packing<T>::unpack(from); },
            "this type has no packing, or can only be written");
        descend();
        T value = packing<T>::unpack(*this);
        --depth_;
        return value;
    }

    /// Reads a nil if one is next.
    [[nodiscard]] bool try_nil();
    void nil();
    [[nodiscard]] bool boolean();
    /// An integer in whichever format, if an `I` can hold it.
    template <std::integral I>
    [[nodiscard]] I integer() {
        using limits = std::numeric_limits<I>;
        if constexpr (std::signed_integral<I>)
            return static_cast<I>(signed_integer(limits::min(), limits::max()));
        else
            return static_cast<I>(unsigned_integer(limits::max()));
    }
    /// A float of either width, or an integer that a `double` (a `float`) can hold exactly: languages with one type for
    /// numbers write 1.0 as 1. A finite number beyond the range of `float` is refused; one between two floats is rounded.
    [[nodiscard]] double real();
    [[nodiscard]] float single_real();
    /// A view of the message, not of a copy. Not checked for UTF-8.
    [[nodiscard]] std::string_view string();
    [[nodiscard]] std::span<const std::byte> binary();
    /// The number of elements that follow: not more than there are bytes.
    [[nodiscard]] std::size_t array();
    /// The same, for an array of exactly `elements`.
    void array(std::size_t elements);
    /// The number of entries that follow: not more than there are pairs of bytes.
    [[nodiscard]] std::size_t map();
    [[nodiscard]] timestamp time();

    /// Refuses the value that is being read, or was read last. For what a packing finds wrong itself.
    [[noreturn]] void fail(const std::string& reason) const { throw decode_error(token_, reason); }
    /// Throws decode_error unless every byte was read.
    void finish() const;

    [[nodiscard]] std::size_t offset() const noexcept { return offset_; } ///< bytes that were read
    [[nodiscard]] std::size_t remaining() const noexcept { return from_.size() - offset_; }

private:
    struct token;
    void descend() {
        if (++depth_ > nesting_limit) refuse_depth();
    }
    [[noreturn]] void refuse_depth() const;
    [[noreturn]] void refuse_end() const;
    [[noreturn]] void refuse_length(std::uint64_t announced) const;
    [[noreturn]] void refuse_integer(std::int64_t least, std::uint64_t most, const token& found) const;
    [[noreturn]] void refuse(const char* expected, const token& found) const;
    token next();
    [[nodiscard]] std::span<const std::byte> take(std::size_t bytes);
    std::int64_t signed_integer(std::int64_t least, std::int64_t most);
    std::uint64_t unsigned_integer(std::uint64_t most);
    double real_with_integers_to(std::int64_t most);

    std::span<const std::byte> from_;
    std::size_t offset_ = 0;
    std::size_t token_ = 0; // where the last token begins
    unsigned depth_ = 0;
};

namespace detail {
/// A count of ticks of `numerator / denominator` seconds since 1970, and back. `denominator` is at most 10^9.
/// Throws error(invalid_argument) if the seconds do not fit.
[[nodiscard]] timestamp to_timestamp(std::int64_t ticks, std::int64_t numerator, std::int64_t denominator);
/// Rounds down to a tick. Throws decode_error (by `from`) outside [least, most].
[[nodiscard]] std::int64_t from_timestamp(
    const unpacker& from, timestamp when, std::int64_t numerator, std::int64_t denominator, std::int64_t least,
    std::int64_t most);
} // namespace detail

} // namespace plait::ipc
