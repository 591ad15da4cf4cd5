// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Each line of IANA's special-purpose registries (as of 2025-10-09) with its edges, and what stands next to them.
#include "apps/crawl/ip_address.hpp"

#include <boost/test/unit_test.hpp>

#include <crawl/manners/address_class.hpp>
#include <cstdio>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace plait::crawl {

std::ostream& operator<<(std::ostream& to, address_class c) { return to << to_string(c); }

} // namespace plait::crawl

namespace plait::test {
namespace {

using crawl::address_class;
using crawl::classify;
using enum address_class;

struct line {
    std::string_view block, source;
    address_class is;
    std::string first, last;
    std::string before, after; ///< "": the block ends with the address space
    address_class is_before = global, is_after = global;
};

const std::vector<line> registry_4 = {
    {"0.0.0.0/8", "RFC 791", this_network, "0.0.0.1", "0.255.255.255", "0.0.0.0", "1.0.0.0", unspecified},
    {"0.0.0.0/32", "RFC 1122 3.2.1.3", unspecified, "0.0.0.0", "0.0.0.0", "", "0.0.0.1", global, this_network},
    {"10.0.0.0/8", "RFC 1918", private_use, "10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"},
    {"100.64.0.0/10", "RFC 6598", shared, "100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"},
    {"127.0.0.0/8", "RFC 1122 3.2.1.3", loopback, "127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"},
    {"169.254.0.0/16", "RFC 3927", link_local, "169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0"},
    {"172.16.0.0/12", "RFC 1918", private_use, "172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"},
    {"192.0.0.0/24", "RFC 6890 2.1", protocol, "192.0.0.0", "192.0.0.255", "191.255.255.255", "192.0.1.0"},
    {"192.0.0.0/29", "RFC 7335", protocol, "192.0.0.0", "192.0.0.7", "", "192.0.0.8", global, protocol},
    {"192.0.0.8/32", "RFC 7600", protocol, "192.0.0.8", "192.0.0.8", "", ""},
    {"192.0.0.9/32", "RFC 7723", protocol, "192.0.0.9", "192.0.0.9", "", ""},
    {"192.0.0.10/32", "RFC 8155", protocol, "192.0.0.10", "192.0.0.10", "", ""},
    {"192.0.0.170/32", "RFC 7050", protocol, "192.0.0.170", "192.0.0.171", "", ""},
    {"192.0.2.0/24", "RFC 5737", documentation, "192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.3.0"},
    {"192.31.196.0/24", "RFC 7535", global, "192.31.196.0", "192.31.196.255", "192.31.195.255", "192.31.197.0"},
    {"192.52.193.0/24", "RFC 7450", global, "192.52.193.0", "192.52.193.255", "192.52.192.255", "192.52.194.0"},
    {"192.88.99.0/24", "RFC 7526", translated, "192.88.99.0", "192.88.99.255", "192.88.98.255", "192.88.100.0"},
    {"192.88.99.2/32", "RFC 6751", translated, "192.88.99.2", "192.88.99.2", "", ""},
    {"192.168.0.0/16", "RFC 1918", private_use, "192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"},
    {"192.175.48.0/24", "RFC 7534", global, "192.175.48.0", "192.175.48.255", "192.175.47.255", "192.175.49.0"},
    {"198.18.0.0/15", "RFC 2544", benchmarking, "198.18.0.0", "198.19.255.255", "198.17.255.255", "198.20.0.0"},
    {"198.51.100.0/24", "RFC 5737", documentation, "198.51.100.0", "198.51.100.255", "198.51.99.255", "198.51.101.0"},
    {"203.0.113.0/24", "RFC 5737", documentation, "203.0.113.0", "203.0.113.255", "203.0.112.255", "203.0.114.0"},
    {"240.0.0.0/4", "RFC 1112 4", reserved, "240.0.0.0", "255.255.255.254", "239.255.255.255", "255.255.255.255",
     multicast, broadcast},
    {"255.255.255.255/32", "RFC 919 7", broadcast, "255.255.255.255", "255.255.255.255", "255.255.255.254", "",
     reserved},
    // In no such registry.
    {"224.0.0.0/4", "RFC 5771", multicast, "224.0.0.0", "239.255.255.255", "223.255.255.255", "240.0.0.0", global,
     reserved},
    {"168.63.129.16/32", "Azure", cloud, "168.63.129.16", "168.63.129.16", "168.63.129.15", "168.63.129.17"},
};

const std::vector<line> registry_6 = {
    {"::1/128", "RFC 4291", loopback, "::1", "::1", "::", "::2", unspecified, this_network},
    {"::/128", "RFC 4291", unspecified, "::", "::", "", "::1", global, loopback},
    {"::ffff:0:0/96", "RFC 4291", global, "::ffff:1.0.0.0", "::ffff:223.255.255.255", "::fffe:ffff:ffff", "::1:0:0:0",
     reserved, reserved},
    {"64:ff9b::/96", "RFC 6052", global, "64:ff9b::1.0.0.0", "64:ff9b::223.255.255.255",
     "64:ff9a:ffff:ffff:ffff:ffff:ffff:ffff", "64:ff9b::1:0:0", reserved, reserved},
    {"64:ff9b:1::/48", "RFC 8215", translated, "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
     "64:ff9b:0:ffff:ffff:ffff:ffff:ffff", "64:ff9b:2::", reserved, reserved},
    {"100::/64", "RFC 6666", discard, "100::", "100::ffff:ffff:ffff:ffff", "ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
     "100:0:0:2::", reserved, reserved},
    {"100:0:0:1::/64", "RFC 9780", discard, "100:0:0:1::", "100::1:ffff:ffff:ffff:ffff", "100::ffff:ffff:ffff:ffff",
     "100:0:0:2::", discard, reserved},
    {"2001::/23", "RFC 2928", protocol, "2001:1::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
     "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::"},
    {"2001::/32", "RFC 4380", translated, "2001:0:100::fefe:fefe", "2001:0:dfff:ffff:ffff:ffff:feff:ffff",
     "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:1::", global, protocol},
    {"2001:1::1/128", "RFC 7723", protocol, "2001:1::1", "2001:1::1", "", ""},
    {"2001:1::2/128", "RFC 8155", protocol, "2001:1::2", "2001:1::2", "", ""},
    {"2001:1::3/128", "RFC 9665", protocol, "2001:1::3", "2001:1::3", "", ""},
    {"2001:2::/48", "RFC 5180", benchmarking, "2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff",
     "2001:1:ffff:ffff:ffff:ffff:ffff:ffff", "2001:2:1::", protocol, protocol},
    {"2001:3::/32", "RFC 7450", protocol, "2001:3::", "2001:3:ffff:ffff:ffff:ffff:ffff:ffff", "", ""},
    {"2001:4:112::/48", "RFC 7535", protocol, "2001:4:112::", "2001:4:112:ffff:ffff:ffff:ffff:ffff", "", ""},
    {"2001:10::/28", "RFC 4843", protocol, "2001:10::", "2001:1f:ffff:ffff:ffff:ffff:ffff:ffff", "", ""},
    {"2001:20::/28", "RFC 7343", protocol, "2001:20::", "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff", "", ""},
    {"2001:30::/28", "RFC 9374", protocol, "2001:30::", "2001:3f:ffff:ffff:ffff:ffff:ffff:ffff", "", ""},
    {"2001:db8::/32", "RFC 3849", documentation, "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
     "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"},
    {"2002::/16", "RFC 3056", translated, "2002:100::", "2002:dfff:ffff:ffff:ffff:ffff:ffff:ffff",
     "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::"},
    {"2620:4f:8000::/48", "RFC 7534", global, "2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff",
     "2620:4f:7fff:ffff:ffff:ffff:ffff:ffff", "2620:4f:8001::"},
    {"3fff::/20", "RFC 9637", documentation, "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
     "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::"},
    {"5f00::/16", "RFC 9602", segments, "5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
     "5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "5f01::", reserved, reserved},
    {"fc00::/7", "RFC 4193", unique_local, "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
     "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe00::", reserved, reserved},
    {"fe80::/10", "RFC 4291", link_local, "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
     "fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fec0::", reserved, site_local},
    // In no such registry.
    {"2000::/3", "RFC 4291", global, "2000::", "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
     "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "4000::", reserved, reserved},
    {"fec0::/10", "RFC 3879", site_local, "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
     "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ff00::", link_local, multicast},
    {"ff00::/8", "RFC 4291", multicast, "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
     "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "", site_local},
};

void check(const std::vector<line>& registry) {
    for (const line& l : registry) {
        BOOST_TEST_CONTEXT(l.block << ", " << l.source) {
            BOOST_TEST(classify(ip_address(l.first)) == l.is, l.first);
            BOOST_TEST(classify(ip_address(l.last)) == l.is, l.last);
            if (!l.before.empty()) BOOST_TEST(classify(ip_address(l.before)) == l.is_before, l.before);
            if (!l.after.empty()) BOOST_TEST(classify(ip_address(l.after)) == l.is_after, l.after);
        }
    }
}

/// "7f00:1" of "127.0.0.1"
std::string groups_of(const std::string& v4, unsigned turn = 0) {
    in_addr bytes{};
    BOOST_REQUIRE(::inet_pton(AF_INET, v4.c_str(), &bytes) == 1);
    const std::uint32_t n = ntohl(bytes.s_addr) ^ turn;
    char text[10];
    std::snprintf(text, sizeof text, "%x:%x", n >> 16U, n & 0xffffU);
    return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(address_classes)

BOOST_AUTO_TEST_CASE(each_line_of_the_registry_of_ipv4_holds_up_to_its_edges) { check(registry_4); }
BOOST_AUTO_TEST_CASE(each_line_of_the_registry_of_ipv6_holds_up_to_its_edges) { check(registry_6); }

BOOST_AUTO_TEST_CASE(addresses_of_the_web_are_global) {
    for (const std::string text :
         {"1.1.1.1", "8.8.8.8", "93.184.216.34", "223.255.255.255", "2606:4700:4700::1111", "2a00:1450:4001:830::200e",
          "64:ff9b::8.8.8.8", "::ffff:8.8.8.8"})
        BOOST_TEST(classify(ip_address(text)) == global, text);
}

BOOST_AUTO_TEST_CASE(what_clouds_hand_credentials_out_at_is_not_global) {
    for (const std::string text :
         {"169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254",
          "::ffff:169.254.169.254", "64:ff9b::169.254.169.254"})
        BOOST_TEST(classify(ip_address(text)) != global, text);
}

BOOST_AUTO_TEST_CASE(addresses_that_carry_others_are_as_these) {
    for (const line& l : registry_4) {
        if (l.is == global || l.first == "0.0.0.0" || l.first == "0.0.0.1") continue;
        const std::string v4 = l.first, groups = groups_of(v4), turned = groups_of(v4, 0xffffffffU);
        for (const std::string& text :
             {"::ffff:" + v4, "::" + v4, "::ffff:0:" + v4, "64:ff9b::" + v4, "2002:" + groups + "::1",
              "2001:0:" + groups + "::1", "2001:0:808:808:0:0:" + turned})
            BOOST_TEST(classify(ip_address(text)) == l.is, text);
    }
}

BOOST_AUTO_TEST_CASE(this_machine_s_names_are_this_machine_in_every_form) {
    BOOST_TEST(classify(ip_address("::ffff:0.0.0.0")) == unspecified);
    BOOST_TEST(classify(ip_address("64:ff9b::")) == unspecified);
    BOOST_TEST(classify(ip_address("2002::")) == unspecified);
    BOOST_TEST(classify(ip_address("::ffff:127.0.0.1")) == loopback);
}

BOOST_AUTO_TEST_CASE(deprecated_forms_are_not_global_whatever_they_carry) {
    BOOST_TEST(classify(ip_address("::8.8.8.8")) == reserved);
    BOOST_TEST(classify(ip_address("::ffff:0:8.8.8.8")) == reserved);
    BOOST_TEST(classify(ip_address("2002:808:808::1")) == translated);
    BOOST_TEST(classify(ip_address("2001:0:808:808::f7f7:f7f7")) == translated);
}

BOOST_AUTO_TEST_CASE(what_is_no_ip_address_is_not_global) {
    BOOST_TEST(classify(socket_address()) == not_ip);
    BOOST_TEST(classify(socket_address::of_unix("/run/docker.sock")) == not_ip);
    sockaddr_in cut{};
    cut.sin_family = AF_INET;
    BOOST_TEST(classify(socket_address(reinterpret_cast<const sockaddr*>(&cut), 4)) == not_ip);
}

BOOST_AUTO_TEST_CASE(every_class_has_a_text_of_its_own) {
    std::set<std::string_view> texts;
    for (int c = 0; c <= static_cast<int>(not_ip); ++c)
        texts.insert(to_string(static_cast<address_class>(c)));
    BOOST_TEST(texts.size() == static_cast<std::size_t>(not_ip) + 1);
    BOOST_TEST(!texts.contains(""));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
