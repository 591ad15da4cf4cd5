// Copyright 2026 the plait authors. Boost Software License 1.0
//
// What plait-crawl pays for manners: choosing a host, deciding by robots.txt, looking at an address.
#include <crawl/manners/address_class.hpp>
#include <crawl/manners/host_schedule.hpp>
#include <crawl/manners/robots_rules.hpp>
#include <random>
#include <string>

#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <netinet/in.h>

namespace {

using namespace plait::crawl;
using namespace std::chrono_literals;

constexpr plait::time_point start{std::chrono::hours(1)};

/// A pick and the end of its fetch, with `state.range(0)` hosts that all have URLs, and a delay after which each may be asked
/// again: the line is in motion. A random host answers with Retry-After now and then.
void schedule_pick_and_finish(benchmark::State& state) {
    const auto hosts = static_cast<std::uint32_t>(state.range(0));
    host_schedule s({.delay = 1ms});
    for (std::uint32_t i = 0; i < hosts; ++i)
        s.add(s.add_host(), 1'000'000'000, start);
    plait::time_point now = start;
    std::uint32_t n = 0;
    for (auto _ : state) {
        now = std::max(now, s.next_time().value_or(now));
        const auto pick = s.next(now);
        fetch_end end;
        if (++n % 64 == 0) end.retry_after = std::chrono::milliseconds(n % 1000);
        benchmark::DoNotOptimize(s.finished(*pick, end, now + 1us));
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(schedule_pick_and_finish)->Arg(1)->Arg(1000)->Arg(100'000)->Arg(1'000'000);

/// A URL that was found, for a random host.
void schedule_add(benchmark::State& state) {
    const auto hosts = static_cast<std::uint32_t>(state.range(0));
    host_schedule s;
    for (std::uint32_t i = 0; i < hosts; ++i)
        static_cast<void>(s.add_host());
    std::minstd_rand roll(1);
    plait::time_point now = start;
    for (auto _ : state)
        s.add(static_cast<host_id>(roll() % hosts), 1, now += 1ns);
}
BENCHMARK(schedule_add)->Arg(1000)->Arg(100'000);

std::string rules_of(long n) {
    std::string file = "user-agent: *\n";
    for (long i = 0; i < n; ++i)
        file += (i % 4 == 0 ? "disallow: /*/private-" : "disallow: /section-") + std::to_string(i) + "/\n";
    return file;
}

/// A path of usual length that no rule of `state.range(0)` matches.
void robots_decide(benchmark::State& state) {
    const auto rules = robots_rules::parse(rules_of(state.range(0)), "plait-crawl");
    for (auto _ : state)
        benchmark::DoNotOptimize(rules.decide("/shop/catalogue/some-page-of-usual-length.html?colour=red"));
}
BENCHMARK(robots_decide)->Arg(10)->Arg(100)->Arg(10'000);

/// The costliest decision there is: a file of stars, and a path of 8 KB.
void robots_decide_hostile(benchmark::State& state) {
    std::string file = "user-agent: *\n", path(8000, 'a');
    path.front() = '/';
    for (unsigned i = 0; file.size() < robots_rules::longest_file; ++i)
        file += "disallow: *a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a" + std::to_string(i) + "\n";
    const auto rules = robots_rules::parse(file, "plait-crawl");
    for (auto _ : state)
        benchmark::DoNotOptimize(rules.decide(path));
}
BENCHMARK(robots_decide_hostile);

/// A file of as many bytes as are read.
void robots_parse(benchmark::State& state) {
    const std::string file = rules_of(20'000).substr(0, robots_rules::longest_file);
    for (auto _ : state)
        benchmark::DoNotOptimize(robots_rules::parse(file, "plait-crawl"));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(file.size()));
}
BENCHMARK(robots_parse);

void address_classify(benchmark::State& state) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    inet_pton(AF_INET6, "2606:4700:4700::1111", &v6.sin6_addr);
    const plait::socket_address address(reinterpret_cast<const sockaddr*>(&v6), sizeof v6);
    for (auto _ : state)
        benchmark::DoNotOptimize(classify(address));
}
BENCHMARK(address_classify);

} // namespace

BENCHMARK_MAIN();
