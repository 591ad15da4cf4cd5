// Copyright 2026 the plait authors. Boost Software License 1.0
//
// What was compressed, by the libraries themselves and by hand, is decoded; what is damaged, cut or a bomb is not.
#include "apps/http_compression.hpp"

#include <plait/http/content_decoder.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace plait::test {
namespace {

using http::content_coding;
using http::content_decoder;
using http::decoding_limits;
using http::fault;
using namespace std::string_literals;
using namespace std::string_view_literals;

constexpr std::size_t bytewise_and_whole[] = {1, 1'000'000};

struct decoded {
    std::string bytes;
    fault how = fault::none;

    bool operator==(const decoded&) const = default;
};
std::ostream& operator<<(std::ostream& to, const decoded& d) {
    return to << d.bytes.size() << " bytes, " << make_error_code(d.how).message();
}

decoded decode(content_coding coding, std::string_view bytes, std::size_t piece, const decoding_limits& l = {}) {
    content_decoder decoder(coding, l);
    decoded result;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        std::string_view rest = bytes.substr(at, piece);
        for (;;) {
            const content_decoder::step step = decoder.feed(rest);
            if (decoder.why()) return {result.bytes, decoder.why().what};
            if (step.used == 0 && step.data.empty()) break;
            rest.remove_prefix(step.used);
            result.bytes += step.data;
        }
        BOOST_REQUIRE(rest.empty());
    }
    result.how = decoder.end().what;
    return result;
}

struct compressor {
    std::string_view name;
    content_coding coding;
    std::string (*compress)(std::string_view);
};
const compressor compressors[] = {
    {"gzip", content_coding::gzip, gzip_of},
    {"deflate", content_coding::deflate, zlib_of},
    {"bare deflate", content_coding::deflate, deflate_of},
    {"br", content_coding::br, brotli_of},
    {"zstd", content_coding::zstd, zstd_of},
};

template <class Check>
void for_each_compressor(Check check) {
    for (const compressor& c : compressors)
        BOOST_TEST_CONTEXT(c.name) check(c);
}

/// Words that repeat now and then.
std::string some_text(std::size_t size) {
    std::string text;
    for (std::uint32_t n = 1; text.size() < size; n = n * 48271U % 2147483647U)
        text += std::to_string(n % 977) + " ";
    text.resize(size);
    return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(decoding)

BOOST_AUTO_TEST_CASE(what_was_compressed_is_decoded_whole_and_in_pieces) {
    for_each_compressor([](const compressor& c) {
        for (const std::string& text : {""s, "x"s, some_text(1000), some_text(200'000), std::string(40'000, 'a')}) {
            const std::string bytes = c.compress(text);
            for (std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{1000}, bytes.size()})
                BOOST_TEST((decode(c.coding, bytes, piece) == decoded{text}), text.size() << " in pieces of " << piece);
        }
    });
}

BOOST_AUTO_TEST_CASE(no_bytes_at_all_are_a_whole_body) {
    for_each_compressor([](const compressor& c) { BOOST_TEST(decode(c.coding, "", 1) == decoded{}); });
}

BOOST_AUTO_TEST_CASE(a_body_cut_anywhere_is_truncated) {
    for_each_compressor([](const compressor& c) {
        const std::string text = some_text(500), bytes = c.compress(text);
        for (std::size_t length = 1; length < bytes.size(); ++length) {
            const decoded d = decode(c.coding, std::string_view(bytes).substr(0, length), 7);
            BOOST_TEST((d.how == fault::coding_truncated), length << " of " << bytes.size() << ": " << d);
            BOOST_TEST(text.starts_with(d.bytes));
        }
    });
}

BOOST_AUTO_TEST_CASE(bytes_behind_the_end_are_damage) {
    for_each_compressor([](const compressor& c) {
        for (std::size_t piece : bytewise_and_whole)
            BOOST_TEST((decode(c.coding, c.compress("text") + "\x01garbage", piece).how == fault::coding_damaged));
    });
}

