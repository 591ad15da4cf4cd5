// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Hosts: names and addresses, and what a guard against requests to one's own network must not take for a name.
#include "url_reading.hpp"

namespace plait::test {
namespace {

struct host_row {
    std::string_view rule, host, expected; ///< the host, or the line of a fault
};

std::string as_url(std::string_view host) { return std::string("http://").append(host).append("/"); }

void check(std::span<const host_row> table) {
    for (const host_row& row : table)
        BOOST_TEST_CONTEXT(row.rule << ": '" << row.host << "'") {
            const bool refused = row.expected.starts_with('(');
            BOOST_TEST(read(as_url(row.host)) == (refused ? std::string(row.expected) : as_url(row.expected)));
        }
}

// Every row of the table in §3 "Hosts" (#example-host-parsing), for hosts that are not opaque.
constexpr host_row table_of_the_standard[] = {
    {"#hosts", "EXAMPLE.COM", "example.com"},
    {"#hosts", "example%2Ecom", "example.com"},
    {"#hosts", "faß.example", "xn--fa-hia.example"},
    {"#hosts", "0", "0.0.0.0"},
    {"#hosts", "%30", "0.0.0.0"},
    {"#hosts", "0x", "0.0.0.0"},
    {"#hosts", "0xffffffff", "255.255.255.255"},
    {"#hosts", "[0:0::1]", "[::1]"},
    {"#hosts", "[0:0::1%5D", bad_ipv6},
    {"#hosts", "[0:0::%31]", bad_ipv6},
    {"#hosts", "09", bad_ipv4},
    {"#hosts", "example.255", bad_ipv4},
    {"#hosts", "example^example", bad_character},
};

constexpr host_row names[] = {
    {"#idna", "☕.example", "xn--53h.example"},
    {"#idna", "☃.net", "xn--n3h.net"},
    {"#idna", "I❤.ws", "xn--i-7iq.ws"},
    {"#idna", "xn--8i7caa", "xn--8i7caa"},
    {"#idna", "XN--FA-HIA.example", "xn--fa-hia.example"},
    {"#idna", "xn--a.example", "xn--a.example"},
    {"#idna", "ab--cd.-x-.example", "ab--cd.-x-.example"},
    {"#idna", "Bücher.Example", "xn--bcher-kva.example"},
    {"#idna", "b%C3%BCcher.example", "xn--bcher-kva.example"},
    {"#idna", "bu\u0308cher.example", "xn--bcher-kva.example"}, // NFC
    {"#idna", "日本語。ｊｐ", "xn--wgv71a119e.jp"},
    {"#idna", "ｅｘａｍｐｌｅ．ｃｏｍ", "example.com"},
    {"#idna", "\u212A.example", "k.example"},    // the sign for kelvin
    {"#idna", "a\u00ADb.example", "ab.example"}, // a soft hyphen is nothing
    {"#idna", "a_ü.example", "xn--a_-yka.example"},
    {"#idna", "xn--fa-hia.ü", "xn--fa-hia.xn--tda"},
    {"#idna", "☕.☕", "xn--53h.xn--53h"},
    {"#idna", "\u00AD", bad_name},
    {"#idna", "\uFFFD.example", bad_name},
    {"#idna", "\xff.example", bad_name},
    {"#idna", "%ff.example", bad_name},
    {"#idna", "\xc3(.example", bad_name},
    {"#idna", "\u0301a.example", bad_name}, // begins with a combining mark
    {"#idna", "a\u200Db.example", bad_name},
    {"#idna", "1\u05D0.example", bad_name}, // written from right to left, begins with a digit
    {"#idna", "xn--zz.ü", bad_name},
    {"#idna", "☕\u200D☕.example", bad_name},
    {"#idna", "☕.\u05D0", bad_name},
    {"#forbidden-domain-code-point", "a％b", bad_character},
    {"#forbidden-domain-code-point", "a\u3000b", bad_character},
    {"#forbidden-domain-code-point", "％41.example", bad_character},
    {"#forbidden-domain-code-point", "a b", bad_character},
    {"#forbidden-domain-code-point", "a%00b", bad_character},
    {"#forbidden-domain-code-point", "a%09b", bad_character},
    {"#forbidden-domain-code-point", "a%20b", bad_character},
    {"#forbidden-domain-code-point", "a%23b", bad_character},
    {"#forbidden-domain-code-point", "a%2Fb", bad_character},
    {"#forbidden-domain-code-point", "a%3Ab", bad_character},
    {"#forbidden-domain-code-point", "a%40b", bad_character},
    {"#forbidden-domain-code-point", "a%5Cb", bad_character},
    {"#forbidden-domain-code-point", "a%7Fb", bad_character},
    {"#forbidden-domain-code-point", "a%", bad_character},
    {"#forbidden-domain-code-point", "a%2", bad_character},
    {"#forbidden-domain-code-point", "a%zz", bad_character},
    {"#forbidden-domain-code-point", "a%2541", bad_character}, // decoded once
    {"#forbidden-domain-code-point", "a<b", bad_character},
    {"#forbidden-domain-code-point", "a>b", bad_character},
    {"#forbidden-domain-code-point", "a|b", bad_character},
    {"#forbidden-domain-code-point", "a[b", bad_character},
    {"#forbidden-domain-code-point", "a]b", bad_character},
    {"#forbidden-domain-code-point", "a!$&'()*+,;=_~\"`{}b", "a!$&'()*+,;=_~\"`{}b"}, // allowed, for the web's sake
    {"#concept-domain", "example.com.", "example.com."},
    {"#concept-domain", "a..b", "a..b"},
    {"#concept-domain", ".", "."},
};

constexpr host_row ipv4[] = {
    {"#concept-ipv4-parser", "127.0.0.1", "127.0.0.1"},
    {"#concept-ipv4-parser", "127.1", "127.0.0.1"},
    {"#concept-ipv4-parser", "127.0.1", "127.0.0.1"},
    {"#concept-ipv4-parser", "10.65535", "10.0.255.255"},
    {"#concept-ipv4-parser", "10.16777215", "10.255.255.255"},
    {"#concept-ipv4-parser", "10.16777216", bad_ipv4},
    {"#concept-ipv4-parser", "1.2.65535", "1.2.255.255"},
    {"#concept-ipv4-parser", "1.2.65536", bad_ipv4},
    {"#concept-ipv4-parser", "1.2.3.255", "1.2.3.255"},
    {"#concept-ipv4-parser", "1.2.3.256", bad_ipv4},
    {"#concept-ipv4-parser", "256.0.0.1", bad_ipv4},
    {"#concept-ipv4-parser", "4294967295", "255.255.255.255"},
    {"#concept-ipv4-parser", "4294967296", bad_ipv4},
    {"#concept-ipv4-parser", "0x100000000", bad_ipv4},
    {"#concept-ipv4-parser", "99999999999999999999999999999999999999", bad_ipv4},
    {"#concept-ipv4-parser", "0000000000000000000000000000000000000001", "0.0.0.1"},
    {"#concept-ipv4-parser", "1.2.3.4.", "1.2.3.4"},
    {"#concept-ipv4-parser", "1.2.3.4..", "1.2.3.4.."},
    {"#concept-ipv4-parser", "1..2", bad_ipv4},
    {"#concept-ipv4-parser", ".1", bad_ipv4},
    {"#concept-ipv4-parser", "1.2.3.08", bad_ipv4},
    {"#concept-ipv4-parser", "1.2.3.0x", "1.2.3.0"},
    {"#concept-ipv4-parser", "1.2.3.0xg", "1.2.3.0xg"},
    {"#concept-ipv4-parser", "a.0x1", bad_ipv4},
    {"#concept-ipv4-parser", "1.2.3.-4", "1.2.3.-4"},
    {"#ends-in-a-number-checker", "1.2.3.4a", "1.2.3.4a"},
    {"#ends-in-a-number-checker", "1a", "1a"},
    {"#ends-in-a-number-checker", "0xg.example", "0xg.example"},
    {"#ends-in-a-number-checker", "1.example", "1.example"},
};

constexpr host_row ipv6[] = {
    {"#concept-ipv6-parser", "[::]", "[::]"},
    {"#concept-ipv6-parser", "[::1]", "[::1]"},
    {"#concept-ipv6-parser", "[1::]", "[1::]"},
    {"#concept-ipv6-parser", "[2001:DB8:0:0:0:0:0:1]", "[2001:db8::1]"},
    {"#concept-ipv6-parser", "[2001:0db8:85a3:0000:0000:8a2e:0370:7334]", "[2001:db8:85a3::8a2e:370:7334]"},
    {"#concept-ipv6-serializer", "[0:f:0:0:f:f:0:0]", "[0:f::f:f:0:0]"},
    {"#concept-ipv6-serializer", "[0:0:f:0:0:0:f:0]", "[0:0:f::f:0]"},
    {"#concept-ipv6-serializer", "[1:0:2:3:4:5:6:7]", "[1:0:2:3:4:5:6:7]"},
    {"#concept-ipv6-serializer", "[1:2:3:4:5:6:7:0]", "[1:2:3:4:5:6:7:0]"},
    {"#concept-ipv6-serializer", "[1:2:3:4:5:6::]", "[1:2:3:4:5:6::]"},
    {"#concept-ipv6-serializer", "[0:0:0:0:0:0:0:0]", "[::]"},
    {"#concept-ipv6-parser", "[1:2:3:4:5:6:7::]", "[1:2:3:4:5:6:7:0]"},
    {"#concept-ipv6-parser", "[::2:3:4:5:6:7:8]", "[0:2:3:4:5:6:7:8]"},
    {"#concept-ipv6-parser", "[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7:8]"},
    {"#concept-ipv6-parser", "[1:2:3:4:5:6:7:8::]", bad_ipv6},
    {"#concept-ipv6-parser", "[::1:2:3:4:5:6:7:8]", bad_ipv6},
    {"#concept-ipv6-parser", "[:::]", bad_ipv6},
    {"#concept-ipv6-parser", "[1:::2]", bad_ipv6},
    {"#concept-ipv6-parser", "[12345::]", bad_ipv6},
    {"#concept-ipv6-parser", "[g::]", bad_ipv6},
    {"#concept-ipv6-parser", "[]", bad_ipv6},
    {"#concept-ipv6-parser", "[", bad_ipv6},
    {"#concept-ipv6-parser", "[:]", bad_ipv6},
    {"#concept-ipv6-parser", "[::1", bad_ipv6},
    {"#concept-ipv6-parser", "[::1]x", bad_ipv6},
    {"#concept-ipv6-parser", "[fe80::1%25eth0]", bad_ipv6}, // no zones
    {"#concept-ipv6-parser", "[::1.2.3.4]", "[::102:304]"},
    {"#concept-ipv6-parser", "[1:2:3:4:5:6:1.2.3.4]", "[1:2:3:4:5:6:102:304]"},
    {"#concept-ipv6-parser", "[1:2:3:4:5:6:7:1.2.3.4]", bad_ipv6},
    {"#concept-ipv6-parser", "[::1.2.3.4:5]", bad_ipv6},
    {"#concept-ipv6-parser", "[::1.2.3]", bad_ipv6},
    {"#concept-ipv6-parser", "[::1.2.3.]", bad_ipv6},
    {"#concept-ipv6-parser", "[::1.2.3.4.]", bad_ipv6},
    {"#concept-ipv6-parser", "[::0x1.2.3.4]", bad_ipv6},
    {"#concept-ipv6-parser", "[::1.2.3.01]", bad_ipv6},
    {"#concept-ipv6-parser", "[::1.2.3.256]", bad_ipv6},
    {"#concept-ipv6-parser", "[::a.2.3.4]", bad_ipv6},
};

// What has been used against services that fetch what they are told.
constexpr host_row disguises[] = {
    {"hexadecimal and short", "0x7f.1", "127.0.0.1"},
    {"octal", "017700000001", "127.0.0.1"},
    {"octal, in pieces", "0177.0.0.1", "127.0.0.1"},
    {"one number", "2130706433", "127.0.0.1"},
    {"one number, hexadecimal", "0X7F000001", "127.0.0.1"},
    {"metadata, hexadecimal", "0xa9fea9fe", "169.254.169.254"},
    {"metadata, mixed", "0xa9.254.0251.254", "169.254.169.254"},
    {"zeros in front", "0000177.0.0.1", "127.0.0.1"},
    {"full-width digits", "１２７.０.０.１", "127.0.0.1"},
    {"full-width dots", "127。0．0｡1", "127.0.0.1"},
    {"circled digits", "①②⑦.⓪.⓪.①", "127.0.0.1"},
    {"mathematical digits", "𝟏𝟐𝟕.𝟎.𝟎.𝟏", "127.0.0.1"},
    {"percent-encoded", "%31%32%37%2e0.0.1", "127.0.0.1"},
    {"percent-encoded, full-width", "%EF%BC%91%EF%BC%92%EF%BC%97.1", "127.0.0.1"},
    {"soft hyphens", "12\u00AD7.0.0.1", "127.0.0.1"},
    {"a dot at the end", "127.0.0.1.", "127.0.0.1"},
    {"as IPv6", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"},
    {"as IPv6, hexadecimal", "[0:0:0:0:0:FFFF:7F00:0001]", "[::ffff:7f00:1]"},
    {"as IPv6, octal", "[::ffff:0177.0.0.1]", bad_ipv6},
    {"circled letters", "ⓔⓧⓐⓜⓟⓛⓔ.ⓒⓞⓜ", "example.com"},
    {"a name in capitals", "LOCALHOST", "localhost"},
    {"a full-width name", "ｌocalhost", "localhost"},
};

constexpr reading confusions[] = {
    {"two hosts", "http://1.1.1.1 &@2.2.2.2# @3.3.3.3/", "", "http://1.1.1.1%20&@2.2.2.2/#%20@3.3.3.3/"},
    {"a user that looks like a host", "http://example.com@127.0.0.1/", "", "http://example.com@127.0.0.1/"},
    {"a user and a port", "http://example.com:80@127.0.0.1:8080/", "", "http://example.com:80@127.0.0.1:8080/"},
    {"a backslash before '@'", R"(http://127.0.0.1\@example.com/)", "", "http://127.0.0.1/@example.com/"},
    {"a '#' before '@'", "http://127.0.0.1#@example.com/", "", "http://127.0.0.1/#@example.com/"},
    {"a '?' before '@'", "http://127.0.0.1?@example.com/", "", "http://127.0.0.1/?@example.com/"},
    {"a ';' before '@'", "http://127.0.0.1;@example.com/", "", "http://127.0.0.1%3B@example.com/"},
    {"two ports", "http://127.0.0.1:80:443/", "", bad_port},
    {"an encoded '/'", "http://example.com%2F@127.0.0.1/", "", "http://example.com%2F@127.0.0.1/"},
    {"an encoded '@'", "http://example.com%40127.0.0.1/", "", bad_character},
    {"a newline in the host", "http://127.0\n.0.1/", "", "http://127.0.0.1/"},
    {"a newline encoded", "http://127.0.0.1%0d%0aHost:x/", "", bad_character},
    {"a zero byte", "http://127.0.0.1%00.example.com/", "", bad_character},
    {"no scheme", "//0x7f.1/", "https://example.com/a", "https://127.0.0.1/"},
    {"three slashes", "///127.1/", "https://example.com/a", "https://127.0.0.1/"},
    {"a scheme twice", "http:http://127.1/", "https://example.com/a", "http://http//127.1/"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(url_hosts)

BOOST_AUTO_TEST_CASE(the_table_of_the_standard_is_read_as_it_says) { check(table_of_the_standard); }
BOOST_AUTO_TEST_CASE(a_name_gets_the_form_that_the_dns_knows_or_is_refused) { check(names); }
BOOST_AUTO_TEST_CASE(what_ends_in_a_number_is_an_ipv4_address_or_refused) { check(ipv4); }
BOOST_AUTO_TEST_CASE(what_stands_in_brackets_is_an_ipv6_address_or_refused) { check(ipv6); }
BOOST_AUTO_TEST_CASE(an_address_in_disguise_is_read_as_the_address_it_is) { check(disguises); }
BOOST_AUTO_TEST_CASE(what_only_looks_like_the_host_is_not_taken_for_it) { check(confusions); }

BOOST_AUTO_TEST_CASE(names_that_only_libidn2_refuses_are_refused_and_not_changed) {
    for (std::string_view host : {"ü-.example", "ab--ü.example", "☕.faß", "☕.xn--fa-hia"})
        BOOST_TEST(read(as_url(host)) == bad_name);
    BOOST_TEST(read(as_url(std::string(64, 'a').append("ü.example"))) == bad_name);
}

BOOST_AUTO_TEST_CASE(a_host_s_kind_is_known) {
    using crawl::host_kind;
    BOOST_TEST((url_of("http://example.com/").host_kind() == host_kind::domain));
    BOOST_TEST((url_of("http://EXAMPLE.com/").host_kind() == host_kind::domain));
    BOOST_TEST((url_of("http://0x7f.1/").host_kind() == host_kind::ipv4));
    BOOST_TEST((url_of("http://①.1/").host_kind() == host_kind::ipv4));
    BOOST_TEST((url_of("http://[::1]/").host_kind() == host_kind::ipv6));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
