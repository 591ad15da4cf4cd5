// Copyright 2026 the plait authors. Boost Software License 1.0
//
// What travels in which way, and as which bytes.
#include "codec_text.hpp"
#include "support/fails_with.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/ipc/queue.hpp>

#include <cmath>
#include <cstring>
#include <span>

using namespace plait;
using namespace plait::test;
using namespace std::chrono_literals;
using ipc::copied_as_is;
using ipc::packed;

namespace {

/// Trivially copyable, with a packing of its own: degrees in memory, a word in messages.
struct heading {
    int degrees;
};
/// Not default-constructible, and valid only if even.
class even {
public:
    explicit even(int n) : n_(n) {}
    [[nodiscard]] int get() const noexcept { return n_; }

private:
    int n_;
    std::string why_not_copied_;
};
/// Packs something else each time.
struct fickle {
    std::string text;
    mutable int calls = 0;
};

} // namespace

template <>
struct plait::ipc::packing<heading> {
    static void pack(packer& to, const heading& value) { to.string(value.degrees == 0 ? "north" : "elsewhere"); }
    static heading unpack(unpacker& from) { return {from.string() == "north" ? 0 : 1}; }
};
template <>
struct plait::ipc::packing<even> {
    static void pack(packer& to, const even& value) { to.pack(value.get()); }
    static even unpack(unpacker& from) {
        int n = from.unpack<int>();
        if (n % 2 != 0) from.fail(std::to_string(n) + " is odd");
        return even(n);
    }
};
template <>
struct plait::ipc::packing<fickle> {
    static void pack(packer& to, const fickle& value) { to.pack(std::string(std::size_t(5 * ++value.calls % 7), 'x')); }
};

BOOST_AUTO_TEST_SUITE(codec)

// ------------------------------------------------------------------------------------------------ copied or packed

static_assert(copied_as_is<int> && copied_as_is<bool> && copied_as_is<double> && copied_as_is<colour>);
static_assert(copied_as_is<point> && copied_as_is<plain_record> && copied_as_is<std::array<point, 3>>);
static_assert(copied_as_is<std::chrono::nanoseconds> && copied_as_is<std::chrono::system_clock::time_point>);
static_assert(!copied_as_is<std::string> && !copied_as_is<std::vector<int>> && !copied_as_is<everything>);
static_assert(!copied_as_is<std::optional<int>> && !copied_as_is<std::variant<int, bool>>);
static_assert(!copied_as_is<int*> && !copied_as_is<std::string_view> && !copied_as_is<std::span<int>>);
static_assert(!copied_as_is<heading> && !copied_as_is<packed<point>>);

BOOST_AUTO_TEST_CASE(trivially_copyable_values_travel_as_their_bytes) {
    plain_record record{"abc", 2.5};
    bytes sent = encoded(record);
    BOOST_TEST(sent.size() == sizeof record);
    BOOST_TEST(std::memcmp(sent.data(), &record, sizeof record) == 0);
    BOOST_TEST(decoded<plain_record>(sent).weight == 2.5);
}

BOOST_AUTO_TEST_CASE(packed_asks_for_message_pack_and_stands_for_the_value) {
    packed<point> sent = point{1, -2};
    BOOST_TEST(hex(encoded(sent)) == "92 01 fe");
    point received = decoded<packed<point>>(encoded(sent));
    BOOST_TEST((received == point{1, -2}));
    BOOST_TEST(sent->y == -2);
}

BOOST_AUTO_TEST_CASE(a_packing_of_its_own_takes_the_place_of_the_copy) {
    BOOST_TEST(hex(encoded(heading{0})) == hex(encoded(std::string("north"))));
    BOOST_TEST(decoded<heading>(encoded(std::string("north"))).degrees == 0);
}

BOOST_AUTO_TEST_CASE(a_packing_of_its_own_may_refuse) {
    BOOST_TEST(decoded<even>(encoded(even(4))).get() == 4);
    BOOST_TEST(complaint<std::vector<even>>("92 02 03") == "at byte 2: 3 is odd");
}

BOOST_AUTO_TEST_CASE(a_packing_that_does_not_repeat_itself_is_found_out) {
    BOOST_TEST(fails_with(errc::invalid_argument, [] { encoded(fickle{}); })); // 5 bytes counted, 3 written
    BOOST_TEST(fails_with(errc::invalid_argument, [] { encoded(fickle{.text = "", .calls = 1}); })); // 3 and 1
    BOOST_TEST(fails_with(errc::invalid_argument, [] { encoded(fickle{.text = "", .calls = 2}); })); // 1 and 6
}

