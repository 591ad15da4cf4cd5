// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Strings, byte strings and containers in MessagePack. Containers are recognised by what they offer, not by their names,
// so that those of other libraries travel as well, and no header of a container is included here.

#include <plait/ipc/packing.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace plait::ipc::detail {

// --------------------------------------------------------------------------------------------------------- strings

template <class Traits, class Allocator>
struct standard_packing<std::basic_string<char, Traits, Allocator>> {
    using string = std::basic_string<char, Traits, Allocator>;
    static void pack(packer& to, const string& value) { to.string({value.data(), value.size()}); }
    static string unpack(unpacker& from) {
        auto text = from.string();
        return string(text.data(), text.size());
    }
};

/// Written only: what is read must own its characters.
template <class Traits>
struct standard_packing<std::basic_string_view<char, Traits>> {
    static void pack(packer& to, std::basic_string_view<char, Traits> value) {
        to.string({value.data(), value.size()});
    }
};

/// Written only. A span of anything else is an array.
template <class T, std::size_t N>
struct standard_packing<std::span<T, N>> {
    static void pack(packer& to, std::span<T, N> value) {
        if constexpr (std::is_same_v<std::remove_cv_t<T>, std::byte>) {
            to.binary(value);
        } else {
            to.array(value.size());
            for (const T& element : value)
                to.pack(element);
        }
    }
};

// ------------------------------------------------------------------------------------------------------- sequences

// A string of another character type has traits: it is no sequence of numbers, and MessagePack has none of its kind.
template <class T>
concept sequence = requires(T& container, const T& filled, typename T::value_type element) {
    filled.begin() != filled.end();
    filled.size();
    container.push_back(std::move(element));
}
&&!requires { typename T::traits_type; };

template <class T>
concept byte_sequence = sequence<T> && std::is_same_v<typename T::value_type, std::byte> && requires(const T& bytes) {
    { bytes.data() } -> std::same_as<const std::byte*>;
};

template <byte_sequence T>
struct standard_packing<T> {
    static void pack(packer& to, const T& value) { to.binary({value.data(), value.size()}); }
    static T unpack(unpacker& from) {
        auto bytes = from.binary();
        return T(bytes.begin(), bytes.end());
    }
};

template <sequence T>
struct standard_packing<T> {
    using element = typename T::value_type;

    static void pack(packer& to, const T& value) {
        to.array(value.size());
        // const element&: the references of vector<bool> are no bools
        for (const element& each : value)
            to.pack(each);
    }
    static T unpack(unpacker& from) {
        std::size_t count = from.array();
        T value;
        // An element may be announced by one byte and take a thousand in memory: what the message has is lent, the rest
        // must be earned by elements that are really there.
        if constexpr (requires { value.reserve(count); })
            value.reserve(std::min(count, from.remaining() / sizeof(element) + 1));
        while (count-- > 0)
            value.push_back(from.unpack<element>());
        return value;
    }
};

template <class T, std::size_t N>
struct standard_packing<std::array<T, N>> {
    static void pack(packer& to, const std::array<T, N>& value) {
        if constexpr (std::is_same_v<T, std::byte>) {
            to.binary(value);
        } else {
            to.array(N);
            for (const T& element : value)
                to.pack(element);
        }
    }
    static std::array<T, N> unpack(unpacker& from) {
        static_assert(std::is_default_constructible_v<T>, "the elements of the array must be default-constructible");
        std::array<T, N> value{};
        if constexpr (std::is_same_v<T, std::byte>) {
            auto bytes = from.binary();
            if (bytes.size() != N)
                from.fail(
                    "expected a byte string of " + std::to_string(N) + " bytes, found one of " +
                    std::to_string(bytes.size()));
            std::copy(bytes.begin(), bytes.end(), value.begin());
        } else {
            from.array(N);
            for (T& element : value)
                element = from.unpack<T>();
        }
        return value;
    }
};

// --------------------------------------------------------------------------------------------------- sets and maps

template <class T>
concept map = requires(T& container, typename T::key_type key, typename T::mapped_type mapped) {
    container.emplace_hint(container.end(), std::move(key), std::move(mapped));
    container.size();
};

template <class T>
concept set = !map<T> && requires(T & container, typename T::key_type key) {
    container.emplace_hint(container.end(), std::move(key));
    container.size();
};

template <set T>
struct standard_packing<T> {
    static void pack(packer& to, const T& value) {
        to.array(value.size());
        for (const auto& key : value)
            to.pack(key);
    }
    static T unpack(unpacker& from) {
        T value;
        for (std::size_t rest = from.array(); rest > 0; --rest) {
            std::size_t before = value.size();
            value.emplace_hint(value.end(), from.unpack<typename T::key_type>());
            if (value.size() == before) from.fail("the element is in the set already");
        }
        return value;
    }
};

template <map T>
struct standard_packing<T> {
    static void pack(packer& to, const T& value) {
        to.map(value.size());
        for (const auto& [key, mapped] : value) {
            to.pack(key);
            to.pack(mapped);
        }
    }
    static T unpack(unpacker& from) {
        T value;
        for (std::size_t rest = from.map(); rest > 0; --rest) {
            std::size_t before = value.size();
            auto key = from.unpack<typename T::key_type>();
            value.emplace_hint(value.end(), std::move(key), from.unpack<typename T::mapped_type>());
            if (value.size() == before) from.fail("the key of this value is in the map already");
        }
        return value;
    }
};

} // namespace plait::ipc::detail
