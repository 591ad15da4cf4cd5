// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Bytes that nobody should have sent: each is refused, with what is wrong and where, before memory is taken for it.
#include "codec_text.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <random>

using namespace plait;
using namespace plait::test;

namespace {

/// Notes the largest piece of memory, in bytes, that a container asked for.
std::size_t largest_allocation = 0;

template <class T>
struct watched_allocator {
    using value_type = T;
    watched_allocator() = default;
    template <class U>
    watched_allocator(const watched_allocator<U>&) noexcept {} // NOLINT(google-explicit-constructor): an allocator must
    T* allocate(std::size_t n) {
        largest_allocation = std::max(largest_allocation, n * sizeof(T));
        return std::allocator<T>().allocate(n);
    }
    void deallocate(T* p, std::size_t n) noexcept { std::allocator<T>().deallocate(p, n); }
    friend bool operator==(const watched_allocator&, const watched_allocator&) = default;
};

template <class T>
using watched_vector = std::vector<T, watched_allocator<T>>;
using watched_string = std::basic_string<char, std::char_traits<char>, watched_allocator<char>>;

/// Takes one byte in a message, and a kilobyte in memory.
struct bulky {
    std::optional<std::array<std::uint64_t, 128>> numbers;
};

std::string repeated(const std::string& hexadecimal, int times) {
    std::string text;
    for (int i = 0; i < times; ++i)
        text += hexadecimal + " ";
    return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(hostile_bytes)

BOOST_AUTO_TEST_CASE(a_message_cut_short_anywhere_is_refused) {
    bytes whole = encoded(sample());
    for (std::size_t length = 0; length < whole.size(); ++length)
        BOOST_TEST(
            complaint<everything>(bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length))) != "",
            "the first " << length << " of " << whole.size() << " bytes");
}

BOOST_AUTO_TEST_CASE(trailing_bytes_are_refused) {
    bytes message = encoded(sample());
    std::string at = std::to_string(message.size());
    message.push_back(std::byte{0xc0});
    BOOST_TEST(complaint<everything>(message) == "at byte " + at + ": 1 bytes are left over");
}

BOOST_AUTO_TEST_CASE(no_byte_changed_to_any_other_does_harm) {
    bytes message = encoded(sample());
    for (std::byte& each : message) {
        std::byte right = each;
        for (unsigned wrong = 0; wrong < 256; ++wrong) {
            each = std::byte(wrong);
            static_cast<void>(complaint<everything>(message)); // a value or a complaint; the sanitizers watch
        }
        each = right;
    }
    BOOST_TEST((decoded<everything>(message) == sample()));
}

BOOST_AUTO_TEST_CASE(random_bytes_do_no_harm) {
    using either = std::variant<std::string, std::map<int, std::vector<double>>>;
    std::minstd_rand random(1);
    for (int round = 0; round < 20'000; ++round) {
        bytes message(random() % 64);
        std::generate(message.begin(), message.end(), [&] { return std::byte(random() % 256); });
        static_cast<void>(complaint<everything>(message));
        static_cast<void>(complaint<tree>(message));
        static_cast<void>(complaint<either>(message));
    }
    BOOST_TEST(complaint<tree>("92 a0 90") == "");
}

BOOST_AUTO_TEST_CASE(a_count_that_the_bytes_do_not_bear_out_takes_no_memory) {
    largest_allocation = 0;
    BOOST_TEST(
        complaint<watched_vector<int>>("dd ff ff ff ff 01 02") ==
        "at byte 0: an array of 4294967295 announced, 2 bytes left");
    BOOST_TEST(complaint<watched_vector<int>>("93 01 02") == "at byte 0: an array of 3 announced, 2 bytes left");
    BOOST_TEST(complaint<watched_string>("db ff ff ff ff 61") == "at byte 0: 4294967295 bytes announced, 1 left");
    BOOST_TEST(largest_allocation == 0U);
    using map = std::map<int, int>;
    BOOST_TEST(complaint<map>("df ff ff ff ff 01") == "at byte 0: a map of 4294967295 announced, 1 bytes left");
    BOOST_TEST(complaint<map>("82 01 02 03") == "at byte 0: a map of 2 announced, 3 bytes left");
    BOOST_TEST(complaint<bytes>("c6 80 00 00 00") == "at byte 0: 2147483648 bytes announced, 0 left");
}