// ----------------------------------------------------------------------------------------------------- known bytes

BOOST_AUTO_TEST_CASE(integers_take_the_shortest_format) {
    auto packed_hex = [](auto n) { return hex(as_msgpack(n)); };
    BOOST_TEST(packed_hex(0) == "00");
    BOOST_TEST(packed_hex(127) == "7f");
    BOOST_TEST(packed_hex(128) == "cc 80");
    BOOST_TEST(packed_hex(256) == "cd 01 00");
    BOOST_TEST(packed_hex(65'536) == "ce 00 01 00 00");
    BOOST_TEST(packed_hex(std::uint64_t{1} << 32) == "cf 00 00 00 01 00 00 00 00");
    BOOST_TEST(packed_hex(-1) == "ff");
    BOOST_TEST(packed_hex(-32) == "e0");
    BOOST_TEST(packed_hex(-33) == "d0 df");
    BOOST_TEST(packed_hex(-129) == "d1 ff 7f");
    BOOST_TEST(packed_hex(-32'769) == "d2 ff ff 7f ff");
    BOOST_TEST(packed_hex(std::int64_t{-2'147'483'649}) == "d3 ff ff ff ff 7f ff ff ff");
}

BOOST_AUTO_TEST_CASE(scalars_have_their_formats) {
    BOOST_TEST(hex(as_msgpack(true)) == "c3");
    BOOST_TEST(hex(as_msgpack(colour::red)) == "01");
    BOOST_TEST(hex(as_msgpack(1.0F)) == "ca 3f 80 00 00");
    BOOST_TEST(hex(as_msgpack(1.0)) == "cb 3f f0 00 00 00 00 00 00");
    BOOST_TEST(hex(encoded(std::optional<int>())) == "c0");
    BOOST_TEST(hex(as_msgpack(1500ms)) == "cd 05 dc");
}

BOOST_AUTO_TEST_CASE(strings_and_byte_strings_are_told_apart) {
    BOOST_TEST(hex(encoded(std::string("ab"))) == "a2 61 62");
    BOOST_TEST(hex(encoded(std::string_view("ab"))) == "a2 61 62");
    BOOST_TEST(hex(encoded(bytes{std::byte{7}})) == "c4 01 07");
    BOOST_TEST(hex(as_msgpack(std::array<std::byte, 1>{})) == "c4 01 00");
    BOOST_TEST(hex(encoded(std::vector<unsigned char>{7})) == "91 07");
    BOOST_TEST(hex(encoded(std::string(32, 'x'))).substr(0, 5) == "d9 20");
    BOOST_TEST(hex(encoded(std::string(256, 'x'))).substr(0, 8) == "da 01 00");
    BOOST_TEST(hex(encoded(std::string(65'536, 'x'))).substr(0, 14) == "db 00 01 00 00");
    BOOST_TEST(hex(encoded(bytes(256))).substr(0, 8) == "c5 01 00");
    BOOST_TEST(hex(encoded(bytes(65'536))).substr(0, 14) == "c6 00 01 00 00");
}

BOOST_AUTO_TEST_CASE(what_has_elements_is_an_array_or_a_map) {
    BOOST_TEST(hex(encoded(std::vector<int>{1, 2})) == "92 01 02");
    BOOST_TEST(hex(encoded(std::set<int>{2, 1})) == "92 01 02");
    BOOST_TEST(hex(encoded(std::map<int, bool>{{1, true}})) == "81 01 c3");
    BOOST_TEST(hex(encoded(std::pair(1, 2))) == "92 01 02");
    BOOST_TEST(hex(encoded(std::variant<int, std::string>("a"))) == "92 01 a1 61");
    BOOST_TEST(hex(encoded(tree{"r", {{"c", {}}}})) == "92 a1 72 91 92 a1 63 90");
    BOOST_TEST(hex(encoded(std::vector<int>(16))).substr(0, 8) == "dc 00 10");
    BOOST_TEST(hex(encoded(std::vector<int>(65'536))).substr(0, 14) == "dd 00 01 00 00");
    std::map<int, int> sixteen;
    for (int i = 0; i < 16; ++i)
        sixteen[i] = i;
    BOOST_TEST(hex(encoded(sixteen)).substr(0, 8) == "de 00 10");
}

BOOST_AUTO_TEST_CASE(times_of_day_are_timestamps_in_the_shortest_format) {
    using time = std::chrono::system_clock::time_point;
    BOOST_TEST(hex(as_msgpack(time(5s))) == "d6 ff 00 00 00 05");
    BOOST_TEST(hex(as_msgpack(time(5s + 1ns))) == "d7 ff 00 00 00 04 00 00 00 05");
    BOOST_TEST(hex(as_msgpack(time(-1ns))) == "c7 0c ff 3b 9a c9 ff ff ff ff ff ff ff ff ff");
    for (time t : {time::min(), time::max(), time(), time(-1ns), time(8'589'934'592s), time(4'294'967'296s) - 1ns})
        BOOST_TEST((from_msgpack<time>(as_msgpack(t)) == t));
}

BOOST_AUTO_TEST_CASE(a_coarser_time_is_rounded_down) {
    using minutes = std::chrono::sys_time<std::chrono::minutes>;
    auto written = as_msgpack(std::chrono::system_clock::time_point(119s));
    BOOST_TEST(from_msgpack<minutes>(written).time_since_epoch().count() == 1);
    written = as_msgpack(std::chrono::system_clock::time_point(-1s));
    BOOST_TEST(from_msgpack<minutes>(written).time_since_epoch().count() == -1);
}

// ------------------------------------------------------------------------------------------------- what else counts

BOOST_AUTO_TEST_CASE(everything_comes_back) { BOOST_TEST((decoded<everything>(encoded(sample())) == sample())); }

BOOST_AUTO_TEST_CASE(numbers_of_languages_with_one_number_type_are_read) {
    BOOST_TEST(from_msgpack<double>(from_hex("03")) == 3.0);
    BOOST_TEST(from_msgpack<double>(from_hex("ff")) == -1.0);
    BOOST_TEST(from_msgpack<double>(from_hex("ca 3f 80 00 00")) == 1.0);
    BOOST_TEST(from_msgpack<float>(from_hex("cb 3f f0 00 00 00 00 00 00")) == 1.0F);
    BOOST_TEST(from_msgpack<unsigned>(from_hex("d3 00 00 00 00 00 00 00 05")) == 5U);
    BOOST_TEST(std::isnan(from_msgpack<float>(as_msgpack(std::nan("")))));
    BOOST_TEST(std::isinf(from_msgpack<float>(as_msgpack(HUGE_VAL))));
}

BOOST_AUTO_TEST_CASE(values_nested_to_the_limit_travel_on_the_stack_of_a_coroutine) {
    constexpr unsigned links = ipc::nesting_limit / 2 - 1; // the integer of the last one is the deepest
    int last = run([] {
        return spawn([] {
                   auto read = decoded<std::unique_ptr<chain>>(encoded(chain_of(links)));
                   const chain* link = read.get();
                   while (link->next)
                       link = link->next.get();
                   return link->value;
               })
            .join();
    });
    BOOST_TEST(last == int{links});
}

BOOST_AUTO_TEST_CASE(values_nested_more_deeply_are_refused_by_the_writer) {
    BOOST_TEST(fails_with(errc::invalid_argument, [] { encoded(chain_of(ipc::nesting_limit / 2)); }));
}

BOOST_AUTO_TEST_CASE(a_variant_without_a_value_is_refused_by_the_writer) {
    std::variant<int, std::deque<int>> lost;
    BOOST_CHECK_THROW(lost.emplace<1>(std::numeric_limits<std::size_t>::max()), std::length_error);
    BOOST_TEST(fails_with(errc::invalid_argument, [&] { encoded(lost); }));
}

BOOST_AUTO_TEST_CASE(a_queue_says_what_is_wrong_with_a_message_and_where) {
    auto shared = ipc::segment::create({.bytes = 4 << 20, .max_participants = 2});
    auto raw = ipc::byte_queue::create(shared, "q");
    ipc::queue<std::vector<bool>> q(raw);
    for (int i = 0; i < 2; ++i)
        raw.put(from_hex("93 c2 c3 01"));
    auto is_told = [](const ipc::decode_error& e) {
        return e.offset() == 3 && std::string(e.what()).find("expected true or false, found 1") != std::string::npos;
    };
    BOOST_CHECK_EXCEPTION(static_cast<void>(q.get()), ipc::decode_error, is_told);
    BOOST_CHECK_EXCEPTION(static_cast<void>(q.receive()), ipc::decode_error, is_told);
    BOOST_TEST(q.empty());
}

BOOST_AUTO_TEST_SUITE_END()
