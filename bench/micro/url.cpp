// Copyright 2026 the plait authors. Boost Software License 1.0
//
// What the URLs of plait-crawl cost: a page has about a hundred.
#include <array>
#include <crawl/url/budget.hpp>
#include <crawl/url/fingerprint.hpp>
#include <crawl/url/scope.hpp>
#include <crawl/url/url.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

namespace {

using namespace plait;

constexpr std::string_view document = "http://www.example.com:8080/doc/html/boost_asio/reference/async_read.html";

crawl::url url_of(std::string_view text) {
    crawl::url result;
    if (crawl::parse(text, result) != crawl::url_fault::none) throw std::invalid_argument(std::string(text));
    return result;
}

void resolve(benchmark::State& state, std::string_view reference) {
    const crawl::url base = url_of(document);
    crawl::url into;
    for (auto _ : state) {
        benchmark::DoNotOptimize(reference);
        benchmark::DoNotOptimize(crawl::resolve(base, reference, into));
        benchmark::DoNotOptimize(into);
    }
}
BENCHMARK_CAPTURE(resolve, sibling, "b.html");
BENCHMARK_CAPTURE(resolve, relative, "../a/b.html#x");
BENCHMARK_CAPTURE(
    resolve, far_relative, "../../boost_asio/overview/core/buffers.html#boost_asio.overview.core.buffers");
BENCHMARK_CAPTURE(resolve, rooted, "/doc/html/boost_asio/reference/io_context.html");
BENCHMARK_CAPTURE(resolve, fragment, "#boost_asio.reference.async_read.requirements");
BENCHMARK_CAPTURE(resolve, query, "?page=2&sort=name");
BENCHMARK_CAPTURE(resolve, absolute, "https://www.boost.org/users/license.html");
BENCHMARK_CAPTURE(resolve, address, "http://192.168.10.20:8080/a/b.html");
BENCHMARK_CAPTURE(resolve, capitals, "http://WWW.Example.com/a/b.html");
BENCHMARK_CAPTURE(resolve, encoded, "../a b/\xC3\xBC.html");
BENCHMARK_CAPTURE(
    resolve, international,
    "http://b\xC3\xBC"
    "cher.example/");
BENCHMARK_CAPTURE(resolve, script, "javascript:void(0)");

void fingerprint(benchmark::State& state) {
    const crawl::url u = url_of(document);
    for (auto _ : state) {
        std::string_view text = u.canonical();
        benchmark::DoNotOptimize(text);
        benchmark::DoNotOptimize(crawl::fingerprint_of(text));
    }
}
BENCHMARK(fingerprint);

void judge(benchmark::State& state, const crawl::scope_rules& rules, std::string_view link) {
    const std::vector seeds{url_of(document)};
    crawl::scope scope(rules, seeds);
    const crawl::url u = url_of(link);
    for (auto _ : state)
        benchmark::DoNotOptimize(scope.judge(u, 3));
}
constexpr std::string_view link = "http://www.example.com:8080/doc/html/boost_asio/overview/core/buffers.html";
BENCHMARK_CAPTURE(judge, host, crawl::scope_rules{.kind = crawl::scope_kind::host}, link);
BENCHMARK_CAPTURE(judge, other_host, crawl::scope_rules{.kind = crawl::scope_kind::host}, "http://boost.org/");
BENCHMARK_CAPTURE(judge, domain, crawl::scope_rules{.kind = crawl::scope_kind::domain}, link);
BENCHMARK_CAPTURE(
    judge, domain_of_another_host, crawl::scope_rules{.kind = crawl::scope_kind::domain}, "http://a.b.example.com/c");
BENCHMARK_CAPTURE(judge, other_domain, crawl::scope_rules{.kind = crawl::scope_kind::domain}, "http://boost.org/");
BENCHMARK_CAPTURE(judge, prefix, crawl::scope_rules{.kind = crawl::scope_kind::prefix}, link);
BENCHMARK_CAPTURE(
    judge, two_patterns, crawl::scope_rules{.include = {"/doc/html/"}, .exclude = {"\\.(png|jpe?g|gif|zip)$"}}, link);

/// As the crawler does it with each link of a page.
void one_link(benchmark::State& state) {
    const std::vector seeds{url_of(document)};
    crawl::scope scope(crawl::scope_rules{}, seeds);
    constexpr std::array<std::string_view, 4> links{
        "../a/b.html#x", "buffers.html", "/doc/html/index.html", "../../c/d.html"};
    crawl::url into;
    std::size_t i = 0;
    for (auto _ : state) {
        if (crawl::resolve(seeds.front(), links[i++ % links.size()], into) == crawl::url_fault::none &&
            scope.judge(into, 3) == crawl::verdict::inside)
            benchmark::DoNotOptimize(crawl::fingerprint_of(into.canonical()));
    }
}
BENCHMARK(one_link);

void take_a_query(benchmark::State& state) {
    crawl::budget budget({.pages_per_host = 1'000'000'000});
    const crawl::url u = url_of("http://www.example.com/list?page=2");
    for (auto _ : state)
        benchmark::DoNotOptimize(budget.take(u));
}
BENCHMARK(take_a_query);

} // namespace

BENCHMARK_MAIN();
