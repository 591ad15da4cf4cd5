// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The first byte says in which encoding the others are. Whatever they are becomes UTF-8.
#include "fuzz/fuzzer.hpp"

#include <crawl/extract/charset.hpp>

using namespace plait;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    constexpr unsigned encodings = static_cast<unsigned>(crawl::encoding::x_user_defined) + 1;
    const auto from = static_cast<crawl::encoding>(data[0] % encodings);
    const std::string_view page(reinterpret_cast<const char*>(data + 1), size - 1);
    std::string buffer;
    const std::string_view text = crawl::to_utf8(page, from, buffer);
    test::must(crawl::is_utf8(text), "what was decoded is not UTF-8");
    test::must(text.size() <= 3 * page.size(), "a byte has become more than three");
    test::must(
        crawl::is_utf8(crawl::decoded_page(page, crawl::charset_of(page, ""), buffer)), "a page was not decoded");
    return 0;
}
