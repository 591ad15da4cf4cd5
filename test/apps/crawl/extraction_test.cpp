// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/ipc/codec.hpp>

#include <boost/test/unit_test.hpp>

#include <crawl/extract/extraction.hpp>
#include <string>

namespace plait::test {
namespace {

using namespace std::string_literals;

crawl::extraction accepted(const std::string& rules) {
    auto read = crawl::read_extraction(rules, "films.toml");
    if (const auto* problems = std::get_if<std::vector<std::string>>(&read)) BOOST_FAIL(problems->at(0));
    return std::get<crawl::extraction>(std::move(read));
}

/// What is wrong with the rules, a line for each.
std::string problems(const std::string& rules) {
    const auto read = crawl::read_extraction(rules, "f");
    std::string all;
    if (const auto* lines = std::get_if<std::vector<std::string>>(&read))
        for (const auto& line : *lines)
            all += line + '\n';
    return all;
}

crawl::page_records applied(const std::string& rules, std::string_view page) {
    crawl::html_parser parser;
    return accepted(rules).apply(parser.parse(page), [](std::string_view reference) -> std::optional<std::string> {
        if (reference.find(' ') != reference.npos) return std::nullopt;
        return "http://films/" + std::string(reference);
    });
}

/// The records as JSON, a line for each.
std::string json(const crawl::page_records& found) {
    std::string all;
    for (const auto& r : found.records) {
        append_json(all, crawl::value{r.fields});
        all += '\n';
    }
    return all;
}

/// The one record of a page whose record is all of body, with these fields.
std::string fields(const std::string& rules, std::string_view page) {
    return json(applied("[[record]]\nselect='body'\n[record.fields]\n" + rules, page));
}

std::string as_json(const crawl::value& v) {
    std::string all;
    append_json(all, v);
    return all;
}

constexpr const char* rules = R"(
next = { css = "span.next a@href" }
[[record]]
name = "film"
select = ".item"
[record.fields]
title = ".title"
id = { css = "a@href", regex = "/(\\d+)/", type = "int", required = true }
rating = { css = ".rating", type = "float" }
votes = { css = "span", regex = '([\d,]+) votes', type = "int", default = 0 }
url = { css = "a@href", type = "url" }
tags = { css = ".tag", list = true }
cast = { css = "li", list = true, fields = { name = "b", role = { css = "i", default = "?" } } }
)";

constexpr std::string_view page = R"(<!doctype html><ol>
<div class=item><a href="/film/1/"><em class=title>The
   First &amp; Best</em></a><span class=rating>9.1</span><span>1,234,567 votes</span><b class=tag>old</b><b class=tag>good</b>
   <ul><li><b>Somebody</b> as <i>herself</i><li><b>Nobody</b></ul></div>
<div class=item><a href="/film/2/">x</a><span class=rating>none</span></div>
<div class=item><a href="/">no id</a></div></ol>
<span class=next><a href="2.html">next</a><a href="2.html">last</a></span>)";

} // namespace

BOOST_AUTO_TEST_SUITE(extraction)

BOOST_AUTO_TEST_CASE(a_list_of_films_becomes_records) {
    const auto found = applied(rules, page);
    BOOST_TEST(
        json(found) ==
        R"({"title":"The First & Best","id":1,"rating":9.1,"votes":1234567,"url":"http://films//film/1/",)"
        R"("tags":["old","good"],"cast":[{"name":"Somebody","role":"herself"},{"name":"Nobody","role":"?"}]})"
        "\n"
        R"({"title":null,"id":2,"rating":null,"votes":0,"url":"http://films//film/2/","tags":[],"cast":[]})"
        "\n");
    BOOST_TEST(found.records.at(0).kind == "film");
    BOOST_TEST((found.next == std::vector{"http://films/2.html"s}));
    BOOST_TEST((found.shortfalls == std::vector<crawl::shortfall>{{"film.rating", 1, 0}, {"film.id", 0, 1}}));
}

BOOST_AUTO_TEST_CASE(records_travel_as_they_are) {
    const auto found = applied(rules, page);
    std::vector<std::byte> message(ipc::codec<crawl::page_records>::size(found));
    ipc::codec<crawl::page_records>::encode(found, message);
    BOOST_TEST((ipc::codec<crawl::page_records>::decode(message) == found));
}

