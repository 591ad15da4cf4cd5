// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   copied_as_is<T>   the bytes of the value          arithmetic types, enumerations, trivially copyable classes
//   everything else   MessagePack, see packing.hpp    strings, containers, optional, variant, aggregates of such
//
// How a value travels through a queue: codec<T> says how many bytes it takes, writes them, and reads them back. Which of
// the two ways is taken depends on T alone, and holds for the whole message.
//
// A copy is the fastest there is, and for programs of the same build alone: it is checked for its length, and otherwise
// is as good as the process that wrote it; a pointer in it means nothing to another process. MessagePack is checked
// throughout, and is read and written by other languages too. Let a type that would be copied travel as MessagePack by
// `queue<packed<T>>`, or by a packing of its own.
//
// A message in another format altogether (Protocol Buffers, say): specialise codec<T> with the same three functions.

#include <plait/ipc/packing.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <span>
#include <type_traits>
#include <utility>

namespace plait::ipc {

namespace detail {

template <class T>
inline constexpr bool never_copied = false; // trivially copyable perhaps, but other bytes are no such value
template <class T>
inline constexpr bool never_copied<std::optional<T>> = true;
template <class... T>
inline constexpr bool never_copied<std::variant<T...>> = true;
// Views point into the writer's memory.
template <class Char, class Traits>
inline constexpr bool never_copied<std::basic_string_view<Char, Traits>> = true;
template <class T, std::size_t N>
inline constexpr bool never_copied<std::span<T, N>> = true;

} // namespace detail

/// A type whose values travel as a copy of their bytes: trivially copyable, without a packing of its own. Not optional
/// and variant, whose bytes must be checked; and no pointers or views.
template <class T>
concept copied_as_is = std::is_trivially_copyable_v<T> && !std::is_pointer_v<T> && !std::is_member_pointer_v<T> &&
                       !std::is_null_pointer_v<T> && !detail::never_copied<T> && !detail::has_own_packing<T>;

/// A value that travels as MessagePack whatever its type. It converts from the value, and to a copy of it.
template <class T>
struct packed {
    T value;

    packed(T v) : value(std::move(v)) {} // NOLINT(google-explicit-constructor): stands for the value
    operator T() const { return value; }

    T& operator*() noexcept { return value; }
    const T& operator*() const noexcept { return value; }
    T* operator->() noexcept { return &value; }
    const T* operator->() const noexcept { return &value; }

    friend bool operator==(const packed&, const packed&) = default;
};

namespace detail {

template <class T>
inline constexpr bool never_copied<packed<T>> = true;

template <class T>
struct standard_packing<packed<T>> {
    static constexpr bool may_be_nil = detail::may_be_nil<T>;
    static void pack(packer& to, const packed<T>& value) { packing<T>::pack(to, value.value); }
    static packed<T> unpack(unpacker& from) { return packing<T>::unpack(from); }
};

} // namespace detail

/// How a `T` travels. The queue calls size() and encode() with the same value, and gives encode() as many bytes.
template <class T>
struct codec {
    static_assert(!std::is_pointer_v<T>, "a pointer means nothing to another process");

    /// Throws: what packing<T>::pack throws; error(invalid_argument) for what MessagePack cannot express.
    [[nodiscard]] static std::size_t size(const T& value) {
        packer counter;
        counter.pack(value);
        return counter.size();
    }
    /// Throws the same; error(invalid_argument) if packing<T> does not repeat itself.
    static void encode(const T& value, std::span<std::byte> to) {
        packer writer(to);
        writer.pack(value);
        writer.finish();
    }
    /// Throws: decode_error if the bytes are no such value; what else packing<T>::unpack throws (bad_alloc).
    [[nodiscard]] static T decode(std::span<const std::byte> from) {
        unpacker reader(from);
        T value = reader.unpack<T>();
        reader.finish();
        return value;
    }
};

template <copied_as_is T>
struct codec<T> {
    static constexpr bool copies = true; ///< a codec of the user's own for such a type does not say so

    [[nodiscard]] static std::size_t size(const T&) noexcept { return sizeof(T); }
    static void encode(const T& value, std::span<std::byte> to) noexcept { std::memcpy(to.data(), &value, sizeof(T)); }
    /// Throws: decode_error if there are not as many bytes as a value has, or those of a bool are none.
    [[nodiscard]] static T decode(std::span<const std::byte> from) {
        if (from.size() != sizeof(T))
            throw decode_error(
                0, "expected a copied value of " + std::to_string(sizeof(T)) + " bytes, found " +
                       std::to_string(from.size()));
        std::array<std::byte, sizeof(T)> raw;
        std::memcpy(raw.data(), from.data(), sizeof(T));
        if constexpr (std::is_same_v<T, bool>)
            if (raw[0] > std::byte{1}) throw decode_error(0, "neither true nor false");
        return std::bit_cast<T>(raw);
    }
};

} // namespace plait::ipc
