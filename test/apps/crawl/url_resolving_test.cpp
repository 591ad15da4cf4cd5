// Copyright 2026 the plait authors. Boost Software License 1.0
//
// References in a document.
#include "url_reading.hpp"

namespace plait::test {
namespace {

// The examples of RFC 3986 §5.4, in a base of http as there. The standard reads "http:g" and what leads above the root as
// browsers do; the RFC's strict readers would not.
constexpr std::string_view b = "http://a/b/c/d;p?q";
constexpr reading rfc_3986[] = {
    {"5.4.1", "g:h", b, elsewhere},
    {"5.4.1", "g", b, "http://a/b/c/g"},
    {"5.4.1", "./g", b, "http://a/b/c/g"},
    {"5.4.1", "g/", b, "http://a/b/c/g/"},
    {"5.4.1", "/g", b, "http://a/g"},
    {"5.4.1", "//g", b, "http://g/"},
    {"5.4.1", "?y", b, "http://a/b/c/d;p?y"},
    {"5.4.1", "g?y", b, "http://a/b/c/g?y"},
    {"5.4.1", "#s", b, "http://a/b/c/d;p?q#s"},
    {"5.4.1", "g#s", b, "http://a/b/c/g#s"},
    {"5.4.1", "g?y#s", b, "http://a/b/c/g?y#s"},
    {"5.4.1", ";x", b, "http://a/b/c/;x"},
    {"5.4.1", "g;x", b, "http://a/b/c/g;x"},
    {"5.4.1", "g;x?y#s", b, "http://a/b/c/g;x?y#s"},
    {"5.4.1", "", b, "http://a/b/c/d;p?q"},
    {"5.4.1", ".", b, "http://a/b/c/"},
    {"5.4.1", "./", b, "http://a/b/c/"},
    {"5.4.1", "..", b, "http://a/b/"},
    {"5.4.1", "../", b, "http://a/b/"},
    {"5.4.1", "../g", b, "http://a/b/g"},
    {"5.4.1", "../..", b, "http://a/"},
    {"5.4.1", "../../", b, "http://a/"},
    {"5.4.1", "../../g", b, "http://a/g"},
    {"5.4.2", "../../../g", b, "http://a/g"},
    {"5.4.2", "../../../../g", b, "http://a/g"},
    {"5.4.2", "/./g", b, "http://a/g"},
    {"5.4.2", "/../g", b, "http://a/g"},
    {"5.4.2", "g.", b, "http://a/b/c/g."},
    {"5.4.2", ".g", b, "http://a/b/c/.g"},
    {"5.4.2", "g..", b, "http://a/b/c/g.."},
    {"5.4.2", "..g", b, "http://a/b/c/..g"},
    {"5.4.2", "./../g", b, "http://a/b/g"},
    {"5.4.2", "./g/.", b, "http://a/b/c/g/"},
    {"5.4.2", "g/./h", b, "http://a/b/c/g/h"},
    {"5.4.2", "g/../h", b, "http://a/b/c/h"},
    {"5.4.2", "g;x=1/./y", b, "http://a/b/c/g;x=1/y"},
    {"5.4.2", "g;x=1/../y", b, "http://a/b/c/y"},
    {"5.4.2", "g?y/./x", b, "http://a/b/c/g?y/./x"},
    {"5.4.2", "g?y/../x", b, "http://a/b/c/g?y/../x"},
    {"5.4.2", "g#s/./x", b, "http://a/b/c/g#s/./x"},
    {"5.4.2", "g#s/../x", b, "http://a/b/c/g#s/../x"},
    {"5.4.2", "http:g", b, "http://a/b/c/g"},
};

constexpr std::string_view full = "https://u:p@h:8080/x/y?q#f";
constexpr reading whatwg[] = {
    {"#relative-state", "", full, "https://u:p@h:8080/x/y?q"},
    {"#relative-state", "#", full, "https://u:p@h:8080/x/y?q#"},
    {"#relative-state", "#n m", full, "https://u:p@h:8080/x/y?q#n%20m"},
    {"#relative-state", "?", full, "https://u:p@h:8080/x/y?"},
    {"#relative-state", "?#", full, "https://u:p@h:8080/x/y?#"},
    {"#relative-state", "?r s", full, "https://u:p@h:8080/x/y?r%20s"},
    {"#relative-state", "z", full, "https://u:p@h:8080/x/z"},
    {"#relative-state", "ü z", full, "https://u:p@h:8080/x/%C3%BC%20z"},
    {"#relative-state", "z:1", full, elsewhere},
    {"#relative-state", "./z:1", full, "https://u:p@h:8080/x/z:1"},
    {"#relative-state", "1:z", full, "https://u:p@h:8080/x/1:z"},
    {"#relative-slash-state", "/", full, "https://u:p@h:8080/"},
    {"#relative-slash-state", "\\", full, "https://u:p@h:8080/"},
    {"#relative-slash-state", "/a/../b", full, "https://u:p@h:8080/b"},
    {"#relative-slash-state", "//other", full, "https://other/"},
    {"#relative-slash-state", "\\\\other\\a", full, "https://other/a"},
    {"#relative-slash-state", "/\\other", full, "https://other/"},
    {"#relative-slash-state", "\\/other", full, "https://other/"},
    {"#relative-slash-state", "/\t/other", full, "https://other/"},
    {"#relative-slash-state", "////other//a", full, "https://other//a"},
    {"#relative-slash-state", "//", full, host_missing},
    {"#relative-slash-state", "//v@other:443", full, "https://v@other/"},
    {"#special-relative-or-authority-state", "https:", full, "https://u:p@h:8080/x/y?q"},
    {"#special-relative-or-authority-state", "https:z", full, "https://u:p@h:8080/x/z"},
    {"#special-relative-or-authority-state", "https:/z", full, "https://u:p@h:8080/z"},
    {"#special-relative-or-authority-state", "https://z", full, "https://z/"},
    {"#special-relative-or-authority-state", "https:?r", full, "https://u:p@h:8080/x/y?r"},
    {"#special-authority-slashes-state", "http:z", full, "http://z/"},
    {"#special-authority-slashes-state", "http:/z", full, "http://z/"},
    {"#special-authority-slashes-state", "http:///\\z", full, "http://z/"},
    {"#special-authority-slashes-state", "http:", full, host_missing},
    {"#path-state", "..", "http://h", "http://h/"},
    {"#path-state", "a", "http://h", "http://h/a"},
    {"#path-state", "..", "http://h/a//b", "http://h/a/"},
    {"#path-state", "../../../..", "http://h//a//b", "http://h/"},
    {"#path-state", "./", "http://h/a//", "http://h/a//"},
    {"#path-state", "//h2/..", "http://h/a", "http://h2/"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(url_resolving)

BOOST_AUTO_TEST_CASE(the_examples_of_rfc_3986_are_resolved) { check(rfc_3986); }
BOOST_AUTO_TEST_CASE(a_reference_takes_from_the_base_what_it_does_not_say) { check(whatwg); }

BOOST_AUTO_TEST_CASE(pieces_that_came_from_the_base_are_known) {
    crawl::url u;
    BOOST_TEST((crawl::resolve(url_of("https://u:p@[::1]:8080/x/y?q#f"), "z?r", u) == crawl::url_fault::none));
    BOOST_TEST(u.username() == "u");
    BOOST_TEST(u.password() == "p");
    BOOST_TEST(u.host() == "[::1]");
    BOOST_TEST((u.host_kind() == crawl::host_kind::ipv6));
    BOOST_TEST(u.port() == 8080);
    BOOST_TEST(u.path() == "/x/z");
    BOOST_TEST(u.query() == "?r");
    BOOST_TEST(u.fragment().empty());
}

BOOST_AUTO_TEST_CASE(an_empty_base_is_no_base) {
    crawl::url u;
    BOOST_TEST((crawl::resolve({}, "a", u) == crawl::url_fault::without_base));
    BOOST_TEST((crawl::resolve({}, "http://h/", u) == crawl::url_fault::none));
}

BOOST_AUTO_TEST_CASE(a_url_can_be_moved_along_a_chain_of_redirects) {
    crawl::url at = url_of("http://h/a/b");
    for (std::string_view location : {"../c", "//g/d", "?e"})
        BOOST_TEST((crawl::resolve(at, location, at) == crawl::url_fault::none));
    BOOST_TEST(at.text() == "http://g/d?e");
}

BOOST_AUTO_TEST_CASE(what_was_read_before_leaves_nothing_behind) {
    crawl::url u = url_of("https://user@long.example.com:8080/path?query#fragment");
    BOOST_TEST((crawl::resolve(url_of("http://h/a"), "mailto:x", u) == crawl::url_fault::mailto));
    BOOST_TEST(u.empty());
    BOOST_TEST((crawl::resolve(url_of("http://h/a"), "b", u) == crawl::url_fault::none));
    BOOST_TEST(u.text() == "http://h/b");
    BOOST_TEST(u.target() == "/b");
    BOOST_TEST(u.port() == 80);
}

BOOST_AUTO_TEST_CASE(a_url_with_room_is_resolved_into_in_place) {
    const crawl::url base = url_of("http://h/a/b");
    crawl::url u;
    const std::string_view references[] = {"../a/b.html#x", "?a b", "//example.com:8080/x?y", "https://1.2.3.4/ü"};
    const auto resolve_all = [&] {
        for (std::string_view reference : references)
            BOOST_REQUIRE((crawl::resolve(base, reference, u) == crawl::url_fault::none));
    };
    resolve_all();
    const char* const storage = u.text().data();
    resolve_all();
    BOOST_TEST((u.text().data() == storage));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
