// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   C++                                              MessagePack
//   bool                                             true, false
//   integers, characters, enumerations               integer, in the shortest format
//   float, double                                    float 32, float 64
//   std::string, std::string_view (written only)     string
//   blocks of std::byte: vector, array, span (w. o.) byte string
//   vector, deque, list, sets; std::array            array; a set's without duplicates
//   maps                                             map; without duplicates unless it is a multimap
//   pair, tuple, aggregates                          array of the elements, in their order
//   optional, unique_ptr                             nil, or the value
//   variant                                          array of two: the index from 0, the value
//   monostate                                        nil
//   duration                                         integer or float: the count of its own ticks
//   time_point of system_clock                       timestamp extension
//   time_point of another clock                      integer: its ticks since the clock's epoch
//
// How values are written in MessagePack, and read again, by plait or by another language. Reading is strict: every field
// must be there, in place, of its type and within its range, and nothing else; but any format that holds the right value
// is accepted. Aggregates need no declaration (Boost.PFR finds their fields): at most 200 fields, no base classes, no C
// arrays (take std::array), no references or bit-fields. What may be nil itself cannot be optional: nil could mean both.
//
// For a type that is none of these, specialise `packing` with two functions that repeat themselves (pack() is called
// once to count and once to write):
//
//     template <>
//     struct plait::ipc::packing<url> {
//         static void pack(packer& to, const url& value) { to.pack(value.text()); }
//         static url unpack(unpacker& from) {
//             auto parsed = url::parse(from.unpack<std::string>());
//             if (!parsed) from.fail("not a URL");
//             return *parsed;
//         }
//     };
//
// Reading reserves no more memory than the message has bytes; what is read takes as much as there are elements. Keys of
// unordered containers are hashed as they are: prefer the ordered ones where the writers are not trusted.

#include <plait/ipc/msgpack.hpp>

#include <boost/pfr/core.hpp>
#include <boost/pfr/tuple_size.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace plait::ipc {

namespace detail {

/// What the library itself packs. The primary template: what it does not.
template <class T>
struct standard_packing {
    static constexpr bool missing = true;
};

} // namespace detail

template <class T>
struct packing : detail::standard_packing<T> {};

namespace detail {

/// Whether packing<T> is a specialisation of the user's.
template <class T>
inline constexpr bool has_own_packing = !std::is_base_of_v<standard_packing<T>, packing<T>>;

/// Whether a T may be written as nil. A packing of the user's says so by `static constexpr bool may_be_nil = true`.
template <class T>
concept may_be_nil = packing<T>::may_be_nil;

// --------------------------------------------------------------------------------------------------------- scalars

template <>
struct standard_packing<bool> {
    static void pack(packer& to, bool value) { to.boolean(value); }
    static bool unpack(unpacker& from) { return from.boolean(); }
};

template <std::integral I>
struct standard_packing<I> {
    static void pack(packer& to, I value) { to.integer(value); }
    static I unpack(unpacker& from) { return from.integer<I>(); }
};

template <class E>
requires(std::is_enum_v<E>) struct standard_packing<E> {
    using integer = std::underlying_type_t<E>;
    static void pack(packer& to, E value) { to.pack(static_cast<integer>(value)); }
    static E unpack(unpacker& from) { return static_cast<E>(from.unpack<integer>()); }
};

template <>
struct standard_packing<double> {
    static void pack(packer& to, double value) { to.real(value); }
    static double unpack(unpacker& from) { return from.real(); }
};

template <>
struct standard_packing<float> {
    static void pack(packer& to, float value) { to.real(value); }
    static float unpack(unpacker& from) { return from.single_real(); }
};

template <>
struct standard_packing<std::monostate> {
    static constexpr bool may_be_nil = true;
    static void pack(packer& to, std::monostate) { to.nil(); }
    static std::monostate unpack(unpacker& from) {
        from.nil();
        return {};
    }
};

// ------------------------------------------------------------------------------------------------------------ time

template <class Rep, class Period>
struct standard_packing<std::chrono::duration<Rep, Period>> {
    static void pack(packer& to, std::chrono::duration<Rep, Period> value) { to.pack(value.count()); }
    static std::chrono::duration<Rep, Period> unpack(unpacker& from) {
        return std::chrono::duration<Rep, Period>(from.unpack<Rep>());
    }
};

template <class Clock, class Duration>
struct standard_packing<std::chrono::time_point<Clock, Duration>> {
    static void pack(packer& to, std::chrono::time_point<Clock, Duration> value) { to.pack(value.time_since_epoch()); }
    static std::chrono::time_point<Clock, Duration> unpack(unpacker& from) {
        return std::chrono::time_point<Clock, Duration>(from.unpack<Duration>());
    }
};

template <class Duration>
struct standard_packing<std::chrono::sys_time<Duration>> {
    using rep = typename Duration::rep;
    using period = typename Duration::period;
    using limits = std::numeric_limits<rep>;