BOOST_AUTO_TEST_CASE(members_of_gzip_and_frames_of_zstd_follow_each_other) {
    for (std::size_t piece : bytewise_and_whole) {
        BOOST_TEST(
            decode(content_coding::gzip, gzip_of("one ") + gzip_of("") + gzip_of("two"), piece) == decoded{"one two"});
        BOOST_TEST(
            decode(content_coding::zstd, zstd_of("one ") + zstd_of("") + zstd_of("two"), piece) == decoded{"one two"});
    }
}

BOOST_AUTO_TEST_CASE(damage_is_damage) {
    const std::pair<content_coding, std::string> inputs[] = {
        {content_coding::gzip, "hello, this is text"},
        {content_coding::gzip, zlib_of("text")},
        {content_coding::deflate, gzip_of("text")},
        {content_coding::deflate, "\xff\xff\xff\xff"},
        {content_coding::br, "\xff\xff\xff\xff\xff\xff"},
        {content_coding::zstd, "hello, this is text"},
        {content_coding::zstd, gzip_of("text")},
        {content_coding::zstd,
         "\x27\xb5\x2f\xfd\x20\xc6\xed\x01\x00"s}, // of a format before RFC 8878, which libzstd may know
    };
    for (const auto& [coding, bytes] : inputs)
        for (std::size_t piece : bytewise_and_whole)
            BOOST_TEST((decode(coding, bytes, piece).how == fault::coding_damaged), bytes);
}

BOOST_AUTO_TEST_CASE(a_changed_byte_is_found_by_a_checksum_where_there_is_one) {
    const std::string text = some_text(300);
    for (const compressor& c : {compressors[0], compressors[1]}) {
        std::string bytes = c.compress(text);
        bytes.back() = static_cast<char>(bytes.back() ^ 1); // of the length, or the checksum itself
        BOOST_TEST((decode(c.coding, bytes, 1000).how == fault::coding_damaged));
    }
}

BOOST_AUTO_TEST_CASE(a_window_larger_than_http_allows_is_refused) {
    // RFC 8878 §3.1.1: no single segment, no checksum, no size; a window of 2^31 bytes.
    BOOST_TEST(
        (decode(content_coding::zstd, "\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00"sv, 1).how == fault::coding_damaged));
}

BOOST_AUTO_TEST_CASE(a_body_becomes_no_larger_than_it_may) {
    for_each_compressor([](const compressor& c) {
        const std::string bytes = c.compress(some_text(100'000));
        for (std::size_t piece : {std::size_t{1}, bytes.size()}) {
            BOOST_TEST((decode(c.coding, bytes, piece, {.size = 100'000}).how == fault::none));
            const decoded d = decode(c.coding, bytes, piece, {.size = 99'999});
            BOOST_TEST((d.how == fault::decoded_too_large));
            BOOST_TEST(d.bytes.size() <= 99'999u);
        }
    });
}

BOOST_AUTO_TEST_CASE(a_bomb_is_stopped_long_before_it_has_gone_off) {
    constexpr std::size_t megabyte = 1024 * 1024;
    for_each_compressor([](const compressor& c) {
        const std::string bomb = c.compress(std::string(50 * megabyte, '\0'));
        for (std::size_t piece : {std::size_t{100}, bomb.size()}) {
            const decoded d = decode(c.coding, bomb, piece, {.size = 1024 * megabyte});
            BOOST_TEST((d.how == fault::decoded_ratio), d);
            BOOST_TEST(d.bytes.size() <= 200 * bomb.size() + 256 * 1024);
        }
        BOOST_TEST((decode(c.coding, bomb, 100, {.ratio = 1'000'000'000}).how == fault::none));
    });
}

BOOST_AUTO_TEST_CASE(codings_are_known_by_their_names) {
    using http::coding_named;
    BOOST_TEST((coding_named("gzip") == content_coding::gzip));
    BOOST_TEST((coding_named("X-GZip") == content_coding::gzip));
    BOOST_TEST((coding_named("deflate") == content_coding::deflate));
    BOOST_TEST((coding_named("br") == content_coding::br));
    BOOST_TEST((coding_named("ZSTD") == content_coding::zstd));
    BOOST_TEST((coding_named("identity") == content_coding::identity));
    for (const char* unknown : {"compress", "gzip, br", "gzip,", "gzip ", "aes128gcm"})
        BOOST_TEST(!coding_named(unknown), unknown);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
