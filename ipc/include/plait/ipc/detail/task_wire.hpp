// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   int 7, vector<int>{1, 2}, string "x"   ──▶   [ 7 │ 2, 1 2 │ 2, "\xa1x" ]
//
// How the arguments and results of a pool's tasks lie in a message, one behind the other: what is copied as it is has the
// size of its type; a vector of such is a count and its elements; everything else is a count of bytes, and what its codec
// makes of it. Both ends are the same build of the same program. A view is its bytes, and is read where they lie.

#include <plait/ipc/codec.hpp>
#include <plait/ipc/message_bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace plait::ipc::detail {

/// Throws decode_error.
[[noreturn]] void throw_task_too_short();
[[noreturn]] void throw_task_too_long();

/// Fills room whose size was told by wire<T>::size before. Throws error(invalid_argument) if a codec does not repeat
/// itself.
class wire_writer {
public:
    explicit wire_writer(std::span<std::byte> to) noexcept : rest_(to) {}

    [[nodiscard]] std::span<std::byte> room(std::size_t bytes) {
        if (bytes > rest_.size())
            throw error(errc::invalid_argument, "a codec says another size each time it is asked");
        auto taken = rest_.first(bytes);
        rest_ = rest_.subspan(bytes);
        return taken;
    }
    void count(std::uint64_t n) { std::memcpy(room(sizeof n).data(), &n, sizeof n); }

private:
    std::span<std::byte> rest_;
};

/// Throws decode_error where there is less than was asked for.
class wire_reader {
public:
    explicit wire_reader(std::span<const std::byte> from) noexcept : rest_(from) {}
    /// `message`: what the bytes lie in, for a value that goes on using it.
    wire_reader(std::span<const std::byte> from, byte_lease& message) noexcept : rest_(from), message_(&message) {}

    [[nodiscard]] std::span<const std::byte> bytes(std::uint64_t n) {
        if (n > rest_.size()) throw_task_too_short();
        auto taken = rest_.first(static_cast<std::size_t>(n));
        rest_ = rest_.subspan(static_cast<std::size_t>(n));
        return taken;
    }
    [[nodiscard]] std::uint64_t count() {
        std::uint64_t n;
        std::memcpy(&n, bytes(sizeof n).data(), sizeof n);
        return n;
    }
    void finish() const {
        if (!rest_.empty()) throw_task_too_long();
    }
    [[nodiscard]] byte_lease take_message() noexcept { return message_ ? std::move(*message_) : byte_lease(); }

private:
    std::span<const std::byte> rest_;
    byte_lease* message_ = nullptr;
};

/// Travels as its bytes: trivially copyable, and without a codec of the user's own.
template <class T>
concept sent_as_is = requires {
    requires codec<T>::copies;
};

template <class T>
struct wire {
    [[nodiscard]] static std::size_t size(const T& value) { return sizeof(std::uint64_t) + codec<T>::size(value); }
    static void write(wire_writer& to, const T& value) {
        std::size_t bytes = codec<T>::size(value);
        to.count(bytes);
        codec<T>::encode(value, to.room(bytes));
    }
    [[nodiscard]] static T read(wire_reader& from) { return codec<T>::decode(from.bytes(from.count())); }
};

template <sent_as_is T>
struct wire<T> {
    [[nodiscard]] static constexpr std::size_t size(const T&) noexcept { return sizeof(T); }
    static void write(wire_writer& to, const T& value) { codec<T>::encode(value, to.room(sizeof(T))); }
    [[nodiscard]] static T read(wire_reader& from) { return codec<T>::decode(from.bytes(sizeof(T))); }
};

template <sent_as_is T>
requires(!std::is_same_v<T, bool> && std::is_default_constructible_v<T>) struct wire<std::vector<T>> {
    [[nodiscard]] static std::size_t size(const std::vector<T>& values) noexcept {
        return sizeof(std::uint64_t) + values.size() * sizeof(T);
    }
    static void write(wire_writer& to, const std::vector<T>& values) {
        to.count(values.size());
        if (!values.empty())
            std::memcpy(to.room(values.size() * sizeof(T)).data(), values.data(), values.size() * sizeof(T));
    }
    [[nodiscard]] static std::vector<T> read(wire_reader& from) {
        std::uint64_t n = from.count();
        if (n > std::uint64_t{1} << 48) throw_task_too_short(); // before it is multiplied
        auto raw = from.bytes(n * sizeof(T));
        std::vector<T> values(static_cast<std::size_t>(n));
        if (n) std::memcpy(static_cast<void*>(values.data()), raw.data(), raw.size());
        return values;
    }
};

/// What refers to the message that it was read from, or has it.
template <class T>
inline constexpr bool refers_to_message =
    std::is_same_v<T, std::span<const std::byte>> || std::is_same_v<T, message_bytes>;
template <class... T>
inline constexpr bool refers_to_message<std::tuple<T...>> = (refers_to_message<T> || ...);

template <class T>
requires(std::is_same_v<T, std::span<const std::byte>> || std::is_same_v<T, message_bytes>) struct wire<T> {
    [[nodiscard]] static std::size_t size(const T& value) noexcept {
        return sizeof(std::uint64_t) + bytes(value).size();
    }
    static void write(wire_writer& to, const T& value) {
        auto from = bytes(value);
        to.count(from.size());
        if (!from.empty()) std::memcpy(to.room(from.size()).data(), from.data(), from.size());
    }
    [[nodiscard]] static T read(wire_reader& from) {
        auto found = from.bytes(from.count());
        if constexpr (std::is_same_v<T, message_bytes>)
            return message_bytes(from.take_message(), found);
        else
            return found;
    }

private:
    [[nodiscard]] static std::span<const std::byte> bytes(const T& value) noexcept {
        if constexpr (std::is_same_v<T, message_bytes>)
            return value.bytes();
        else
            return value;
    }
};

template <class... T>
requires refers_to_message<std::tuple<T...>>
struct wire<std::tuple<T...>> {
    [[nodiscard]] static std::size_t size(const std::tuple<T...>& values) {
        return std::apply([](const T&... each) { return (wire<T>::size(each) + ...); }, values);
    }
    static void write(wire_writer& to, const std::tuple<T...>& values) {
        std::apply([&](const T&... each) { (wire<T>::write(to, each), ...); }, values);
    }
    [[nodiscard]] static std::tuple<T...> read(wire_reader& from) {
        return std::tuple<T...>{wire<T>::read(from)...}; // braces: from left to right
    }
};

} // namespace plait::ipc::detail
