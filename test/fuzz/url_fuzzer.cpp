// Copyright 2026 the plait authors. Boost Software License 1.0
//
// References that a page might hold. The first line is the base, what follows the reference; without a newline all is one
// URL. What is read reads as itself, and has the pieces that its text has.
#include "fuzz/fuzzer.hpp"

#include <algorithm>
#include <crawl/url/traps.hpp>
#include <crawl/url/url.hpp>
#include <string>

using namespace plait;

namespace {

bool only_ascii_without_controls(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

void check(const crawl::url& u) {
    test::must(only_ascii_without_controls(u.text()), "a URL holds what must be percent-encoded");
    test::must(u.text().size() <= crawl::url::longest, "a URL is too long");
    test::must(!u.host().empty() && u.path().starts_with('/'), "a URL has no host or no path");
    std::string built = std::string(u.scheme()) + "://";
    if (!u.username().empty() || !u.password().empty()) {
        built += u.username();
        if (!u.password().empty()) built.append(":").append(u.password());
        built += '@';
    }
    built.append(u.authority()).append(u.target()).append(u.fragment());
    test::must(built == u.text(), "a URL's pieces are not its text");
    crawl::url again;
    test::must(crawl::parse(u.text(), again) == crawl::url_fault::none, "a URL's text is no URL");
    test::must(
        again == u && again.host() == u.host() && again.path() == u.path() && again.query() == u.query() &&
            again.port() == u.port() && again.host_kind() == u.host_kind(),
        "a URL reads as another");
    static_cast<void>(crawl::looks_like_a_trap(u, {.url_bytes = 0, .segments = 0}));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const std::size_t newline = std::min(bytes.find('\n'), bytes.size());
    crawl::url base, into;
    if (crawl::parse(bytes.substr(0, newline), base) == crawl::url_fault::none) check(base);
    if (newline == bytes.size()) return 0;
    const crawl::url_fault fault = crawl::resolve(base, bytes.substr(newline + 1), into);
    test::must((fault == crawl::url_fault::none) != into.empty(), "a fault left a URL, or there is none without one");
    if (!into.empty()) check(into);
    return 0;
}
