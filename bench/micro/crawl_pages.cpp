// Copyright 2026 the plait authors. Boost Software License 1.0
//
// What a page costs a parser process of plait-crawl, beside parsers that build a tree. The pages are those below the folder
// PLAIT_CRAWL_PAGES, all *.html of it, or one that is made here.
#include <crawl/extract/charset.hpp>
#include <crawl/extract/extraction.hpp>
#include <crawl/extract/html_tree.hpp>
#include <crawl/extract/links.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <gumbo.h>

namespace {

namespace crawl = plait::crawl;

std::string made_page() {
    std::string page = "<!doctype html><html><head><title>Films</title><link rel=stylesheet href=a.css></head><body>\n";
    for (int i = 0; i < 400; ++i) {
        const std::string n = std::to_string(i);
        page += "<div class=\"item\"><div class=\"pic\"><em>" + n + "</em><a href=\"/film/" + n +
                "/\"><img alt=\"Film " + n + "\" src=\"/pictures/" + n +
                ".jpg\"></a></div>\n<div class=\"info\"><span class=\"title\">Film " + n +
                "</span><p>Somebody &amp; somebody else, a story of " + n +
                " people.</p>\n<span class=\"rating\">9.1</span><span>1234 votes</span></div></div>\n";
    }
    return page + "</body></html>";
}

const std::vector<std::string>& pages() {
    static const std::vector<std::string> all = [] {
        const char* folder = std::getenv("PLAIT_CRAWL_PAGES");
        if (!folder) return std::vector{made_page()};
        std::vector<std::string> read;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
            if (!entry.is_regular_file() || entry.path().extension() != ".html") continue;
            std::ifstream file(entry.path(), std::ios::binary);
            read.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
        }
        return read;
    }();
    return all;
}

/// Does `work` with each page, and tells pages and bytes a second.
template <class Work>
void measure(benchmark::State& state, Work work) {
    std::size_t bytes = 0;
    for (const auto& page : pages())
        bytes += page.size();
    for (auto _ : state)
        for (const auto& page : pages())
            work(page);
    const auto rounds = static_cast<std::int64_t>(state.iterations());
    state.SetItemsProcessed(rounds * static_cast<std::int64_t>(pages().size()));
    state.SetBytesProcessed(rounds * static_cast<std::int64_t>(bytes));
}

void links(benchmark::State& state) {
    measure(state, [](const std::string& page) { benchmark::DoNotOptimize(crawl::find_links(page)); });
}
BENCHMARK(links)->Unit(benchmark::kMillisecond);

/// Finding the charset, and looking whether the page has to be decoded.
void decoding(benchmark::State& state) {
    std::string buffer;
    measure(state, [&](const std::string& page) {
        benchmark::DoNotOptimize(crawl::decoded_page(page, crawl::charset_of(page, ""), buffer));
    });
}
BENCHMARK(decoding)->Unit(benchmark::kMillisecond);

/// A text of one of these encodings, 1 MiB.
void decoding_of(benchmark::State& state, crawl::encoding from, std::string_view letters) {
    std::string text, buffer;
    while (text.size() < 1 << 20)
        text.append(letters).append(" <p>");
    for (auto _ : state)
        benchmark::DoNotOptimize(crawl::to_utf8(text, from, buffer));
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(text.size()));
}
BENCHMARK_CAPTURE(decoding_of, utf_8, crawl::encoding::utf_8, "\u4e2d\u6587\u4e2d\u6587\u4e2d\u6587");
BENCHMARK_CAPTURE(decoding_of, gb18030, crawl::encoding::gb18030, "\xd6\xd0\xce\xc4\xd6\xd0\xce\xc4\xd6\xd0\xce\xc4");
BENCHMARK_CAPTURE(decoding_of, windows_1252, crawl::encoding::windows_1252, "na\xefve caf\xe9");

/// The tree alone, without looking for links in it.
void tree_of_modest(benchmark::State& state) {
    crawl::html_parser parser;
    measure(state, [&](const std::string& page) { benchmark::DoNotOptimize(parser.parse(page)); });
}
BENCHMARK(tree_of_modest)->Unit(benchmark::kMillisecond);

/// The tree, and title and headings taken from it.
void records(benchmark::State& state) {
    crawl::html_parser parser;
    const auto rules = std::get<crawl::extraction>(crawl::read_extraction(
        "[[record]]\nselect = 'html'\n[record.fields]\ntitle = 'head > title'\n"
        "headings = { css = 'h1, h2, h3', list = true }\n",
        "rules"));
    const auto as_it_is = [](std::string_view reference) { return std::optional(std::string(reference)); };
    measure(
        state, [&](const std::string& page) { benchmark::DoNotOptimize(rules.apply(parser.parse(page), as_it_is)); });
}
BENCHMARK(records)->Unit(benchmark::kMillisecond);

void tree_of_gumbo(benchmark::State& state) {
    measure(state, [](const std::string& page) {
        gumbo_destroy_output(
            &kGumboDefaultOptions, gumbo_parse_with_options(&kGumboDefaultOptions, page.data(), page.size()));
    });
}
BENCHMARK(tree_of_gumbo)->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
