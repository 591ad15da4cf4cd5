// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Absolute URLs. The names of rules are the anchors of https://url.spec.whatwg.org.
#include "url_reading.hpp"

namespace plait::test {
namespace {

// Every row of the table in §4 "URLs" (#example-url-parsing). What is not of http or https is told apart, not read.
constexpr reading table_of_the_standard[] = {
    {"#urls", "https:example.org", "", "https://example.org/"},
    {"#urls", "https://////example.com///", "", "https://example.com///"},
    {"#urls", "https://example.com/././foo", "", "https://example.com/foo"},
    {"#urls", "hello:world", "https://example.com/", elsewhere},
    {"#urls", "https:example.org", "https://example.com/", "https://example.com/example.org"},
    {"#urls", R"(\example\..\demo/.\)", "https://example.com/", "https://example.com/demo/"},
    {"#urls", "example", "https://example.com/demo", "https://example.com/example"},
    {"#urls", "file:///C|/demo", "", "(not fetched: file)"},
    {"#urls", "file://localhost/", "", "(not fetched: file)"},
    {"#urls", "file://loc%61lhost/", "", "(not fetched: file)"},
    {"#urls", "https://user:password@example.org/", "", "https://user:password@example.org/"},
    {"#urls", "https://example.org/foo bar", "", "https://example.org/foo%20bar"},
    {"#urls", "https://EXAMPLE.com/../x", "", "https://example.com/x"},
    {"#urls", "https://ex ample.org/", "", bad_character},
    {"#urls", "example", "", without_base},
    {"#urls", "https://example.com:demo", "", bad_port},
    {"#urls", "http://[www.example.com]/", "", bad_ipv6},
    {"#urls", "https://example.org//", "", "https://example.org//"},
    {"#urls", "https://example.com/[]?[]#[]", "", "https://example.com/[]?[]#[]"},
    {"#urls", "https://example/%?%#%", "", "https://example/%?%#%"},
    {"#urls", "https://example/%25?%25#%25", "", "https://example/%25?%25#%25"},
};

// Every example of the table in §1.1 "Writing" that is not about file: URLs.
constexpr reading validation_errors[] = {
    {"#validation-error-domain-to-ascii", "https://exa%23mple.org", "", bad_character},
    {"#domain-percent-encoded", "https://exam%70le.org", "", "https://example.org/"},
    {"#host-invalid-code-point", "foo://exa[mple.org", "", elsewhere},
    {"#ipv4-empty-part", "https://127.0.0.1./", "", "https://127.0.0.1/"},
    {"#ipv4-too-few-parts", "https://1.2.3/", "", "https://1.2.0.3/"},
    {"#ipv4-too-many-parts", "https://1.2.3.4.5/", "", bad_ipv4},
    {"#ipv4-non-numeric-part", "https://test.42", "", bad_ipv4},
    {"#ipv4-non-decimal-part", "https://127.0.0x0.1", "", "https://127.0.0.1/"},
    {"#ipv4-out-of-range-part", "https://255.255.4000.1", "", bad_ipv4},
    {"#ipv4-non-ascii-input", "https://①.②.③.④", "", "https://1.2.3.4/"},
    {"#ipv6-unclosed", "https://[::1", "", bad_ipv6},
    {"#ipv6-invalid-compression", "https://[:1]", "", bad_ipv6},
    {"#ipv6-too-many-pieces", "https://[1:2:3:4:5:6:7:8:9]", "", bad_ipv6},
    {"#ipv6-multiple-compression", "https://[1::1::1]", "", bad_ipv6},
    {"#ipv6-invalid-code-point", "https://[1:2:3!:4]", "", bad_ipv6},
    {"#ipv6-invalid-code-point", "https://[1:2:3:]", "", bad_ipv6},
    {"#ipv6-too-few-pieces", "https://[1:2:3]", "", bad_ipv6},
    {"#ipv6-piece-leading-zero", "https://[::01]", "", "https://[::1]/"},
    {"#ipv4-in-ipv6-too-many-pieces", "https://[1:1:1:1:1:1:1:127.0.0.1]", "", bad_ipv6},
    {"#ipv4-in-ipv6-invalid-code-point", "https://[ffff::.0.0.1]", "", bad_ipv6},
    {"#ipv4-in-ipv6-invalid-code-point", "https://[ffff::127.0.xyz.1]", "", bad_ipv6},
    {"#ipv4-in-ipv6-invalid-code-point", "https://[ffff::127.0xyz]", "", bad_ipv6},
    {"#ipv4-in-ipv6-invalid-code-point", "https://[ffff::127.00.0.1]", "", bad_ipv6},
    {"#ipv4-in-ipv6-invalid-code-point", "https://[ffff::127.0.0.1.2]", "", bad_ipv6},
    {"#ipv4-in-ipv6-out-of-range-part", "https://[ffff::127.0.0.4000]", "", bad_ipv6},
    {"#ipv4-in-ipv6-too-few-parts", "https://[ffff::127.0.0]", "", bad_ipv6},
    {"#invalid-url-unit", "https://example.org/>", "", "https://example.org/%3E"},
    {"#invalid-url-unit", " https://example.org ", "", "https://example.org/"},
    {"#invalid-url-unit", "ht\ntps://example.org", "", "https://example.org/"},
    {"#invalid-url-unit", "https://example.org/%s", "", "https://example.org/%s"},
    {"#special-scheme-missing-following-solidus", "https:foo.html", "https://example.org/",
     "https://example.org/foo.html"},
    {"#missing-scheme-non-relative-url", "💩", "", without_base},
    {"#invalid-reverse-solidus", R"(https://example.org\path\to\file)", "", "https://example.org/path/to/file"},
    {"#invalid-credentials", "https://user@example.org", "", "https://user@example.org/"},
    {"#invalid-credentials", "ssh://user@example.org", "", elsewhere},
    {"#host-missing", "https://#fragment", "", host_missing},
    {"#host-missing", "https://:443", "", host_missing},
    {"#host-missing", "https://user:pass@", "", host_missing},
    {"#port-out-of-range", "https://example.org:70000", "", large_port},
    {"#port-invalid", "https://example.org:7z", "", bad_port},
};

constexpr reading schemes[] = {
    {"#scheme-state", "HTTP://example.com", "", "http://example.com/"},
    {"#scheme-state", "hTtPs:example.com", "", "https://example.com/"},
    {"#scheme-state", "http:\\\\example.com", "", "http://example.com/"},
    {"#scheme-state", "http:/example.com", "", "http://example.com/"},
    {"#scheme-state", "http:", "", host_missing},
    {"#scheme-state", "http://", "", host_missing},
    {"#scheme-state", "http:///", "", host_missing},
    {"#scheme-state", ":80", "", without_base},
    {"#scheme-state", "1http://example.com", "", without_base},
    {"#scheme-state", "ht tp://example.com", "", without_base},
    {"#scheme-state", "http//example.com", "", without_base},
    {"#scheme-state", "localhost:8080/a", "", elsewhere},
    {"#scheme-state", "httpss://example.com", "", elsewhere},
    {"#scheme-state", "view-source+x.1:http://example.com", "", elsewhere},
    {"#scheme-state", "a-scheme-of-more-than-sixteen-letters:x", "", elsewhere},
    {"#scheme-state", "mailto:user@example.org", "", "(not fetched: mailto)"},
    {"#scheme-state", "MailTo:user@example.org", "", "(not fetched: mailto)"},
    {"#scheme-state", "javascript:void(0)", "http://a/", "(not fetched: javascript)"},
    {"#scheme-state", " java\tscr\nipt\r:alert(1)", "http://a/", "(not fetched: javascript)"},
    {"#scheme-state", "data:text/html,<p>", "", "(not fetched: data)"},
    {"#scheme-state", "ftp://example.com:21/", "", "(not fetched: ftp)"},
    {"#scheme-state", "ftp://not a host/", "", "(not fetched: ftp)"},
    {"#scheme-state", "blob:https://example.org/d036", "", "(not fetched: blob)"},
    {"#scheme-state", "about:blank", "", "(not fetched: about)"},
    {"#scheme-state", "tel:+358-555-1234567", "", "(not fetched: tel)"},
    {"#scheme-state", "ws://example.com/", "", "(not fetched: WebSocket)"},
    {"#scheme-state", "wss://example.com/", "", "(not fetched: WebSocket)"},
    {"#concept-basic-url-parser", "\x01\x1f http://example.com/\t \x02", "", "http://example.com/"},
    {"#concept-basic-url-parser", "h\tt\nt\rp\t:\n/\r/e\tx/\ta\nb?\tc\n#\td", "", "http://ex/ab?c#d"},
    {"#concept-basic-url-parser", "http://ex/.\t./a/.\n./b", "", "http://ex/b"},
    {"#concept-basic-url-parser", "", "", without_base},
    {"#concept-basic-url-parser", " \t ", "", without_base},
};

constexpr reading authorities[] = {
    {"#authority-state", "http://a@b@c/", "", "http://a%40b@c/"},
    {"#authority-state", "http://a:b@c:80@d/", "", "http://a:b%40c%3A80@d/"},
    {"#authority-state", "http://:pw@example.com/", "", "http://:pw@example.com/"},
    {"#authority-state", "http://user:@example.com/", "", "http://user@example.com/"},
    {"#authority-state", "http://:@example.com/", "", "http://example.com/"},
    {"#authority-state", "http://@example.com/", "", "http://example.com/"},
    {"#authority-state", "http://@/a", "", host_missing},
    {"#authority-state", "http://user@/a", "", host_missing},
    {"#authority-state", "http://@:80/", "", host_missing},
    {"#authority-state", "http://a?b@c/", "", "http://a/?b@c/"},
    {"#authority-state", "http://a#b@c/", "", "http://a/#b@c/"},
    {"#authority-state", R"(http://a\b@c/)", "", "http://a/b@c/"},
    {"#userinfo-percent-encode-set", "http://a b\"<>`^{};=[]|'$&+,ü:p|@h/", "",
     "http://a%20b%22%3C%3E%60%5E%7B%7D%3B%3D%5B%5D%7C'$&+,%C3%BC:p%7C@h/"},
    {"#userinfo-percent-encode-set", "http://Say what‽@h/", "", "http://Say%20what%E2%80%BD@h/"},
    {"#port-state", "http://example.com:80/", "", "http://example.com/"},
    {"#port-state", "https://example.com:443/", "", "https://example.com/"},
    {"#port-state", "http://example.com:443/", "", "http://example.com:443/"},
    {"#port-state", "http://example.com:/a", "", "http://example.com/a"},
    {"#port-state", "http://example.com:0/", "", "http://example.com:0/"},
    {"#port-state", "http://example.com:0000000000000000008080?a", "", "http://example.com:8080/?a"},
    {"#port-state", "http://example.com:65535#a", "", "http://example.com:65535/#a"},
    {"#port-state", "http://example.com:65536/", "", large_port},
    {"#port-state", "http://example.com:99999999999999999999/", "", large_port},
    {"#port-state", "http://example.com:-80/", "", bad_port},
    {"#port-state", "http://example.com:8 0/", "", bad_port},
    {"#port-state", "http://example.com:80:80/", "", bad_port},
    {"#port-state", R"(http://example.com:8080\a)", "", "http://example.com:8080/a"},
    {"#port-state", "http://[::1]:8080", "", "http://[::1]:8080/"},
    {"#port-state", "http://[::1]8080/", "", bad_ipv6},
};

constexpr reading paths[] = {
    {"#path-state", "http://h", "", "http://h/"},
    {"#path-state", "http://h?q", "", "http://h/?q"},
    {"#path-state", "http://h#f", "", "http://h/#f"},
    {"#path-state", "http://h/a/b/../c", "", "http://h/a/c"},
    {"#path-state", "http://h/a/b/..", "", "http://h/a/"},
    {"#path-state", "http://h/a/b/../", "", "http://h/a/"},
    {"#path-state", "http://h/a/.", "", "http://h/a/"},
    {"#path-state", "http://h/..", "", "http://h/"},
    {"#path-state", "http://h/../../../a", "", "http://h/a"},
    {"#path-state", "http://h/a//../b", "", "http://h/a/b"},
    {"#path-state", "http://h/a//..//b", "", "http://h/a//b"},
    {"#path-state", "http://h//..", "", "http://h/"},
    {"#path-state", "http://h///a", "", "http://h///a"},
    {"#path-state", "http://h/.../a", "", "http://h/.../a"},
    {"#path-state", "http://h/..a/.b/c../d.", "", "http://h/..a/.b/c../d."},
    {"#path-state", R"(http://h\a\..\b\.\c)", "", "http://h/b/c"},
    {"#path-state", "http://h/a?b/../c", "", "http://h/a?b/../c"},
    {"#path-state", "http://h/a#b/../c?d", "", "http://h/a#b/../c?d"},
    {"#path-state", "http://h/;a=1/,b", "", "http://h/;a=1/,b"},
    {"#double-dot-path-segment", "http://h/a/%2e%2E/b", "", "http://h/b"},
    {"#double-dot-path-segment", "http://h/a/.%2e/b", "", "http://h/b"},
    {"#double-dot-path-segment", "http://h/a/%2E./b", "", "http://h/b"},
    {"#double-dot-path-segment", "http://h/a/%2e%2e", "", "http://h/"},
    {"#double-dot-path-segment", "http://h/a/%2e%2e%2e/b", "", "http://h/a/%2e%2e%2e/b"},
    {"#double-dot-path-segment", "http://h/a/%252e%252e/b", "", "http://h/a/%252e%252e/b"},
    {"#double-dot-path-segment", "http://h/a/%2", "", "http://h/a/%2"},
    {"#single-dot-path-segment", "http://h/a/%2e/b", "", "http://h/a/b"},
    {"#single-dot-path-segment", "http://h/a/%2E", "", "http://h/a/"},
    {"#single-dot-path-segment", "http://h/%2f../a", "", "http://h/%2f../a"},
    {"#path-percent-encode-set", "http://h/ \"<>`^{}\x01\x7fü😀", "",
     "http://h/%20%22%3C%3E%60%5E%7B%7D%01%7F%C3%BC%F0%9F%98%80"},
    {"#path-percent-encode-set", "http://h/!$&'()*+,-.0:;=@A[]_a|~%zz", "", "http://h/!$&'()*+,-.0:;=@A[]_a|~%zz"},
    {"#special-query-percent-encode-set", "http://h/?a b\"<>'ü\x7f", "", "http://h/?a%20b%22%3C%3E%27%C3%BC%7F"},
    {"#special-query-percent-encode-set", "http://h/?`^{}|\\?/[]%", "", "http://h/?`^{}|\\?/[]%"},
    {"#query-state", "http://h/?", "", "http://h/?"},
    {"#query-state", "http://h/??a", "", "http://h/??a"},
    {"#query-state", "http://h/?#", "", "http://h/?#"},
    {"#query-encoding-example", "http://h/?smörgåsbord", "", "http://h/?sm%C3%B6rg%C3%A5sbord"},
    {"#fragment-percent-encode-set", "http://h/#a b\"<>`ü\x7f", "", "http://h/#a%20b%22%3C%3E%60%C3%BC%7F"},
    {"#fragment-percent-encode-set", "http://h/#'^{}|\\?/#%", "", "http://h/#'^{}|\\?/#%"},
    {"bytes that are no UTF-8", "http://h/\xff\xc3?\xfe#\x80", "", "http://h/%FF%C3?%FE#%80"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(url_parsing)

BOOST_AUTO_TEST_CASE(the_table_of_the_standard_is_read_as_it_says) { check(table_of_the_standard); }
BOOST_AUTO_TEST_CASE(what_the_standard_calls_an_error_is_refused_if_it_says_so) { check(validation_errors); }
BOOST_AUTO_TEST_CASE(schemes_are_told_apart) { check(schemes); }
BOOST_AUTO_TEST_CASE(an_authority_has_a_user_a_host_and_a_port) { check(authorities); }
BOOST_AUTO_TEST_CASE(dots_go_and_each_piece_is_encoded_in_its_own_way) { check(paths); }

BOOST_AUTO_TEST_CASE(a_url_knows_its_pieces) {
    const crawl::url u = url_of("https://user:pa:ss@Example.com:8443/a/b.html?q=1#top");
    BOOST_TEST(u.scheme() == "https");
    BOOST_TEST(u.is_https());
    BOOST_TEST(u.username() == "user");
    BOOST_TEST(u.password() == "pa%3Ass");
    BOOST_TEST(u.host() == "example.com");
    BOOST_TEST(u.port() == 8443);
    BOOST_TEST(u.authority() == "example.com:8443");
    BOOST_TEST(u.path() == "/a/b.html");
    BOOST_TEST(u.query() == "?q=1");
    BOOST_TEST(u.fragment() == "#top");
    BOOST_TEST(u.target() == "/a/b.html?q=1");
    BOOST_TEST(u.canonical() == "https://user:pa%3Ass@example.com:8443/a/b.html?q=1");
}

BOOST_AUTO_TEST_CASE(a_url_with_little_has_pieces_without_text) {
    const crawl::url u = url_of("http://h");
    BOOST_TEST(u.scheme() == "http");
    BOOST_TEST(!u.is_https());
    BOOST_TEST(u.username().empty());
    BOOST_TEST(u.password().empty());
    BOOST_TEST(u.port() == 80);
    BOOST_TEST(u.authority() == "h");
    BOOST_TEST(u.target() == "/");
    BOOST_TEST(u.query().empty());
    BOOST_TEST(u.fragment().empty());
}

BOOST_AUTO_TEST_CASE(no_url_has_no_pieces) {
    const crawl::url none;
    BOOST_TEST(none.empty());
    for (std::string_view piece :
         {none.scheme(), none.username(), none.password(), none.host(), none.authority(), none.path(), none.query(),
          none.fragment(), none.target(), none.canonical()})
        BOOST_TEST(piece.empty());
}

BOOST_AUTO_TEST_CASE(a_user_without_a_password_and_the_reverse) {
    BOOST_TEST(url_of("http://user@h/").username() == "user");
    BOOST_TEST(url_of("http://user@h/").password().empty());
    BOOST_TEST(url_of("http://:secret@h/").username().empty());
    BOOST_TEST(url_of("http://:secret@h/").password() == "secret");
}

BOOST_AUTO_TEST_CASE(the_fragment_can_be_dropped) {
    crawl::url u = url_of("http://h/a?b#c");
    u.drop_fragment();
    BOOST_TEST(u.text() == "http://h/a?b");
    BOOST_TEST((u == url_of("http://h/a?b")));
    BOOST_TEST(u.fragment().empty());
}

BOOST_AUTO_TEST_CASE(the_longest_url_is_read_and_one_byte_more_is_refused) {
    const std::string longest = "http://h/" + std::string(crawl::url::longest - 9, 'a');
    BOOST_TEST((read(longest) == longest));
    BOOST_TEST(read(longest + "a") == too_long);
    BOOST_TEST((read("ftp" + longest) == elsewhere));
}

BOOST_AUTO_TEST_CASE(a_url_that_becomes_too_long_is_refused_wherever_it_grows) {
    const std::string spaces(crawl::url::longest / 2, ' '), a(crawl::url::longest / 2, 'a');
    for (const std::string& text :
         {"http://h/" + spaces + a, "http://h/?" + spaces + a, "http://h/#" + spaces + a,
          "http://" + spaces + a + "@h/", "http://" + a + "@" + a + ":8080", "http://" + a + "/" + spaces + "a"})
        BOOST_TEST(read(text) == too_long);
    crawl::url result;
    const crawl::url base = url_of("http://h/" + a + "/");
    BOOST_TEST((crawl::resolve(base, a + a, result) == crawl::url_fault::longer_than_we_read));
    BOOST_TEST((crawl::resolve(base, a + "a", result) == crawl::url_fault::longer_than_we_read));
    BOOST_TEST((crawl::resolve(base, "../" + a, result) == crawl::url_fault::none));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
