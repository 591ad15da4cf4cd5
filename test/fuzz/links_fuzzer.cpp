// Copyright 2026 the plait authors. Boost Software License 1.0
//
// A page. Its links are parts of it, and never more than asked for.
#include "fuzz/fuzzer.hpp"

#include <crawl/extract/links.hpp>

using namespace plait;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t most = 4;
    const std::string_view page(reinterpret_cast<const char*>(data), size);
    const crawl::page_links found = crawl::find_links(page, most);
    test::must(found.links.size() <= most, "more links than asked for");
    for (const auto& link : found.links) // U+FFFD for a NUL is the only text that is longer than what it stands for
        test::must(link.reference.size() <= 3 * size, "a reference is longer than its page");
    return 0;
}
