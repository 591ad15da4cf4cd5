// Copyright 2026 the plait authors. Boost Software License 1.0
#include <boost/test/unit_test.hpp>

#include <array>
#include <crawl/url/fingerprint.hpp>
#include <set>
#include <string>

namespace plait::test {
namespace {

/// As SipHash's authors write it: 16 bytes, the least significant of each half first.
std::string in_hexadecimal(const crawl::fingerprint& f) {
    std::string result;
    for (std::uint64_t half : {f.first, f.second})
        for (int i = 0; i < 8; ++i, half >>= 8U) {
            result += "0123456789ABCDEF"[half >> 4U & 15U];
            result += "0123456789ABCDEF"[half & 15U];
        }
    return result;
}

/// 0, 1, 2, …: the text of the published vectors, whose key is 0 to 15.
std::string counting(std::size_t size) {
    std::string result;
    while (result.size() < size)
        result += static_cast<char>(result.size());
    return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(url_fingerprints)

BOOST_AUTO_TEST_CASE(it_is_siphash_2_4_of_128_bits) {
    struct vector {
        std::size_t size;
        std::string_view expected;
    };
    constexpr vector published[] = {{0, "A3817F04BA25A8E66DF67214C7550293"},  {1, "DA87C1D86B99AF44347659119B22FC45"},
                                    {7, "A1F1EBBED8DBC153C0B84AA61FF08239"},  {8, "3B62A9BA6258F5610F83E264F31497B4"},
                                    {15, "5493E99933B0A8117E08EC0F97CFC3D9"}, {63, "5150D1772F50834A503E069A973FBD7C"}};
    const crawl::fingerprint_key key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
    for (const vector& v : published)
        BOOST_TEST(in_hexadecimal(crawl::fingerprint_of(counting(v.size), key)) == v.expected);
}

BOOST_AUTO_TEST_CASE(what_is_stored_today_is_found_tomorrow) {
    // openssl mac -macopt hexkey:$(printf 'plait-crawl seen' | xxd -p) -macopt size:16 -in FILE SIPHASH
    BOOST_TEST(in_hexadecimal(crawl::fingerprint_of("https://example.com/a")) == "C865C0397EF30DFCCF7163CCE45FD196");
}

BOOST_AUTO_TEST_CASE(urls_that_differ_little_have_other_fingerprints) {
    std::set<crawl::fingerprint> seen;
    for (int i = 0; i < 10'000; ++i)
        for (const char* tail : {"", "/", "?", "%20"})
            BOOST_TEST(seen.insert(crawl::fingerprint_of("http://h/" + std::to_string(i) + tail)).second);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
