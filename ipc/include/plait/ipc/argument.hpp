// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   process p{plait::fn<&cook>, queue, "chef", 10}
//                                 │       │     │
//   argument_writer  ──▶  [ name  │  5 "chef"  10 ]   bytes, in a sealed memfd
//                          descriptors of the queue   inherited by number
//                                 │       │     │
//   argument_reader  ──▶  cook(queue&&, "chef"s, 10)  in the child, which is the same build of the same program
//
// How the arguments of a callable travel to a child process. Values are copied; handles of shared memory travel as
// descriptors. `argument<T>` is the customisation point; it is there for
//
//   - trivially copyable types, byte for byte (not pointers and views, which mean nothing in another process),
//   - std::string, std::vector, std::pair, std::tuple, std::optional, std::variant of such types,
//   - aggregates of such, field by field, and whatever can be in a message of a queue (see packed_argument.hpp),
//   - an owned descriptor (the parent's is closed once the child has been started),
//   - and every type that specialises it, such as the handles of this library.
//
// A reader checks every length against the bytes that are there before it reserves anything.

#include <plait/runtime/detail/syscall.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace plait::ipc {

class argument_writer;
class argument_reader;

/// How a `T` travels to a child process. A specialisation has
///
///     static void encode(argument_writer& out, const T& value);
///     static T decode(argument_reader& in);   // throws error(message_malformed)
///
/// where `decode` reads exactly what `encode` wrote, and at least one byte or descriptor of it.
template <class T>
struct argument;

/// A type that can be an argument of a child process.
template <class T>
concept process_argument = requires(argument_writer& out, argument_reader& in, const T& value) {
    argument<T>::encode(out, value);
    { argument<T>::decode(in) } -> std::same_as<T>;
};

/// Collects arguments. Thread safety: none.
class argument_writer {
public:
    template <process_argument T>
    void value(const T& v) {
        argument<T>::encode(*this, v);
    }
    void bytes(std::span<const std::byte> data);
    void size(std::size_t n);
    /// Passes a descriptor. It is not duplicated: it stays open until the child has been started.
    void descriptor(int fd) { descriptors_.push_back(fd); }

    [[nodiscard]] std::span<const std::byte> written() const noexcept { return bytes_; }
    [[nodiscard]] std::span<const int> descriptors() const noexcept { return descriptors_; }

private:
    std::vector<std::byte> bytes_;
    std::vector<int> descriptors_;
};

/// Takes arguments apart, in the order in which they were written. Owns the descriptors that have not been taken.
/// Thread safety: none.
class argument_reader {
public:
    /// `data` outlives the reader.
    argument_reader(std::span<const std::byte> data, std::vector<plait::detail::unique_fd> descriptors) noexcept
        : rest_(data), descriptors_(std::move(descriptors)) {}

    template <process_argument T>
    [[nodiscard]] T value() {
        return argument<T>::decode(*this);
    }
    /// The next `n` bytes. Throws error(message_malformed) if there are fewer.
    [[nodiscard]] std::span<const std::byte> bytes(std::size_t n);
    /// A number of elements that follow. Throws error(message_malformed) if fewer bytes follow than elements.
    [[nodiscard]] std::size_t size();
    /// The next descriptor, which now belongs to the caller. Throws error(message_malformed) if there is none.
    [[nodiscard]] plait::detail::unique_fd descriptor();
    /// Throws error(message_malformed) unless everything was read and every descriptor taken.
    void finish() const;

    [[nodiscard]] std::size_t remaining() const noexcept { return rest_.size(); }

private:
    std::span<const std::byte> rest_;
    std::vector<plait::detail::unique_fd> descriptors_;
    std::size_t next_descriptor_ = 0;
};

