// Copyright 2026 the plait authors. Boost Software License 1.0
#include "links_of_tree.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

namespace plait::test {
namespace {

using namespace std::string_literals;
using crawl::link_source;

/// The references in `html`, with a blank between them.
std::string references(std::string_view html) {
    std::string all;
    for (const auto& l : crawl::find_links(html).links)
        all.append(all.empty() ? "" : " ").append(l.reference);
    return all;
}

/// As "a next.html", "frame menu.html", …
std::string links(std::string_view html) {
    std::ostringstream all;
    for (const auto& l : crawl::find_links(html).links)
        all << (all.tellp() == 0 ? "" : ", ") << l;
    return all.str();
}

std::string repeated(std::size_t times, std::string_view text) {
    std::string all;
    for (; times > 0; --times)
        all += text;
    return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(which_elements_are_links)

BOOST_AUTO_TEST_CASE(anchors_areas_and_frames) {
    BOOST_TEST(
        links("<a href=1>x</a><AREA HREF=2><iframe src=3></iframe><frame src=4><a name=5>") ==
        "a 1, area 2, iframe 3, frame 4");
}

BOOST_AUTO_TEST_CASE(links_that_lead_to_pages_and_no_others) {
    BOOST_TEST(
        links(
            "<link rel=next href=1><link rel='Alternate' href=2><link rel=canonical href=3><link rel=stylesheet href=4>"
            "<link rel='alternate stylesheet' href=5><link rel=icon href=6><link rel=preload href=7><link href=8>") ==
        "link 1, link 2, canonical 3");
}

BOOST_AUTO_TEST_CASE(a_refresh_to_another_page) {
    BOOST_TEST(links("<meta http-equiv=Refresh content='5; URL=\"next.html\"'>") == "refresh next.html");
    BOOST_TEST(links("<meta http-equiv=refresh content=5>").empty());
    BOOST_TEST(links("<meta name=refresh content='5;url=x'>").empty());
}

BOOST_AUTO_TEST_CASE(an_anchor_of_svg_by_either_attribute) {
    BOOST_TEST(references("<svg><a href=1></a><a xlink:href=2></a><a xlink:href=3 href=4></a></svg>") == "1 2 4");
    BOOST_TEST(references("<svg><iframe src=1></iframe><link rel=next href=2></svg>").empty());
}

BOOST_AUTO_TEST_CASE(an_empty_reference_is_the_page_itself_or_nothing) {
    BOOST_TEST(links("<a href><a href=''><link rel=next href><iframe src=' '></iframe>") == "a , a ");
}

BOOST_AUTO_TEST_CASE(only_so_many_are_taken) {
    const auto found = crawl::find_links("<a href=1><a href=2><a href=3>", 2);
    BOOST_TEST(found.links.size() == 2U);
    BOOST_TEST(found.is_cut);
    BOOST_TEST(!crawl::find_links("<a href=1><a href=2>", 2).is_cut);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(what_a_page_says_of_itself)

BOOST_AUTO_TEST_CASE(the_first_base_with_an_href_counts) {
    BOOST_TEST(crawl::find_links("<base target=x><base href=' /a/ '><base href=/b/>").base.value() == "/a/");
    BOOST_TEST(!crawl::find_links("<base target=x>").base.has_value());
}

BOOST_AUTO_TEST_CASE(nofollow_of_a_link_is_told) {
    BOOST_TEST(links("<a rel='noopener NoFollow' href=1><a rel=nofollowing href=2>") == "a 1 nofollow, a 2");
}

BOOST_AUTO_TEST_CASE(robots_of_a_page_are_told) {
    const auto said = [](const std::string& content) {
        const auto found = crawl::find_links("<META NAME=Robots CONTENT='" + content + "'>");
        return std::string(found.noindex ? "noindex " : "") + (found.nofollow ? "nofollow" : "");
    };
    BOOST_TEST(said("noindex,follow") == "noindex ");
    BOOST_TEST(said("index, NOFOLLOW") == "nofollow");
    BOOST_TEST(said("none") == "noindex nofollow");
    BOOST_TEST(said("nofollows").empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(how_tags_are_read)

BOOST_AUTO_TEST_CASE(quotes_spaces_and_slashes) {
    BOOST_TEST(
        references("<a href = \"1\"><a\nhref='2'/><a/href=3/><a class=\"a>b\"href=4><a title='<a href=x>' href=5>") ==
        "1 2 3/ 4 5");
}

BOOST_AUTO_TEST_CASE(an_equals_sign_in_front_belongs_to_the_name) {
    BOOST_TEST(references("<a =href=1><a x==href=2 href=3><a ='\">' href=4>\">").find("3") == 0U);
}

BOOST_AUTO_TEST_CASE(of_two_attributes_with_one_name_the_first_counts) {
    BOOST_TEST(references("<a href=1 HREF=2>") == "1");
}

BOOST_AUTO_TEST_CASE(a_tag_that_the_page_cuts_is_none) {
    for (const char* cut : {"<a href=1", "<a href='1'", "<a href='1>", "<a", "<a href", "<a href=", "<", "</", "</a"})
        BOOST_TEST(references("<a href=0>"s + cut) == "0", cut);
}

BOOST_AUTO_TEST_CASE(end_tags_and_what_is_no_tag_have_no_links) {
    BOOST_TEST(references("</a href=1>< a href=2><3 a href=3></ a href=4></><? <a href=5><a href=6>") == "6");
}

BOOST_AUTO_TEST_CASE(whitespace_around_a_reference_goes_and_within_it_stays) {
    BOOST_TEST(crawl::find_links("<a href=' \r\n a\r\nb\t'>").links.at(0).reference == "a\nb");
}

BOOST_AUTO_TEST_CASE(references_to_characters_are_decoded_as_in_attributes) {
    BOOST_TEST(
        references("<a href='?a=1&amp;b=2&copy=3&copy;&notit;&notin;&NotEqualTilde;&ngE;&Aacute'>") ==
        "?a=1&b=2&copy=3\u00a9&notit;\u2209\u2242\u0338\u2267\u0338\u00c1");
    BOOST_TEST(
        references("<a href='&#65;&#x42;&#X43&#128;&#xd800;&#99999999999;&#;&#x;&'>") ==
        "ABC\u20ac\ufffd\ufffd&#;&#x;&");
    BOOST_TEST(crawl::find_links("<a href='a\0b'>"s).links.at(0).reference == "a\ufffdb");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(where_markup_is_no_markup)

BOOST_AUTO_TEST_CASE(comments_end_where_the_standard_says) {
    for (const char* comment :
         {"<!-- <a href=x> -->", "<!-->", "<!--->", "<!---->", "<!----!>", "<!-- <a href=x> --!>", "<!-- > -> --->",
          "<!-- a <!-- b -->", "<!-- <!-->", "<!- <a href=x", "<!doctype html \"a>", "<?php echo 1 ?>",
          "<![CDATA[ x ]]>"})
        BOOST_TEST(references(comment + "<a href=1>"s) == (comment == "<!- <a href=x"s ? "" : "1"), comment);
    BOOST_TEST(references("<!-- <a href=1> - -> --").empty());
}

BOOST_AUTO_TEST_CASE(raw_text_ends_at_its_own_end_tag) {
    for (const std::string name : {"title", "textarea", "style", "xmp", "iframe", "noembed", "noframes", "script"}) {
        BOOST_TEST(
            references("<" + name + "><a href=x></" + name + "x></a><!-- </" + name + " y><a href=1>") == "1", name);
        BOOST_TEST(references("<" + name + "/><a href=x>").empty(), name);
    }
    BOOST_TEST(references("<noscript><a href=1></noscript>") == "1");
    BOOST_TEST(references("<a href=1><plaintext></plaintext><a href=2>") == "1");
}

BOOST_AUTO_TEST_CASE(a_script_in_a_comment_in_a_script_hides_an_end_tag) {
    BOOST_TEST(references("<script><!-- <script> </script> <a href=x> --></script><a href=1>") == "1");
    BOOST_TEST(references("<script><!-- <script> --></script><a href=1>") == "1");
    BOOST_TEST(references("<script><!--><script></script><a href=1>") == "1");
    BOOST_TEST(references("<script><!-- <scripty></script><a href=1>") == "1");
    BOOST_TEST(references("<script><!-- <script> </scripty></script></script><a href=1>") == "1");
    BOOST_TEST(references("<script><!-- <script>").empty());
}

BOOST_AUTO_TEST_CASE(a_template_is_no_part_of_the_document) {
    BOOST_TEST(references("<template><a href=x><template></template><base href=y></template><a href=1>") == "1");
    BOOST_TEST(references("</template><a href=1>") == "1");
}

BOOST_AUTO_TEST_CASE(svg_and_mathml_have_no_raw_text_but_cdata) {
    BOOST_TEST(references("<svg><style><a href=1></style></svg><style><a href=x></style>") == "1");
    BOOST_TEST(references("<svg><![CDATA[ <a href=x> ]]><a href=1></svg>") == "1");
    BOOST_TEST(references("<svg/><![CDATA[ <a href=1> ]]>") == "");
    BOOST_TEST(references("<svg/><style><a href=x></style><a href=1>") == "1");
    BOOST_TEST(references("<math><mi><style><a href=x></style></mi><style><a href=1></style></math>") == "1");
}

BOOST_AUTO_TEST_CASE(html_within_svg_is_html) {
    BOOST_TEST(
        references("<svg><foreignObject><style><a href=x></style><a href=1></foreignObject><style><a href=2></style>"
                   "</svg>") == "1 2");
    BOOST_TEST(references("<svg><title><a href=1></title><style><a href=2></svg>") == "1 2");
}

BOOST_AUTO_TEST_CASE(an_element_of_html_ends_svg) {
    BOOST_TEST(references("<svg><p><style><a href=x></style><a href=1>") == "1");
    BOOST_TEST(references("<svg><font><style><a href=1></style>") == "1");
    BOOST_TEST(references("<svg><font size=1><style><a href=x></style>").empty());
    BOOST_TEST(references("<div><svg></div><style><a href=x></style><a href=1>") == "1");
    BOOST_TEST(references("<template><svg></template><style><a href=x></style><a href=1>") == "1");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(hostile_pages)

// Each would take hours if the work grew with the square of the size.
BOOST_AUTO_TEST_CASE(a_large_page_is_read_in_one_pass) {
    constexpr std::size_t times = 1'000'000;
    for (const char* piece :
         {"<div>", "<svg>", "<svg><g>", "</g>", "<template>", "<svg><desc>", "<!--", "<!-- -", "<script><!--",
          "<a href='", "&", "<", "</", "<a ", "<title>", "<![CDATA[", "<math><mi>"}) {
        const auto found = crawl::find_links("<svg>" + repeated(times, piece) + "<a href=");
        BOOST_TEST(found.links.size() <= 1U, piece);
    }
}

BOOST_AUTO_TEST_CASE(svg_deeper_than_is_told_apart_ends_with_its_end_tags) {
    BOOST_TEST(
        references(repeated(1000, "<svg>") + repeated(1000, "</svg>") + "<style><a href=x></style><a href=1>") == "1");
}

BOOST_AUTO_TEST_CASE(an_endless_value_is_decoded_in_one_pass) {
    const auto found = crawl::find_links("<a href='" + repeated(1'000'000, "&CounterClockwiseContourIntegra") + "'>");
    BOOST_TEST(found.links.at(0).reference.size() == 31'000'000U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
