// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The links that are found without a tree, beside those of a tree: Modest's, for pages put together at random. It is right
// about all that is in the vocabulary below. What it is not right about is left out:
// - It has an element for a tag that the page's end cuts, which is none (§13.2.5.36): so the last byte ends every tag.
// - It loses a line feed behind a reference behind a carriage return: no carriage returns.
// - It knows the select and the frames of 2021: what stands in a select or a frameset is thrown away, and what a frame is
//   outside of one. Today's select keeps it, and a frame leads somewhere wherever it stands: neither.
// - Of two bases, the first in the tree is another one if the second was moved out of a table, in front of it: one base.
// - An a that is open where a template ends, with a table or an object open in it, comes back behind the template (so says
//   the standard, §13.2.6.4.4): templates are compared where they are well formed.
// - Where an element is open that is not in the vocabulary of svg, an end tag of HTML ends svg or does not: svg is
//   compared where it is well formed.
#include "links_of_tree.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include <rapidcheck/boost_test.h>

using namespace plait;

namespace {

using pieces = std::vector<std::string>;

// clang-format off
const pieces markup = {
    "<a href=", "<A HREF=", "<a ", "href=", "HREF", "rel=nofollow", " ", "\"", "'", "=", ">", "/>", "/", "<", "</",
    "</a>", "<area href=", "<iframe src=", "<base href=", "<link rel=next href=", "<link rel='canonical' href=",
    "<meta http-equiv=refresh content='0;url=", "<meta name=robots content=nofollow>", "x", "y.html", "\t", "\n",
    "\f", "<!--", "-->", "--!>", "-", "--", "!", "<!", "<!-->", "<!--->", "<?", "<![CDATA[", "]]>", "<!doctype html>",
    "<script>", "</script>", "<script ", "</script", "<!--<script>", "<title>", "</title>", "</title ", "<textarea>",
    "</textarea>", "<style>", "</style>", "<xmp>", "</xmp>", "<iframe>", "</iframe>", "<noscript>", "</noscript>",
    "<noembed>", "</noembed>", "<noframes>", "</noframes>", "<plaintext>", "&amp;",
    "&lt", "&copy=", "&copy;", "&notin;", "&notit;", "&#x41;", "&#65", "&#", "&#128;", "&#0;", "&", "&ampa",
    "\xc3\xa9", "<p>", "</p>", "<table>", "</table>", "<tr>", "<td>", "<caption>", "<col>", "<colgroup>", "<tbody>",
    "<div class=\"a>b\">", "</div>", "<b>", "</b>", "<body>", "<body ", "</body>", "<html>", "</html>", "<head>",
    "</head>", "<br/>", "<li>", "<ul>", "<form>", "<h1>", "<img src=x>", "<input>", "<button>", "<option>", "<i>",
    "<nobr>", "<object>", "<pre>", "<center>"};
// clang-format on

// clang-format off
const pieces well_formed = {
    "<svg><path d=x /></svg>", "<svg><style><a href=1></a></style></svg>", "<svg><title>a<b>c</b></title></svg>",
    "<svg><desc><style><a href=2></style></desc><style><a href=3></a></style></svg>",
    "<svg><![CDATA[<a href=4>]]></svg>",
    "<svg><foreignObject><div><a href=5></a><textarea><a href=6></textarea></div></foreignObject><a href=7></a></svg>",
    "<svg/>", "<svg><g><p>", "<math><mi>x<style><a href=8></style></mi><mo/></math>",
    "<math><mrow><style></style></math>",
    "<math><annotation-xml encoding=text/html><style><a href=9></style></annotation-xml></math>",
    "<math><annotation-xml><style><a href=10></a></style></annotation-xml></math>", "<style><a href=11></style>",
    "<template><a href=15>x</a><template><base href=y></template><table><td></table></template>",
    "<p>", "<div>", "<a href=12>", "</a>", "<title><a href=13></title>", "<script>'<a href=14>'</script>", "x"};
// clang-format on

std::string joined(const pieces& all) {
    std::string page;
    for (const auto& piece : all)
        page += piece;
    return page;
}

/// Without each but the first of `piece`.
pieces with_one(pieces all, const std::string& piece) {
    const auto first = std::find(all.begin(), all.end(), piece);
    if (first != all.end()) all.erase(std::remove(first + 1, all.end(), piece), all.end());
    return all;
}

void is_read_alike(const std::string& page) {
    crawl::html_parser parser;
    RC_ASSERT(test::as_set(crawl::find_links(page)) == test::as_set(test::links_of_tree(parser.parse(page))));
}

} // namespace

BOOST_AUTO_TEST_SUITE(links_beside_those_of_a_tree)

RC_BOOST_PROP(of_markup_in_any_order, ()) {
    const pieces all = *rc::gen::container<pieces>(rc::gen::elementOf(markup));
    is_read_alike(joined(with_one(all, "<base href=")) + "\"'>");
}

RC_BOOST_PROP(of_svg_and_mathml, ()) {
    is_read_alike(joined(*rc::gen::container<pieces>(rc::gen::elementOf(well_formed))));
}

RC_BOOST_PROP(of_a_page_with_bytes_changed, ()) {
    const std::string page =
        "<!doctype html><html><head><title>Films &amp; more</title><base href=\"/a/\"><link rel=\"next\" "
        "href=\"2.html\">\n"
        "<script type=\"text/javascript\"><!-- var s = '<a href=\"x\">'; --></script></head>\n"
        "<body class=\"page\"><table><tr><td><a class=\"title\" href=\"film.html?id=1&amp;lang=en\">The "
        "&lt;First&gt;</a>\n"
        "<p>by <a href='who.html' rel=\"author nofollow\">Somebody</a><br/><img src=\"1.png\" alt=\"a > b\">\n"
        "<!-- <a href=\"old.html\">old</a> --><textarea><a href=y></textarea></td></tr></table>\n"
        "<area href=\"menu.html\"><noscript><a href=\"plain.html\">plain</a></noscript></body></html>\n";
    const std::string bytes = "<>/='\"!-& ;#x\nab?";
    std::string changed = page;
    for (int n = *rc::gen::inRange(1, 6); n > 0; --n)
        changed[*rc::gen::inRange<std::size_t>(0, page.size())] = *rc::gen::elementOf(bytes);
    is_read_alike(changed + "\"'>");
}

BOOST_AUTO_TEST_SUITE_END()
