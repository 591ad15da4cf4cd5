// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Whatever is written is read again: properties, checked with random values, of which a failing one is made small.
#include "codec_types.hpp"

#include <bit>

#include <rapidcheck/boost_test.h>

using namespace plait;
using namespace plait::test;

namespace rc {

template <class T>
struct Arbitrary<std::optional<T>> {
    static auto arbitrary() {
        return gen::map(gen::maybe(gen::arbitrary<T>()), [](Maybe<T> v) {
            return v ? std::optional<T>(std::move(*v)) : std::nullopt;
        });
    }
};
template <>
struct Arbitrary<std::byte> {
    static auto arbitrary() { return gen::cast<std::byte>(gen::arbitrary<std::uint8_t>()); }
};
template <>
struct Arbitrary<point> {
    static auto arbitrary() { return gen::build<point>(gen::set(&point::x), gen::set(&point::y)); }
};
template <>
struct Arbitrary<tree> {
    static Gen<tree> arbitrary() { return of_depth(4); }
    static Gen<tree> of_depth(int depth) {
        auto children = depth == 0 ? gen::just(std::vector<tree>())
                                   : gen::scale(0.3, gen::container<std::vector<tree>>(gen::lazy([depth] {
                                                    return of_depth(depth - 1);
                                                })));
        return gen::build<tree>(gen::set(&tree::name), gen::set(&tree::children, std::move(children)));
    }
};

} // namespace rc

namespace {

template <class T>
void comes_back(const T& value) {
    RC_ASSERT(from_msgpack<T>(as_msgpack(value)) == value);
}
template <class Float>
void comes_back_bit_for_bit(Float value) {
    using bits = std::conditional_t<sizeof(Float) == 4, std::uint32_t, std::uint64_t>;
    RC_ASSERT(std::bit_cast<bits>(from_msgpack<Float>(as_msgpack(value))) == std::bit_cast<bits>(value));
}

} // namespace

BOOST_AUTO_TEST_SUITE(round_trips)

RC_BOOST_PROP(signed_integers, (std::int8_t a, std::int16_t b, std::int32_t c, std::int64_t d)) {
    comes_back(a), comes_back(b), comes_back(c), comes_back(d);
}
RC_BOOST_PROP(unsigned_integers, (std::uint8_t a, std::uint16_t b, std::uint32_t c, std::uint64_t d)) {
    comes_back(a), comes_back(b), comes_back(c), comes_back(d);
}
RC_BOOST_PROP(integers_of_every_magnitude, (std::int64_t n)) {
    for (int shift = 0; shift < 64; ++shift)
        comes_back(n >> shift);
}
RC_BOOST_PROP(floats, (std::uint32_t a, std::uint64_t b)) {
    auto single = std::bit_cast<float>(a);
    if (single == single) comes_back_bit_for_bit(single); // a NaN may become a quiet one on its way through a double
    comes_back_bit_for_bit(std::bit_cast<double>(b));
}
RC_BOOST_PROP(strings_of_any_bytes, (const std::string& text)) { comes_back(text); }
RC_BOOST_PROP(byte_strings, (const bytes& blob)) { comes_back(blob); }
RC_BOOST_PROP(sequences, (const std::vector<std::string>& a, const std::deque<int>& b, const std::list<double>& c)) {
    comes_back(a), comes_back(b), comes_back(c);
}
RC_BOOST_PROP(bits, (const std::vector<bool>& bits)) { comes_back(bits); }
RC_BOOST_PROP(arrays, (const std::array<std::string, 5>& array)) { comes_back(array); }
RC_BOOST_PROP(sets, (const std::set<std::string>& a, const std::unordered_set<int>& b, const std::multiset<int>& c)) {
    comes_back(a), comes_back(b), comes_back(c);
}
RC_BOOST_PROP(maps, (const std::map<int, std::string>& a, const std::unordered_map<std::string, bool>& b)) {
    comes_back(a), comes_back(b);
}
RC_BOOST_PROP(multimaps, (const std::multimap<int, int>& map)) { comes_back(map); }
RC_BOOST_PROP(options, (const std::optional<std::string>& a, const std::vector<std::optional<int>>& b)) {
    comes_back(a), comes_back(b);
}
RC_BOOST_PROP(pairs_and_tuples, (const std::pair<int, std::string>& a, const std::tuple<bool, std::string, int>& b)) {
    comes_back(a), comes_back(b);
}
RC_BOOST_PROP(variants, (int a, const std::string& b, const std::vector<int>& c)) {
    using either = std::variant<std::monostate, int, std::string, std::vector<int>>;
    comes_back(either()), comes_back(either(a)), comes_back(either(b)), comes_back(either(c));
}
RC_BOOST_PROP(durations_and_times, (std::int64_t ticks)) {
    comes_back(std::chrono::nanoseconds(ticks));
    comes_back(std::chrono::hours(ticks));
    comes_back(std::chrono::steady_clock::time_point(std::chrono::nanoseconds(ticks)));
    comes_back(std::chrono::sys_time<std::chrono::nanoseconds>(std::chrono::nanoseconds(ticks)));
    comes_back(std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(ticks)));
}
RC_BOOST_PROP(aggregates, (const std::vector<point>& points)) { comes_back(points); }
RC_BOOST_PROP(recursive_aggregates, (const tree& root)) { comes_back(root); }

BOOST_AUTO_TEST_SUITE_END()
