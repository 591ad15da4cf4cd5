// Copyright 2026 the plait authors. Boost Software License 1.0
#include <boost/test/unit_test.hpp>

#include <crawl/extract/selector.hpp>
#include <string>

namespace plait::test {
namespace {

using namespace std::string_literals;

/// The ids of the elements that match in `html`, with a blank between them.
std::string ids(const std::string& text, std::string_view html) {
    crawl::html_parser parser;
    std::string all;
    crawl::selector(text).for_each(parser.parse(html), [&](crawl::html_node n) {
        all.append(all.empty() ? "" : " ").append(n.attribute("id").value_or("?"));
        return true;
    });
    return all;
}

/// What is wrong with a selector, as "5: …".
std::string problem(const std::string& text) {
    try {
        crawl::selector s(text);
    } catch (const crawl::selector_problem& p) {
        return std::to_string(p.offset) + ": " + p.reason;
    }
    return "nothing";
}

std::string repeated(std::size_t times, std::string_view text) {
    std::string all;
    for (; times > 0; --times)
        all += text;
    return all;
}

constexpr std::string_view page =
    "<!doctype html><body id=b><div id=1 class='item first'><p id=2>x<a id=3 href=/x.html lang=en-GB>y</a></div>"
    "<div id=4 class='item'><p id=5></p><p id=6><b id=7></b></p><span id=8 title='a b'></span></div><p id=9 "
    "CLASS=Item> </p>";

} // namespace

BOOST_AUTO_TEST_SUITE(selectors)

BOOST_AUTO_TEST_CASE(names_ids_and_classes) {
    BOOST_TEST(ids("P", page) == "2 5 6 9");
    BOOST_TEST(problem("#7") == "1: '7', where an id should be"); // names do not begin with digits
    BOOST_TEST(ids("#\\37", page) == "7");
    BOOST_TEST(ids(".item", page) == "1 4");
    BOOST_TEST(ids("div.item.first", page) == "1");
    BOOST_TEST(ids("div *", page) == "2 3 5 6 7 8");
}

BOOST_AUTO_TEST_CASE(attributes) {
    BOOST_TEST(ids("[HREF]", page) == "3");
    BOOST_TEST(ids("[class='item first']", page) == "1");
    BOOST_TEST(ids("[class~=item]", page) == "1 4");
    BOOST_TEST(ids("[class~=item i]", page) == "1 4 9");
    BOOST_TEST(ids("[lang|=en]", page) == "3");
    BOOST_TEST(ids("[lang|=e]", page) == "");
    BOOST_TEST(ids("[href^='/x'][href$=html][href*=\"x.h\"]", page) == "3");
    BOOST_TEST(ids("[href^='']", page) == "");
    BOOST_TEST(ids("[title=\"A B\" i]", page) == "8");
}

BOOST_AUTO_TEST_CASE(combinators) {
    BOOST_TEST(ids("body b", page) == "7");
    BOOST_TEST(ids("div > b", page) == "");
    BOOST_TEST(ids("div>p>b", page) == "7");
    BOOST_TEST(ids("p + p", page) == "6");
    BOOST_TEST(ids("div ~ p", page) == "9");
    BOOST_TEST(ids("p ~ span", page) == "8");
    BOOST_TEST(ids("a, #\\39 , b", page) == "3 7 9");
}

BOOST_AUTO_TEST_CASE(a_later_match_of_an_earlier_part_counts) {
    // One that goes up and takes the nearest would not find it.
    BOOST_TEST(ids("i > b c", "<i><b><u><b><c id=1></c></b></u></b></i>") == "1");
}

BOOST_AUTO_TEST_CASE(places_among_siblings) {
    const char* list =
        "<ul id=u><li id=1>a<li id=2><li id=3><!-- --><li id=4><b id=5></b><i id=6></i><b id=7></b></ul>";
    BOOST_TEST(ids("li:first-child", list) == "1");
    BOOST_TEST(ids("li:last-child", list) == "4");
    BOOST_TEST(ids("li:nth-child(odd)", list) == "1 3");
    BOOST_TEST(ids("li:nth-child( 2n )", list) == "2 4");
    BOOST_TEST(ids("li:nth-child(-n+2)", list) == "1 2");
    BOOST_TEST(ids("li:nth-child(n + 3)", list) == "3 4");
    BOOST_TEST(ids("li:nth-last-child(2)", list) == "3");
    BOOST_TEST(ids("b:nth-of-type(2)", list) == "7");
    BOOST_TEST(ids("li > :last-of-type", list) == "6 7");
    BOOST_TEST(ids("li > :only-of-type", list) == "6");
    BOOST_TEST(ids("ul:only-child", list) == "u");
}

BOOST_AUTO_TEST_CASE(other_pseudo_classes) {
    BOOST_TEST(ids("p:empty", page) == "5");
    BOOST_TEST(ids("div:not(.first, #x) p:not(:empty)", page) == "6");
    BOOST_TEST(ids(":is(a, b):not([href])", page) == "7");
    BOOST_TEST(ids(":root", "<html id=r>") == "r");
}

BOOST_AUTO_TEST_CASE(a_scope_is_where_the_search_begins) {
    crawl::html_parser parser;
    const crawl::html_node document = parser.parse(page);
    crawl::html_node div;
    crawl::selector("#\\34 ").for_each(document, [&](crawl::html_node n) { return div = n, false; });
    const auto below = [&](const char* text) {
        std::string all;
        crawl::selector(text).for_each(div, [&](crawl::html_node n) {
            all.append(all.empty() ? "" : " ").append(n.attribute("id").value_or("?"));
            return true;
        });
        return all;
    };
    BOOST_TEST(below("p") == "5 6");
    BOOST_TEST(below("div p") == "");
    BOOST_TEST(below(":scope > p") == "5 6");
    BOOST_TEST(below(":scope > b") == "");
    BOOST_TEST(below("") == "4");
    BOOST_TEST(below("@class") == "4");
}

BOOST_AUTO_TEST_CASE(an_attribute_may_follow) {
    BOOST_TEST(crawl::selector("a.next@HREF").attribute() == "href");
    BOOST_TEST(crawl::selector(" a[href='@x'] @data-id ").attribute() == "data-id");
    BOOST_TEST(crawl::selector("a").attribute() == "");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_told_with_its_place) {
    BOOST_TEST(problem("div >") == "5: a selector is missing here");
    BOOST_TEST(problem("a,,b") == "2: a selector is missing here, before ','");
    BOOST_TEST(problem("> a") == "0: a selector is missing here, before '>'");
    BOOST_TEST(problem("a:contains('x')") == "1: ':contains()' is no selector of CSS: take a regex for the text");
    BOOST_TEST(problem("a:hover") == "1: there is no ':hover' here");
    BOOST_TEST(problem("a:has(b)") == "1: there is no ':has()' here");
    BOOST_TEST(problem("a::before") == "1: pseudo-elements are no elements");
    BOOST_TEST(problem("[href") == "0: '[' is not closed");
    BOOST_TEST(problem("a[href='x]") == "7: the quote is not closed");
    BOOST_TEST(problem("[a!=b]") == "2: '!' is unexpected, where ']' or a comparison should be");
    BOOST_TEST(problem("[a=1]") == "3: '1', where a value; in quotes if it is no name should be");
    BOOST_TEST(problem(".5") == "1: '5', where the name of a class should be");
    BOOST_TEST(problem("a)") == "1: ')' is unexpected");
    BOOST_TEST(problem("p \u00e9{") == "4: '{' is unexpected");
    BOOST_TEST(problem(":not(a b)") == "6: no combinators in ':not()'");
    BOOST_TEST(problem(":not(a") == "0: '(' is not closed");
    BOOST_TEST(problem(":nth-child(2m)") == "11: '2m' is not odd, even, a number, or a formula as 2n+1");
    BOOST_TEST(problem("svg|a") == "3: there are no namespaces and no columns here");
    BOOST_TEST(problem("a@") == "2: the end, where the name of an attribute should be");
    BOOST_TEST(problem("a@href b") == "7: 'b' is unexpected");
    BOOST_TEST(problem(repeated(65, "a ")).find("at most 64") != std::string::npos);
    BOOST_TEST(problem(repeated(50'000, ":not(")).find("too deeply") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(hostile_pages_take_one_walk) {
    // Trying again at each of 20,000 ancestors would take 20,000 to the power of 9.
    const std::string deep = repeated(20'000, "<i>") + "<b id=1>";
    BOOST_TEST(ids("i i i i i i i i i u, b", deep) == "1");
    const std::string wide = "<div>" + repeated(100'000, "<i></i><!-- -->") + "<b id=1></b></div>";
    BOOST_TEST(ids("i ~ i ~ i ~ i ~ b:last-child:nth-of-type(1):nth-last-child(1):nth-last-of-type(1)", wide) == "1");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
