// Copyright 2026 the plait authors. Boost Software License 1.0
//
// What must hold for every URL: properties, checked with random texts, of which a failing one is made small.
#include "url_reading.hpp"

#include <vector>

#include <rapidcheck/boost_test.h>

namespace {

using namespace plait;

/// Pieces that mean something, in any order: random bytes alone are hardly ever a URL.
rc::Gen<std::string> like_a_reference() {
    auto piece = rc::gen::oneOf(
        rc::gen::element<std::string>(
            "http://", "https://", "http:", "//", "/", "\\", "..", "../", ".", "%2e", "%2E.", "?", "#", "@", ":", ":80",
            ":443", ":8080", "user:pw@", "[::1]", "[", "]", "127.1", "0x7f", "example.com", "EXAMPLE", "ü", "ß", "☕",
            "１", "。", "%", "%41", "%zz", "%00", " ", "\t", "\n", "\"", "'", "<", "^", "|", "mailto:", "a/b/c", "d",
            "\xff", "\u00AD", "xn--", "-", "&", "="),
        rc::gen::map(rc::gen::arbitrary<char>(), [](char c) { return std::string(1, c); }));
    return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece), [](const auto& pieces) {
        std::string result;
        for (const std::string& p : pieces)
            result += p;
        return result;
    });
}

rc::Gen<std::string> like_a_url() {
    return rc::gen::map(
        rc::gen::pair(
            rc::gen::element<std::string>("http://h/", "https://h", "http://", "http://h/a/b?q#f", ""),
            like_a_reference()),
        [](const auto& both) { return both.first + both.second; });
}

void reads_itself(const crawl::url& u) {
    crawl::url again;
    RC_ASSERT(crawl::parse(u.text(), again) == crawl::url_fault::none);
    RC_ASSERT(again.text() == u.text());
    RC_ASSERT(again.username() == u.username());
    RC_ASSERT(again.password() == u.password());
    RC_ASSERT(again.host() == u.host());
    RC_ASSERT(again.host_kind() == u.host_kind());
    RC_ASSERT(again.port() == u.port());
    RC_ASSERT(again.path() == u.path());
    RC_ASSERT(again.query() == u.query());
    RC_ASSERT(again.fragment() == u.fragment());
}

} // namespace

BOOST_AUTO_TEST_SUITE(url_properties)

RC_BOOST_PROP(what_was_read_reads_as_itself, ()) {
    const std::string text = *like_a_url();
    crawl::url u;
    if (crawl::parse(text, u) == crawl::url_fault::none) reads_itself(u);
}

RC_BOOST_PROP(what_was_resolved_reads_as_itself, ()) {
    const std::string base = *like_a_url(), reference = *like_a_reference();
    crawl::url b, u;
    RC_PRE(crawl::parse(base, b) == crawl::url_fault::none);
    if (crawl::resolve(b, reference, u) == crawl::url_fault::none) reads_itself(u);
}

RC_BOOST_PROP(a_whole_url_is_the_same_in_every_document_of_the_other_scheme, ()) {
    const std::string text = *like_a_url();
    crawl::url alone, in_document;
    const crawl::url_fault fault = crawl::parse(text, alone);
    RC_PRE(fault == crawl::url_fault::none);
    const crawl::url base = test::url_of(alone.is_https() ? "http://x/y?z" : "https://x/y?z");
    RC_ASSERT(crawl::resolve(base, text, in_document) == fault);
    RC_ASSERT(in_document == alone);
}

RC_BOOST_PROP(the_canonical_text_is_the_text_of_the_url_without_its_fragment, ()) {
    const std::string text = *like_a_url();
    crawl::url u, canonical;
    RC_PRE(crawl::parse(text, u) == crawl::url_fault::none);
    RC_ASSERT(crawl::parse(u.canonical(), canonical) == crawl::url_fault::none);
    RC_ASSERT(canonical.text() == u.canonical());
    u.drop_fragment();
    RC_ASSERT(canonical == u);
}

RC_BOOST_PROP(a_reference_to_nothing_is_the_document_without_its_fragment, ()) {
    const std::string text = *like_a_url();
    crawl::url base, u;
    RC_PRE(crawl::parse(text, base) == crawl::url_fault::none);
    RC_ASSERT(crawl::resolve(base, "", u) == crawl::url_fault::none);
    RC_ASSERT(u.text() == base.canonical());
}

BOOST_AUTO_TEST_SUITE_END()