namespace detail {

template <class T>
inline constexpr bool is_view = false;
template <class C, class T>
inline constexpr bool is_view<std::basic_string_view<C, T>> = true;
template <class T, std::size_t N>
inline constexpr bool is_view<std::span<T, N>> = true;

/// Its flag, or index, is checked when it is read.
template <class T>
inline constexpr bool is_checked = false;
template <class T>
inline constexpr bool is_checked<std::optional<T>> = true;
template <class... T>
inline constexpr bool is_checked<std::variant<T...>> = true;

/// Means the same in every process that runs the same build.
template <class T>
concept plain_value = std::is_trivially_copyable_v<T> && !std::is_reference_v<T> && !std::is_pointer_v<T> &&
                      !std::is_member_pointer_v<T> && !std::is_null_pointer_v<T> && !is_view<T> && !is_checked<T>;

/// What an argument is stored as on its way: decayed, as for std::thread; strings by value.
template <class T>
struct stored {
    using type = T;
};
template <>
struct stored<const char*> {
    using type = std::string;
};
template <>
struct stored<char*> {
    using type = std::string;
};
template <>
struct stored<std::string_view> {
    using type = std::string;
};
[[noreturn]] void refuse_alternative(std::uint64_t index, std::size_t alternatives);

template <class T>
using stored_t = typename stored<std::decay_t<T>>::type;

} // namespace detail

template <detail::plain_value T>
struct argument<T> {
    static void encode(argument_writer& out, const T& value) { out.bytes(std::as_bytes(std::span(&value, 1))); }
    static T decode(argument_reader& in) {
        std::array<std::byte, sizeof(T)> raw;
        auto data = in.bytes(raw.size());
        std::copy(data.begin(), data.end(), raw.begin());
        return std::bit_cast<T>(raw);
    }
};

/// Checked when it is read: a byte that is neither 0 nor 1 makes no bool.
template <>
struct argument<bool> {
    static void encode(argument_writer& out, bool value);
    static bool decode(argument_reader& in);
};

template <>
struct argument<std::string> {
    static void encode(argument_writer& out, const std::string& value);
    static std::string decode(argument_reader& in);
};

template <>
struct argument<plait::detail::unique_fd> {
    static void encode(argument_writer& out, const plait::detail::unique_fd& value) { out.descriptor(value.get()); }
    static plait::detail::unique_fd decode(argument_reader& in) { return in.descriptor(); }
};

template <process_argument T>
struct argument<std::vector<T>> {
    static void encode(argument_writer& out, const std::vector<T>& value) {
        out.size(value.size());
        for (const auto& element : value)
            out.value<T>(element);
    }
    static std::vector<T> decode(argument_reader& in) {
        std::size_t count = in.size();
        std::vector<T> value;
        // What is large in memory may be short here: no more is reserved than there are bytes.
        value.reserve(std::min(count, in.remaining() / sizeof(T)));
        while (value.size() < count)
            value.push_back(in.value<T>());
        return value;
    }
};

template <process_argument T>
struct argument<std::optional<T>> {
    static void encode(argument_writer& out, const std::optional<T>& value) {
        out.value(value.has_value());
        if (value) out.value(*value);
    }
    static std::optional<T> decode(argument_reader& in) {
        if (!in.value<bool>()) return std::nullopt;
        return in.value<T>();
    }
};

template <process_argument... T>
struct argument<std::variant<T...>> {
    using value_type = std::variant<T...>;

    static void encode(argument_writer& out, const value_type& value) {
        out.size(value.index());
        std::visit([&](const auto& alternative) { out.value(alternative); }, value); // throws if there is none
    }
    static value_type decode(argument_reader& in) {
        return alternative(in, in.value<std::uint64_t>(), std::index_sequence_for<T...>());
    }

private:
    template <std::size_t... I>
    static value_type alternative(argument_reader& in, std::uint64_t index, std::index_sequence<I...>) {
        std::optional<value_type> value;
        static_cast<void>(((index == I && (value.emplace(std::in_place_index<I>, in.value<T>()), true)) || ...));
        if (!value) detail::refuse_alternative(index, sizeof...(T));
        return std::move(*value);
    }
};

template <process_argument A, process_argument B>
requires(!detail::plain_value<std::pair<A, B>>) struct argument<std::pair<A, B>> {
    static void encode(argument_writer& out, const std::pair<A, B>& value) {
        out.value(value.first);
        out.value(value.second);
    }
    static std::pair<A, B> decode(argument_reader& in) {
        A first = in.value<A>();
        return {std::move(first), in.value<B>()};
    }
};

template <process_argument... T>
requires(!detail::plain_value<std::tuple<T...>>) struct argument<std::tuple<T...>> {
    static void encode(argument_writer& out, const std::tuple<T...>& value) {
        std::apply([&](const T&... element) { (out.value(element), ...); }, value);
    }
    static std::tuple<T...> decode(argument_reader& in) {
        return std::tuple<T...>{in.value<T>()...}; // braces: from left to right
    }
};

} // namespace plait::ipc
