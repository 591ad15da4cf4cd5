// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Values that hold every kind of thing that travels as MessagePack.

#include <plait/ipc/codec.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

namespace plait::test {

using bytes = std::vector<std::byte>;

enum class colour : std::uint8_t { red = 1, green = 2 };

struct point {
    int x;
    int y;
    friend bool operator==(const point&, const point&) = default;
};

/// Trivially copyable, though no language but ours could know where its fields are.
struct plain_record {
    char name[8];
    double weight;
};

struct everything {
    bool flag;
    std::int8_t small;
    std::uint64_t large;
    colour paint;
    float single;
    double real;
    std::string text;
    bytes blob;
    std::array<std::byte, 4> fixed_blob;
    std::vector<point> points;
    std::array<std::uint16_t, 3> fixed;
    std::deque<std::string> deque;
    std::list<bool> list;
    std::vector<bool> bits;
    std::map<std::string, int> map;
    std::unordered_map<int, std::string> unordered_map;
    std::set<int> set;
    std::unordered_set<std::string> unordered_set;
    std::multimap<int, int> multimap;
    std::optional<std::string> maybe;
    std::variant<std::monostate, int, std::string, point> either;
    std::pair<int, std::string> pair;
    std::tuple<int, std::string, bool> tuple;
    std::chrono::milliseconds span;
    std::chrono::system_clock::time_point when;
    std::chrono::steady_clock::time_point since_boot;
    friend bool operator==(const everything&, const everything&) = default;
};

inline everything sample() {
    using namespace std::chrono_literals;
    return {
        .flag = true,
        .small = -100,
        .large = 0xffff'ffff'ffff'fffe,
        .paint = colour::green,
        .single = 0.25F,
        .real = -1.5e300,
        .text = "Grüße",
        .blob = {std::byte{0}, std::byte{255}},
        .fixed_blob = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}},
        .points = {{1, -2}, {70'000, 1 << 30}},
        .fixed = {1, 2, 65'535},
        .deque = {"first", "second"},
        .list = {true, false},
        .bits = {false, true},
        .map = {{"one", 1}, {"two", 2}},
        .unordered_map = {{-1, "minus one"}},
        .set = {3, 5},
        .unordered_set = {"only"},
        .multimap = {{7, 1}, {7, 2}},
        .maybe = "something",
        .either = point{5, 6},
        .pair = {1, "one"},
        .tuple = {2, "two", true},
        .span = -250ms,
        .when = std::chrono::system_clock::time_point(1'700'000'000s + 123'456'789ns),
        .since_boot = std::chrono::steady_clock::time_point(42s),
    };
}

struct tree {
    std::string name;
    std::vector<tree> children;
    friend bool operator==(const tree&, const tree&) = default;
};

struct chain {
    int value;
    std::unique_ptr<chain> next;
};

/// A chain of `length` links: each nests two deeper than the one before, a pointer and what it points to.
inline std::unique_ptr<chain> chain_of(unsigned length) {
    std::unique_ptr<chain> first;
    while (length > 0)
        first = std::make_unique<chain>(static_cast<int>(length--), std::move(first));
    return first;
}

template <class T>
bytes encoded(const T& value) {
    bytes to(ipc::codec<T>::size(value));
    ipc::codec<T>::encode(value, to);
    return to;
}

template <class T>
T decoded(const bytes& from) {
    return ipc::codec<T>::decode(from);
}

/// As MessagePack even if T would be copied.
template <class T>
bytes as_msgpack(const T& value) {
    return encoded(ipc::packed<T>(value));
}
template <class T>
T from_msgpack(const bytes& from) {
    return decoded<ipc::packed<T>>(from).value;
}

} // namespace plait::test
