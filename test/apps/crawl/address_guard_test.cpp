// Copyright 2026 the plait authors. Boost Software License 1.0
#include "apps/crawl/ip_address.hpp"
#include "apps/http_servers.hpp"

#include <plait/coro/run.hpp>
#include <plait/http/client.hpp>

#include <boost/test/unit_test.hpp>

#include <crawl/manners/address_guard.hpp>
#include <string>

namespace plait::test {
namespace {

const http::origin somebody{http::scheme::http, "example.com", 80};

} // namespace

BOOST_AUTO_TEST_SUITE(address_guards)

BOOST_AUTO_TEST_CASE(only_global_addresses_are_allowed) {
    const http::address_filter allow = crawl::only_global();
    BOOST_TEST(allow(somebody, ip_address("8.8.8.8")).allowed);
    const http::address_verdict no = allow(somebody, ip_address("::ffff:10.0.0.1"));
    BOOST_TEST(!no.allowed);
    BOOST_TEST(no.why == "private (RFC 1918)");
    BOOST_TEST(!allow(somebody, socket_address()).allowed);
}

BOOST_AUTO_TEST_CASE(who_allows_private_addresses_has_no_filter) { BOOST_TEST(!crawl::only_global(true)); }

BOOST_AUTO_TEST_CASE(the_error_names_the_address_and_its_class_and_nothing_was_connected_to) {
    run([] {
        http_server s(always(answer_of("x")));
        http::client guarded({.allow = crawl::only_global()});
        try {
            static_cast<void>(guarded.send(s.origin(), {}));
            BOOST_ERROR("it was connected to");
        } catch (const http::client_error& e) {
            BOOST_TEST((e.what_failed() == http::fault::address_refused));
            const std::string text = e.what(), address = "127.0.0.1:" + std::to_string(s.origin().port);
            BOOST_TEST(text.find(address + " (loopback: this machine)") != std::string::npos, text);
        }
        BOOST_TEST(s.accepted() == 0u);
        http::client free({.allow = crawl::only_global(true)});
        BOOST_TEST(free.send(s.origin(), {}).read_all() == "x");
    });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
