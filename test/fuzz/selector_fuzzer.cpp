// Copyright 2026 the plait authors. Boost Software License 1.0
//
// A selector: it is refused with a place within it, or finds something, or nothing.
#include "fuzz/fuzzer.hpp"

#include <crawl/extract/selector.hpp>

using namespace plait;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const char* const page = "<div id=a class='b c'><p>x<a href=y></a><p></p><ul><li><li></ul></div>";
    static crawl::html_parser parser;
    static const crawl::html_node document = parser.parse(page);
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        std::size_t found = 0;
        crawl::selector(text).for_each(document, [&](crawl::html_node n) {
            test::must(static_cast<bool>(n), "no element was found");
            return ++found < 100;
        });
        test::must(found < 100, "more elements were found than there are");
    } catch (const crawl::selector_problem& p) {
        test::must(p.offset <= size, "a problem lies behind the selector's end");
        test::must(!p.reason.empty(), "a problem is not named");
    }
    return 0;
}