BOOST_AUTO_TEST_CASE(a_text_has_single_spaces_and_no_scripts) {
    BOOST_TEST(
        fields("x=''", "<body> a <b>b</b>c<script>d</script><style>e</style><template>f</template>\n\t&nbsp;g ") ==
        "{\"x\":\"a bc \u00a0g\"}\n");
}

BOOST_AUTO_TEST_CASE(markup_is_taken_as_it_was_understood) {
    BOOST_TEST(
        fields("x={css='p', html=true}", "<p>a<br><b CLASS=x>b &lt;") == R"({"x":"a<br><b class=\"x\">b &lt;</b>"})"
                                                                         "\n");
}

BOOST_AUTO_TEST_CASE(the_first_element_that_has_what_is_asked_for_counts) {
    BOOST_TEST(fields("x='a@href'", "<a name=1><a href=2><a href=3>") == "{\"x\":\"2\"}\n");
    BOOST_TEST(fields("x={css='i', regex='b+'}", "<i>a</i><i>abbc</i><i>b</i>") == "{\"x\":\"bb\"}\n");
    BOOST_TEST(fields("x={css='i', regex='b(x)?'}", "<i>b</i>") == "{\"x\":null}\n");
}

BOOST_AUTO_TEST_CASE(an_attribute_of_the_record_itself) {
    BOOST_TEST(fields("x={attr='data-ID', type='int'}", "<body data-id=' 5 '>") == "{\"x\":5}\n");
    BOOST_TEST(fields("x='@data-id'", "<body data-id=5>") == "{\"x\":\"5\"}\n");
}

BOOST_AUTO_TEST_CASE(a_list_leaves_out_what_does_not_convert) {
    BOOST_TEST(fields("x={css='i', list=true, type='int'}", "<i>1</i><i>a</i><i>3</i>") == "{\"x\":[1,3]}\n");
    BOOST_TEST(fields("x={css='i', list=true, required=true}", "<b>").empty());
}

BOOST_AUTO_TEST_CASE(a_record_within_a_record_may_be_required_and_missing) {
    const std::string rule = "x={css='p', fields={y={css='b', required=true}}}";
    BOOST_TEST(fields(rule, "<p>a</p><p><b>c</b></p>") == "{\"x\":{\"y\":\"c\"}}\n");
    BOOST_TEST(fields(rule, "<p>a") == "{\"x\":null}\n");
    const auto found = applied("[[record]]\nselect='body'\n[record.fields]\n" + rule, "<p>a");
    BOOST_TEST((found.shortfalls == std::vector<crawl::shortfall>{{"record.x.y", 0, 1}}));
}

BOOST_AUTO_TEST_CASE(what_is_no_url_is_counted) {
    BOOST_TEST(fields("x={css='a@href', type='url'}", "<a href='a b'>") == "{\"x\":null}\n");
}

