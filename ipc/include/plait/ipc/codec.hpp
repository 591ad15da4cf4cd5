// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// How a value travels through a queue: codec<T> says how many bytes it takes, writes them, and reads them back. Reading
// checks every length against the bytes that are there before it reserves anything, because the other side may be
// another build, damaged, or hostile; what does not decode is an error, never undefined behaviour.
//
// Provided for trivially copyable types of the same build (copied as they are; a pointer in one means nothing to another
// process), std::string, and std::vector of trivially copyable types. For a type of your own, specialise codec with the
// same three functions.

#include <plait/runtime/error.hpp>

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace plait::ipc {

template <class T>
struct codec {
    static_assert(
        std::is_trivially_copyable_v<T>,
        "plait::ipc::codec: specialise it for this type; only trivially copyable types, std::string and std::vector of "
        "trivially copyable types travel by themselves");
    static_assert(!std::is_pointer_v<T>, "plait::ipc::codec: a pointer means nothing to another process");

    [[nodiscard]] static std::size_t size(const T&) noexcept { return sizeof(T); }
    static void encode(const T& value, std::span<std::byte> to) noexcept { std::memcpy(to.data(), &value, sizeof(T)); }
    [[nodiscard]] static boost::system::result<T> decode(std::span<const std::byte> from) noexcept {
        if (from.size() != sizeof(T)) return make_error_code(errc::message_malformed);
        // Through an array of bytes: T need not have a default constructor.
        alignas(T) std::byte storage[sizeof(T)];
        std::memcpy(storage, from.data(), sizeof(T));
        return *reinterpret_cast<const T*>(storage);
    }
};

template <>
struct codec<std::string> {
    [[nodiscard]] static std::size_t size(const std::string& value) noexcept { return value.size(); }
    static void encode(const std::string& value, std::span<std::byte> to) noexcept {
        if (!value.empty()) std::memcpy(to.data(), value.data(), value.size());
    }
    [[nodiscard]] static boost::system::result<std::string> decode(std::span<const std::byte> from) {
        return std::string(reinterpret_cast<const char*>(from.data()), from.size());
    }
};

template <class T>
requires(
    std::is_trivially_copyable_v<T>&& std::is_default_constructible_v<T> &&
    !std::is_same_v<T, bool>) struct codec<std::vector<T>> {
    [[nodiscard]] static std::size_t size(const std::vector<T>& value) noexcept { return value.size() * sizeof(T); }
    static void encode(const std::vector<T>& value, std::span<std::byte> to) noexcept {
        if (!value.empty()) std::memcpy(to.data(), value.data(), value.size() * sizeof(T));
    }
    [[nodiscard]] static boost::system::result<std::vector<T>> decode(std::span<const std::byte> from) {
        if (from.size() % sizeof(T) != 0) return make_error_code(errc::message_malformed);
        std::vector<T> value(from.size() / sizeof(T));
        if (!value.empty()) std::memcpy(value.data(), from.data(), from.size());
        return value;
    }
};

} // namespace plait::ipc
