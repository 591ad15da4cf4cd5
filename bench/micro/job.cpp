// Copyright 2026 the plait authors. Boost Software License 1.0
//
// What plait-crawl pays for knowing what it has seen: a page has about a hundred links, of which most are known. Every figure
// includes the commits, one for 4,096 pages, and SQLite's checkpoints. The directory is in TMPDIR, or /tmp.
#include <algorithm>
#include <crawl/job/job.hpp>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <stdlib.h>
#include <unistd.h>

namespace {

using namespace plait::crawl;

constexpr std::uint32_t hosts = 1000;
constexpr std::size_t links_a_page = 100, new_a_page = 5;

class scratch_job {
public:
    explicit scratch_job(const job_options& options = {}) {
        std::string pattern = std::filesystem::temp_directory_path() / "plait-job-XXXXXX";
        path_ = ::mkdtemp(pattern.data());
        job_.emplace(path_, job_opening::create, job_settings{}, options);
    }
    ~scratch_job() {
        job_.reset();
        std::filesystem::remove_all(path_);
    }
    scratch_job(const scratch_job&) = delete;
    scratch_job& operator=(const scratch_job&) = delete;

    job* operator->() { return &*job_; }
    job& operator*() { return *job_; }
    void close() { job_.reset(); }
    [[nodiscard]] double bytes_on_disk() const {
        double all = 0;
        for (const auto& file : std::filesystem::directory_iterator(path_))
            all += static_cast<double>(file.file_size());
        return all;
    }

private:
    std::string path_;
    std::optional<job> job_;
};

/// URLs of usual length, 70 bytes, of a thousand hosts, and how the links of a page choose among them: some are new, most of
/// the others are of the menus, and the rest any that was seen.
class web {
public:
    std::vector<found_link> page(std::size_t known, std::size_t fresh) {
        texts_.clear();
        texts_.reserve(known + fresh);
        std::vector<found_link> links;
        for (std::size_t i = 0; i < fresh; ++i)
            links.push_back(link_to(found_++));
        for (std::size_t i = 0; i < known; ++i)
            links.push_back(
                link_to(roll_() % 10 < 8 ? roll_() % std::min<std::uint64_t>(found_, 20'000) : roll_() % found_));
        return links;
    }

private:
    found_link link_to(std::uint64_t n) {
        if (names_.empty())
            for (std::uint32_t i = 0; i < hosts; ++i)
                names_.push_back("www.host-number-" + std::to_string(i) + ".example");
        const std::string& host = names_[n % hosts];
        const std::string& url = texts_.emplace_back(
            "https://" + host + "/shop/catalogue/page-" + std::to_string(1'000'000'000 + n) + ".html");
        return {fingerprint_of(url), url, host};
    }

    std::mt19937_64 roll_{1};
    std::uint64_t found_ = 0;
    std::vector<std::string> names_, texts_;
};

void fill(job& j, web& w, std::uint64_t urls) {
    std::vector<host_gain> gains;
    while (j.counts().found < urls) {
        j.add_seeds(w.page(0, 1000), gains);
        if (j.counts().found % 100'000 == 0) j.commit();
    }
    j.commit();
}

double resident_bytes() {
    std::ifstream in("/proc/self/statm");
    double size = 0, resident = 0;
    in >> size >> resident;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

/// Pages that end, each with 100 links of which 5 are new, in a job of `state.range(0)` URLs. Making up the links is not
/// counted.
void job_pages(benchmark::State& state) {
    scratch_job j;
    web w;
    fill(*j, w, static_cast<std::uint64_t>(state.range(0)));
    std::vector<host_gain> gains;
    host_id host = 0;
    std::size_t pages = 0;
    for (auto _ : state) {
        state.PauseTiming();
        const auto links = w.page(links_a_page - new_a_page, new_a_page);
        state.ResumeTiming();
        const auto page = j->take(host = (host + 1) % hosts);
        j->finish(*page, {.bytes = 10'000, .links = links}, gains);
        if (++pages % 4096 == 0) j->commit();
    }
    j->commit();
    state.counters["links/s"] =
        benchmark::Counter(static_cast<double>(pages * links_a_page), benchmark::Counter::kIsRate);
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(job_pages)->Arg(100'000)->Arg(1'000'000)->Iterations(50'000)->Unit(benchmark::kMicrosecond);

/// A page's end without links, and the taking of another: what is committed of a page at least.
void job_take_and_finish(benchmark::State& state) {
    scratch_job j;
    web w;
    fill(*j, w, static_cast<std::uint64_t>(state.max_iterations) + hosts);
    std::vector<host_gain> gains;
    host_id host = 0;
    std::size_t pages = 0;
    for (auto _ : state) {
        const auto page = j->take(host = (host + 1) % hosts);
        j->finish(*page, {}, gains);
        if (++pages % 4096 == 0) j->commit();
    }
    j->commit();
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(job_take_and_finish)->Iterations(200'000)->Unit(benchmark::kMicrosecond);

/// Links that all were seen before, of a thousand pages in turn: most are in the cache of those seen last.
void job_known_links(benchmark::State& state) {
    scratch_job j;
    std::vector<web> pages(1000);
    fill(*j, pages.front(), 100'000);
    std::vector<std::vector<found_link>> links{pages.front().page(100, 0)};
    for (std::size_t i = 1; i < pages.size(); ++i)
        links.push_back((pages[i] = pages[i - 1]).page(100, 0));
    std::vector<host_gain> gains;
    std::size_t i = 0;
    for (auto _ : state)
        j->add_seeds(links[i = (i + 1) % links.size()], gains);
    state.SetItemsProcessed(state.iterations() * 100);
}
BENCHMARK(job_known_links);

/// New links by the thousand, up to `state.range(0)` URLs: what they take on disk, and by how much the process has grown.
/// Each size is for a process of its own (--benchmark_filter), as memory that was used once stays with the process.
void job_size(benchmark::State& state) {
    for (auto _ : state) {
        scratch_job j;
        web w;
        const double before = resident_bytes();
        const auto urls = static_cast<std::uint64_t>(state.range(0));
        fill(*j, w, urls);
        state.PauseTiming();
        state.counters["rss_mb"] = (resident_bytes() - before) / 1e6;
        j.close();
        state.counters["disk_bytes/url"] = j.bytes_on_disk() / static_cast<double>(urls);
        state.ResumeTiming();
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(job_size)->Arg(100'000)->Arg(1'000'000)->Arg(3'000'000)->Iterations(1)->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