    static void pack(packer& to, std::chrono::sys_time<Duration> value) {
        static_assert(std::signed_integral<rep>, "times are packed as signed integers");
        static_assert(period::den <= 1'000'000'000, "a timestamp of MessagePack has nanoseconds");
        to.time(to_timestamp(value.time_since_epoch().count(), period::num, period::den));
    }
    /// Rounds down to a tick of `Duration`.
    static std::chrono::sys_time<Duration> unpack(unpacker& from) {
        auto ticks = from_timestamp(from, from.time(), period::num, period::den, limits::min(), limits::max());
        return std::chrono::sys_time<Duration>(Duration(static_cast<rep>(ticks)));
    }
};

// ------------------------------------------------------------------------------------------------- one, or nothing

template <class T>
struct standard_packing<std::optional<T>> {
    static_assert(!may_be_nil<T>, "nil stands for nullopt: what may be nil itself cannot be optional");
    static constexpr bool may_be_nil = true;
    static void pack(packer& to, const std::optional<T>& value) {
        if (value)
            to.pack(*value);
        else
            to.nil();
    }
    static std::optional<T> unpack(unpacker& from) {
        if (from.try_nil()) return std::nullopt;
        return from.unpack<T>();
    }
};

template <class T>
struct standard_packing<std::unique_ptr<T>> {
    static_assert(!std::is_array_v<T>, "the length of the array is not known: take std::vector");
    static_assert(!std::is_polymorphic_v<T>, "what the pointer points to is known at run time only: take std::variant");
    static constexpr bool may_be_nil = true;
    static void pack(packer& to, const std::unique_ptr<T>& value) {
        if (value)
            to.pack(*value);
        else
            to.nil();
    }
    static std::unique_ptr<T> unpack(unpacker& from) {
        if (from.try_nil()) return nullptr;
        return std::make_unique<T>(from.unpack<T>());
    }
};

// ------------------------------------------------------------------------------------------------------ one of many

template <class... T>
struct standard_packing<std::variant<T...>> {
    using value_type = std::variant<T...>;

    static void pack(packer& to, const value_type& value) {
        if (value.valueless_by_exception())
            throw error(errc::invalid_argument, "packing: the variant has lost its value (valueless_by_exception)");
        to.array(2);
        to.integer(value.index());
        std::visit([&](const auto& held) { to.pack(held); }, value);
    }
    static value_type unpack(unpacker& from) {
        from.array(2);
        auto index = from.integer<std::size_t>();
        if (index >= sizeof...(T))
            from.fail(
                "alternative " + std::to_string(index) + " of a variant that has " + std::to_string(sizeof...(T)));
        return read_alternative(from, index, std::index_sequence_for<T...>());
    }

private:
    template <std::size_t... I>
    static value_type read_alternative(unpacker& from, std::size_t index, std::index_sequence<I...>) {
        using reader = value_type (*)(unpacker&);
        static constexpr reader readers[] = {
            [](unpacker& in) { return value_type(std::in_place_index<I>, in.unpack<T>()); }...};
        return readers[index](from);
    }
};

// ---------------------------------------------------------------------------------------------- one after the other

template <class A, class B>
struct standard_packing<std::pair<A, B>> {
    static void pack(packer& to, const std::pair<A, B>& value) {
        to.array(2);
        to.pack(value.first);
        to.pack(value.second);
    }
    static std::pair<A, B> unpack(unpacker& from) {
        from.array(2);
        return std::pair<A, B>{from.unpack<A>(), from.unpack<B>()}; // braces: from left to right
    }
};

template <class... T>
struct standard_packing<std::tuple<T...>> {
    static void pack(packer& to, const std::tuple<T...>& value) {
        to.array(sizeof...(T));
        std::apply([&](const T&... element) { (to.pack(element), ...); }, value);
    }
    static std::tuple<T...> unpack(unpacker& from) {
        from.array(sizeof...(T));
        return std::tuple<T...>{from.unpack<T>()...};
    }
};

template <class T>
concept aggregate = std::is_aggregate_v<T> && std::is_class_v<T>;

template <aggregate T>
struct standard_packing<T> {
    static void pack(packer& to, const T& value) {
        to.array(boost::pfr::tuple_size_v<T>);
        boost::pfr::for_each_field(value, [&](const auto& field) { to.pack(field); });
    }
    static T unpack(unpacker& from) {
        from.array(boost::pfr::tuple_size_v<T>);
        return read_fields(from, std::make_index_sequence<boost::pfr::tuple_size_v<T>>());
    }

private:
    template <std::size_t... I>
    static T read_fields([[maybe_unused]] unpacker& from, std::index_sequence<I...>) {
        return T{from.unpack<boost::pfr::tuple_element_t<I, T>>()...};
    }
};

} // namespace detail

} // namespace plait::ipc

#include <plait/ipc/detail/packing_containers.hpp>