BOOST_AUTO_TEST_CASE(a_checked_box_is_true) {
    for (const char* html :
         {"<input checked>", "<input checked=''>", "<input checked=checked>", "<input checked=true>"})
        BOOST_TEST(fields("x={css='input@checked', type='bool', default=false}", html) == "{\"x\":true}\n", html);
    BOOST_TEST(fields("x={css='input@checked', type='bool', default=false}", "<input>") == "{\"x\":false}\n");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(values)

BOOST_AUTO_TEST_CASE(whole_numbers) {
    const auto read = [](const char* text) {
        const auto v = crawl::converted(text, crawl::value_type::integer);
        return v ? as_json(*v) : "none";
    };
    BOOST_TEST(read(" 42 ") == "42");
    BOOST_TEST(read("+1,234") == "1234");
    BOOST_TEST(read("-12,345,678") == "-12345678");
    BOOST_TEST(read("9223372036854775807") == "9223372036854775807");
    for (const char* bad :
         {"", "-", "4.0", "1,23", "1234,567", ",123", "1,,234", "12 3", "9223372036854775808", "0x1", "--1", "+-1",
          "1,234,"})
        BOOST_TEST(read(bad) == "none", bad);
}

BOOST_AUTO_TEST_CASE(numbers_with_decimals) {
    const auto read = [](const char* text) {
        const auto v = crawl::converted(text, crawl::value_type::real);
        return v ? as_json(*v) : "none";
    };
    BOOST_TEST(read("9.1") == "9.1");
    BOOST_TEST(read("9") == "9.0");
    BOOST_TEST(read("-1,234.5e-3") == "-1.2345");
    BOOST_TEST(read("1e300") == "1e+300");
    for (const char* bad : {"", ".", "inf", "nan", "1e999", "9,1", "1.234,5", "0x1p3", "1.2.3"})
        BOOST_TEST(read(bad) == "none", bad);
}

BOOST_AUTO_TEST_CASE(dates) {
    const auto read = [](const char* text) {
        const auto v = crawl::converted(text, crawl::value_type::date);
        return v ? as_json(*v) : "none";
    };
    BOOST_TEST(read("2024-02-29") == "\"2024-02-29\"");
    BOOST_TEST(read(" 2026-01-31 12:00 ") == "\"2026-01-31T12:00\"");
    BOOST_TEST(read("2026-01-31T12:00:59.25+01:00") == "\"2026-01-31T12:00:59.25+01:00\"");
    BOOST_TEST(read("2026-01-31T12:00Z") == "\"2026-01-31T12:00Z\"");
    for (const char* bad :
         {"", "2023-02-29", "2026-1-1", "31.01.2026", "2026-01-31T", "2026-01-31T24:00", "2026-01-31T12:00:00.",
          "2026-01-31x", "2026-01-31T12:00+1"})
        BOOST_TEST(read(bad) == "none", bad);
}

BOOST_AUTO_TEST_CASE(json_is_escaped) {
    BOOST_TEST(
        as_json({"a\"\\\n\t\x01\x7f/\u00e9"s}) == R"("a\"\\\n\u0009\u0001\u007f/)"
                                                  "\u00e9\"");
    BOOST_TEST(as_json({}) == "null");
    BOOST_TEST(as_json({true}) == "true");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(extraction_files)

BOOST_AUTO_TEST_CASE(a_problem_within_a_selector_is_told_with_its_place) {
    BOOST_TEST(
        problems("[[record]]\nselect = \".item:hover\"\n[record.fields]\nx = \"a\"\n") ==
        "f:2:16: record.select: there is no ':hover' here\n");
    BOOST_TEST(
        problems("[[record]]\nselect='a'\nfields.\"\u00e9\" = { css = '\u00e9[x' }\n") ==
        "f:3:24: record.fields.\u00e9.css: '[' is not closed\n");
    // Behind escapes: the column is that of the file.
    BOOST_TEST(
        problems("[[record]]\nselect='a'\nfields.x = \"[a=\\\"b\\\"]\\u002e\\u00e9 >\"\n") ==
        "f:3:36: record.fields.x: a selector is missing here\n");
}

BOOST_AUTO_TEST_CASE(a_problem_within_a_pattern_is_told_with_its_place) {
    BOOST_TEST(
        problems("[[record]]\nselect='a'\nfields.x = { css='b', regex='a(b' }\n") ==
        "f:3:30: record.fields.x.regex: missing ): a(b\n");
    BOOST_TEST(
        problems("[[record]]\nselect='a'\nfields.x = { css='b', regex='ab[z-a]' }\n") ==
        "f:3:33: record.fields.x.regex: invalid character class range: z-a\n");
    BOOST_TEST(
        problems("[[record]]\nselect='a'\nfields.x = { css='b', regex='(a)(b)' }\n").find("2 groups") !=
        std::string::npos);
}

BOOST_AUTO_TEST_CASE(everything_that_is_wrong_is_told_at_once_in_the_order_of_the_file) {
    BOOST_TEST(
        problems(
            "color = 1\n[[record]]\nname = \"a b\"\nselect = 5\n[record.fields]\nx = { cs = 'a' }\n_y = 'b'\nz = 3\n"
            "w = { css='a', type='number', list=1 }\n") ==
        "f:1:1: color: there is no such key; there are record and next\n"
        "f:3:8: record.name: it must be a word of letters, digits, '_' and '-'\n"
        "f:4:10: record.select: it must be a text\n"
        "f:6:7: record.fields.x.cs: there is no such key; there are css, attr, html, regex, type, list, fields, "
        "required "
        "and default\n"
        "f:7:1: record.fields._y: a name has 1 to 100 bytes, and no '_' in front\n"
        "f:8:5: record.fields.z: it must be a selector, or a table with one: { css = \"\u2026\" }\n"
        "f:9:21: record.fields.w.type: 'number' is not str, int, float, bool, url or date\n"
        "f:9:36: record.fields.w.list: it must be true or false\n");
}

BOOST_AUTO_TEST_CASE(what_does_not_go_together_is_refused) {
    const auto problem = [](const std::string& field) {
        return problems("[[record]]\nselect='a'\n[record.fields]\nx = " + field + "\n");
    };
    BOOST_TEST(problem("{css='a@b', attr='c'}").find("css has an attribute already") != std::string::npos);
    BOOST_TEST(problem("{css='a@b', html=true}").find("an attribute has no markup") != std::string::npos);
    BOOST_TEST(problem("{css='a', html=true, type='int'}").find("markup is a text") != std::string::npos);
    BOOST_TEST(problem("{css='a', required=true, default='x'}").find("what is required has none") != std::string::npos);
    BOOST_TEST(problem("{css='a', list=true, default='x'}").find("an empty list") != std::string::npos);
    BOOST_TEST(problem("{css='a', type='int', default='x'}").find("of the field's type, int") != std::string::npos);
    BOOST_TEST(problem("{css='a', type='int', default=1.5}").find("of the field's type, int") != std::string::npos);
    BOOST_TEST(problem("{css='a', type='date', default='x'}").find("'x' is no date") != std::string::npos);
    BOOST_TEST(problem("{css='a', type='int', fields={y='b'}}").find("where there are fields") != std::string::npos);
    BOOST_TEST(problem("{css='a', fields={}}").find("a table with fields") != std::string::npos);
    BOOST_TEST(problem("{}").find("css is missing") != std::string::npos);
    BOOST_TEST(problem("'a'\nX = 'b'").find("but for the case") != std::string::npos);
    BOOST_TEST(problem("{css='a', type='float', default=1}") == "");
}

BOOST_AUTO_TEST_CASE(a_record_needs_a_selector_fields_and_a_name_among_several) {
    BOOST_TEST(problems("") == "f:1:1: record: there is no [[record]] in it\n");
    BOOST_TEST(problems("[[record]]\n").find("select is missing") != std::string::npos);
    BOOST_TEST(problems("[[record]]\nselect='a'\n").find("fields are missing") != std::string::npos);
    const std::string record = "[[record]]\nselect='a'\nfields.x='b'\n";
    BOOST_TEST(problems(record + record).find("name is missing") != std::string::npos);
    BOOST_TEST(
        problems(record + "name='a'\n" + record + "name='a'\n").find("two by the name of 'a'") != std::string::npos);
    BOOST_TEST(problems("record = 1") == "f:1:10: record: each is a table of its own: [[record]]\n");
    BOOST_TEST(problems("[[record]]\nselect='a@b'\nfields.x='b'\n").find("not an attribute") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_no_toml_is_named_with_its_place) {
    BOOST_TEST(problems("[[record]]\nselect = \"a\n").starts_with("f:2:"), problems("[[record]]\nselect = \"a\n"));
}

BOOST_AUTO_TEST_CASE(settings_of_others_are_left_alone) {
    constexpr std::string_view others[] = {"depth"};
    const auto read = crawl::read_extraction("depth = 3\n[[record]]\nselect='a'\nfields.x='b'\n", "f", others);
    BOOST_TEST(std::holds_alternative<crawl::extraction>(read));
}

BOOST_AUTO_TEST_CASE(records_are_not_nested_without_end) {
    std::string field = "'a'";
    for (int i = 0; i < 20; ++i)
        field = "{css='a', fields={x=" + field + "}}";
    BOOST_TEST(problems("[[record]]\nselect='a'\nfields.x=" + field).find("too deeply") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