BOOST_AUTO_TEST_CASE(elements_that_are_large_in_memory_are_not_reserved_before_they_are_there) {
    bytes message = from_hex("dd 00 01 00 00"); // 65,536 elements, and as many bytes that are no such elements
    message.resize(message.size() + 65'536, std::byte{0xc1});
    largest_allocation = 0;
    BOOST_TEST(
        complaint<watched_vector<bulky>>(message) ==
        "at byte 5: expected an array of 1, found c1, which begins nothing");
    BOOST_TEST(largest_allocation <= message.size() + sizeof(bulky));
}

BOOST_AUTO_TEST_CASE(nesting_is_limited) {
    bytes bomb = from_hex(repeated("92 a0 91", 100'000));
    std::string text = complaint<tree>(bomb);
    BOOST_TEST(text.find("values are nested more than 64 deep") != std::string::npos, text);
    BOOST_TEST(text.substr(0, 10) == "at byte 96"); // behind 32 trees and 32 vectors
}

BOOST_AUTO_TEST_CASE(integers_out_of_range_are_refused) {
    BOOST_TEST(complaint<std::int8_t>("cc 80") == "at byte 0: expected an integer from -128 to 127, found 128");
    BOOST_TEST(complaint<std::int8_t>("d1 ff 7f") == "at byte 0: expected an integer from -128 to 127, found -129");
    BOOST_TEST(complaint<unsigned char>("ff") == "at byte 0: expected an integer from 0 to 255, found -1");
    BOOST_TEST(complaint<colour>("cd 01 00") == "at byte 0: expected an integer from 0 to 255, found 256");
    BOOST_TEST(complaint<std::int64_t>("cf 80 00 00 00 00 00 00 00") != "");
    BOOST_TEST(complaint<std::int64_t>("cf 7f ff ff ff ff ff ff ff") == "");
    BOOST_TEST(complaint<std::uint64_t>("d3 80 00 00 00 00 00 00 00") != "");
    BOOST_TEST(complaint<int>("d3 ff ff ff ff 7f ff ff ff") != "");
}

BOOST_AUTO_TEST_CASE(numbers_that_a_float_cannot_hold_are_refused) {
    BOOST_TEST(complaint<double>("cf 00 20 00 00 00 00 00 00") == ""); // 2^53
    BOOST_TEST(complaint<double>("cf 00 20 00 00 00 00 00 01") != ""); // one more
    BOOST_TEST(complaint<float>("ce 01 00 00 01") != "");              // 2^24 + 1
    BOOST_TEST(
        complaint<float>("cb 7f e0 00 00 00 00 00 00") ==
        "at byte 0: the float is out of the range of single precision");
    BOOST_TEST(complaint<int>("ca 3f 80 00 00") != "");
}

BOOST_AUTO_TEST_CASE(a_byte_that_begins_nothing_is_refused_everywhere) {
    std::string found = "found c1, which begins nothing";
    for (const std::string& text :
         {complaint<int>("c1"), complaint<double>("c1"), complaint<bool>("c1"), complaint<std::string>("c1"),
          complaint<bytes>("c1"), complaint<std::vector<int>>("c1"), complaint<std::map<int, int>>("c1"),
          complaint<std::optional<int>>("c1"), complaint<point>("c1"), complaint<std::monostate>("c1"),
          complaint<std::chrono::system_clock::time_point>("c1")})
        BOOST_TEST(text.find(found) != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(values_of_another_type_are_refused) {
    BOOST_TEST(complaint<std::string>("05") == "at byte 0: expected a string, found 5");
    BOOST_TEST(complaint<std::string>("c4 01 61") == "at byte 0: expected a string, found a byte string of 1 bytes");
    BOOST_TEST(complaint<bytes>("a1 61") == "at byte 0: expected a byte string, found a string of 1 bytes");
    BOOST_TEST(complaint<bool>("00") == "at byte 0: expected true or false, found 0");
    BOOST_TEST(complaint<int>("c3").find("found true") != std::string::npos);
    BOOST_TEST(complaint<int>("c0").find("found nil") != std::string::npos);
    BOOST_TEST(complaint<std::vector<int>>("80") == "at byte 0: expected an array, found a map of 0");
    using map = std::map<int, int>;
    BOOST_TEST(complaint<map>("90") == "at byte 0: expected a map, found an array of 0");
    BOOST_TEST(complaint<std::string>("ca 00 00 00 00") == "at byte 0: expected a string, found a float");
    BOOST_TEST(complaint<std::string>("d8 00 00") == "at byte 0: expected a string, found an extension of 16 bytes");
    BOOST_TEST(complaint<int>("") == "at byte 0: the message ends where a value is expected");
}

BOOST_AUTO_TEST_CASE(fields_too_few_and_too_many_are_refused) {
    BOOST_TEST(complaint<point>("91 01") == "at byte 0: expected an array of 2, found an array of 1");
    BOOST_TEST(complaint<point>("93 01 02 03") == "at byte 0: expected an array of 2, found an array of 3");
    BOOST_TEST((complaint<std::array<int, 2>>("91 01") != ""));
    using two_bytes = std::array<std::byte, 2>;
    BOOST_TEST(complaint<two_bytes>("c4 01 00") == "at byte 0: expected a byte string of 2 bytes, found one of 1");
}

BOOST_AUTO_TEST_CASE(an_alternative_that_a_variant_does_not_have_is_refused) {
    using either = std::variant<int, std::string>;
    BOOST_TEST(complaint<either>("92 02 01") == "at byte 1: alternative 2 of a variant that has 2");
    BOOST_TEST(complaint<either>("92 ff 01") != "");
    BOOST_TEST(complaint<either>("92 01 01") == "at byte 2: expected a string, found 1");
}

BOOST_AUTO_TEST_CASE(duplicates_are_refused_where_only_one_can_be_kept) {
    using map = std::map<int, int>;
    BOOST_TEST(complaint<map>("82 01 02 01 03") == "at byte 4: the key of this value is in the map already");
    BOOST_TEST((complaint<std::unordered_map<int, int>>("82 01 02 01 03") != ""));
    BOOST_TEST((complaint<std::multimap<int, int>>("82 01 02 01 03") == ""));
    BOOST_TEST(complaint<std::set<int>>("92 01 01") == "at byte 2: the element is in the set already");
    BOOST_TEST(complaint<std::multiset<int>>("92 01 01") == "");
}

BOOST_AUTO_TEST_CASE(timestamps_that_are_none_are_refused) {
    using time = std::chrono::system_clock::time_point;
    BOOST_TEST(complaint<time>("d6 00 00 00 00 05") != ""); // another type
    BOOST_TEST(complaint<time>("d5 ff 00 05") != "");       // no such length
    BOOST_TEST(complaint<time>("d6 ff 00 00") != "");       // cut short
    BOOST_TEST(
        complaint<time>("d7 ff ee 6b 28 00 00 00 00 00") == "at byte 0: a timestamp with 1000000000 nanoseconds");
    BOOST_TEST(
        complaint<time>("c7 0c ff 00 00 00 00 7f ff ff ff ff ff ff ff").find("out of range") != std::string::npos);
    BOOST_TEST(complaint<time>("c7 04 ff 00 00 00 05") == ""); // longer than need be
}

BOOST_AUTO_TEST_CASE(copied_values_are_checked_for_their_length) {
    BOOST_CHECK_THROW(static_cast<void>(decoded<point>(bytes(7))), ipc::decode_error);
    BOOST_CHECK_THROW(static_cast<void>(decoded<point>(bytes(9))), ipc::decode_error);
    BOOST_CHECK_THROW(static_cast<void>(decoded<bool>(bytes{std::byte{2}})), ipc::decode_error);
    BOOST_TEST(decoded<bool>(bytes{std::byte{1}}));
}

BOOST_AUTO_TEST_SUITE_END()
