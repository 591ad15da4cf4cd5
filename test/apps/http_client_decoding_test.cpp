// Copyright 2026 the plait authors. Boost Software License 1.0
#include "apps/http_compression.hpp"
#include "apps/http_servers.hpp"
#include "support/fails_with.hpp"

#include <plait/coro/run.hpp>

#include <boost/test/unit_test.hpp>

namespace plait::test {
namespace {

using http::fault;

std::string get(const std::string& answer, const http::request& r) {
    http_server s(always(answer));
    http::client c;
    return c.send(s.origin(), r).read_all();
}

fault fault_of(const std::string& answer, const http::decoding_limits& l = {}) {
    try {
        static_cast<void>(get(answer, {.decode = l}));
    } catch (const http::client_error& e) {
        return e.what_failed();
    }
    return fault::none;
}

} // namespace

BOOST_AUTO_TEST_SUITE(http_client_decoding)

BOOST_AUTO_TEST_CASE(a_body_is_decoded_if_that_was_asked_for) {
    run([] {
        const std::string text(5000, 'x');
        BOOST_TEST(
            get(answer_of(gzip_of(text), "Content-Encoding: gzip\r\n"), {.decode = http::decoding_limits{}}) == text);
        BOOST_TEST(
            get(answer_of(zlib_of(text), "Content-Encoding: Deflate\r\n"), {.decode = http::decoding_limits{}}) ==
            text);
        BOOST_TEST(
            get(answer_of(brotli_of(text), "Content-Encoding: br\r\n"), {.decode = http::decoding_limits{}}) == text);
        BOOST_TEST(
            get(answer_of(zstd_of(text), "Content-Encoding: zstd\r\n"), {.decode = http::decoding_limits{}}) == text);
        BOOST_TEST(get(answer_of(text), {.decode = http::decoding_limits{}}) == text);
        BOOST_TEST(get(answer_of(gzip_of(text), "Content-Encoding: gzip\r\n"), {}) == gzip_of(text));
    });
}

BOOST_AUTO_TEST_CASE(codings_are_offered_only_by_who_decodes_them) {
    run([] {
        http_server s([](stream& connection) {
            while (auto request = next_request(connection))
                connection.write(answer_of(*request));
        });
        http::client c;
        constexpr std::string_view offer = "Accept-Encoding: gzip, deflate, br, zstd\r\n";
        BOOST_TEST(c.send(s.origin(), {}).read_all().find("Accept-Encoding") == std::string::npos);
        const http::decoding_limits standard;
        BOOST_TEST(c.send(s.origin(), {.decode = standard}).read_all().find(offer) != std::string::npos);
        const http::request own{.fields = {{"accept-encoding", "br"}}, .decode = standard};
        BOOST_TEST(c.send(s.origin(), own).read_all().find("Accept-Encoding") == std::string::npos);
    });
}

BOOST_AUTO_TEST_CASE(a_decoded_body_leaves_its_connection_for_others) {
    run([] {
        http_server s(always(answer_of(gzip_of(std::string(100'000, 'x')), "Content-Encoding: gzip\r\n")));
        http::client c;
        for (int i = 0; i < 3; ++i)
            BOOST_TEST(c.send(s.origin(), {.decode = http::decoding_limits{}}).read_all().size() == 100'000u);
        BOOST_TEST(s.accepted() == 1u);
        BOOST_TEST(c.send(s.origin(), {.method = "HEAD", .decode = http::decoding_limits{}}).read_all().empty());
    });
}

BOOST_AUTO_TEST_CASE(a_body_that_does_not_decode_fails_by_name) {
    run([] {
        const std::string gzip = "Content-Encoding: gzip\r\n", text(5000, 'x'), bytes = gzip_of(text);
        BOOST_TEST((fault_of(answer_of("hello, this is text", gzip)) == fault::coding_damaged));
        BOOST_TEST((fault_of(answer_of(bytes.substr(0, bytes.size() - 1), gzip)) == fault::coding_truncated));
        BOOST_TEST((fault_of(answer_of(bytes + "more", gzip)) == fault::coding_damaged));
        BOOST_TEST((fault_of(answer_of(bytes, gzip + gzip)) == fault::coding_unknown));
        BOOST_TEST((fault_of(answer_of(bytes, "Content-Encoding: br, gzip\r\n")) == fault::coding_unknown));
        BOOST_TEST((fault_of(answer_of(bytes, gzip), {.size = 4999}) == fault::decoded_too_large));
        BOOST_TEST((fault_of(answer_of(bytes, gzip), {.ratio = 10, .free = 1000}) == fault::decoded_ratio));
        BOOST_TEST((fault_of(answer_of(gzip_of(std::string(5'000'000, '\0')), gzip)) == fault::decoded_ratio));
    });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
