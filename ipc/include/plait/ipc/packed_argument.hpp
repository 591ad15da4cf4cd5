// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   struct cook { queue<dish> to; std::string name; int operator()(int count); };     field by field, as arguments
//   std::map<std::string, int>, std::variant<…>, a class with a packing of its own    as MessagePack, see packing.hpp
//
// How function objects and arguments with a state of any shape travel to a child process: aggregates by their fields, each
// of which may be whatever can be an argument (a queue, too, or a descriptor), and every other type that a message can hold
// in the form that it has in messages.

#include <plait/ipc/argument.hpp>
#include <plait/ipc/codec.hpp>

#include <boost/pfr/core.hpp>
#include <boost/pfr/tuple_size.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

namespace plait::ipc {

namespace detail {

template <class T>
inline constexpr bool goes_by_elements = false; // see argument.hpp
template <class T>
inline constexpr bool goes_by_elements<std::vector<T>> = true;
template <class T>
inline constexpr bool goes_by_elements<std::optional<T>> = true;
template <class A, class B>
inline constexpr bool goes_by_elements<std::pair<A, B>> = true;
template <class... T>
inline constexpr bool goes_by_elements<std::tuple<T...>> = true;

template <class T>
concept packed_as_argument = std::is_class_v<T> && !plain_value<T> && !is_view<T> && !goes_by_elements<T> && !requires {
    packing<T>::missing;
};

template <class T>
concept aggregate_argument = packed_as_argument<T> && aggregate<T> && !has_own_packing<T>;

} // namespace detail

template <detail::packed_as_argument T>
struct argument<T> {
    static void encode(argument_writer& out, const T& value) {
        std::vector<std::byte> bytes(codec<T>::size(value));
        codec<T>::encode(value, bytes);
        out.size(bytes.size());
        out.bytes(bytes);
    }
    static T decode(argument_reader& in) { return codec<T>::decode(in.bytes(in.size())); }
};

template <detail::aggregate_argument T>
struct argument<T> {
    static void encode(argument_writer& out, const T& value) {
        boost::pfr::for_each_field(value, [&](const auto& field) { out.value(field); });
    }
    static T decode(argument_reader& in) {
        return read_fields(in, std::make_index_sequence<boost::pfr::tuple_size_v<T>>());
    }

private:
    template <std::size_t... I>
    static T read_fields([[maybe_unused]] argument_reader& in, std::index_sequence<I...>) {
        return T{in.value<boost::pfr::tuple_element_t<I, T>>()...}; // braces: from left to right
    }
};

} // namespace plait::ipc
