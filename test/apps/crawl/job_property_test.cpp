// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Random work on a job, closed and opened again in between with or without a commit, beside a model that keeps everything in
// a map. Fingerprints share their halves, and caches are as small as they can be, so that all that is rare is frequent.
#include "job_scene.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <rapidcheck/boost_test.h>

namespace plait::test {
namespace {

using namespace crawl;
using dice = std::minstd_rand;

constexpr int hosts = 7, pages = 150;

fingerprint print_of(int page) {
    constexpr std::array<std::uint64_t, 4> halves = {0, UINT64_MAX, 1, std::uint64_t{1} << 63U};
    return {halves[static_cast<std::size_t>(page) % 4], static_cast<std::uint64_t>(page)};
}

struct known {
    std::map<int, taken_url> urls{}; ///< by page
    std::map<int, url_state> states{};
    std::map<std::string, host_id> hosts{};
    std::uint64_t bytes = 0;
    std::string mark{}, robots{};

    [[nodiscard]] job_counts counts() const {
        job_counts c{.found = urls.size(), .bytes = bytes};
        for (const auto& [page, s] : states)
            ++(s == url_state::waiting  ? c.waiting
               : s == url_state::out    ? c.out
               : s == url_state::done   ? c.done
               : s == url_state::failed ? c.failed
                                        : c.set_aside);
        return c;
    }
    [[nodiscard]] std::optional<taken_url> next_of(host_id host) const {
        std::optional<taken_url> best;
        for (const auto& [page, u] : urls)
            if (u.host == host && states.at(page) == url_state::waiting)
                if (!best ||
                    std::tuple(u.depth, u.tries, u.number) < std::tuple(best->depth, best->tries, best->number))
                    best = u;
        return best;
    }
    std::uint32_t add(int page, url_number referrer, std::uint32_t depth) {
        if (urls.contains(page)) return 0;
        const host_id host =
            hosts.try_emplace(numbered_links::host_of(page, test::hosts), static_cast<host_id>(hosts.size()))
                .first->second;
        urls[page] = {
            .number = static_cast<url_number>(urls.size() + 1),
            .referrer = referrer,
            .host = host,
            .depth = depth,
            .url = numbered_links::url_of(page, test::hosts)};
        states[page] = url_state::waiting;
        return 1;
    }
};

bool same(const taken_url& a, const taken_url& b) {
    return std::tie(a.number, a.referrer, a.host, a.depth, a.tries, a.url) ==
           std::tie(b.number, b.referrer, b.host, b.depth, b.tries, b.url);
}

class observed {
public:
    explicit observed(dice& roll) : roll_(roll) { open(); }

    void step() {
        switch (roll_() % 16) {
        case 0: return seed();
        case 1: return commit();
        case 2: return roll_() % 4 == 0 ? reopen() : look_up();
        case 3: return end([this](const taken_url& u) { try_again(u); });
        case 4: return end([this](const taken_url& u) { put_back(u); });
        case 5: return keep();
        case 6:
        case 7:
        case 8:
        case 9: return end([this](const taken_url& u) { finish(u); });
        default: return take();
        }
    }
    void reopen() {
        if (roll_() % 2 == 0) commit();
        job_.reset();
        now_ = committed_;
        open();
        job_->verify();
        RC_ASSERT(job_->mark("out") == now_.mark);
        if (job_->hosts() > 0) RC_ASSERT(job_->robots(0).value_or(stored_robots{}).bytes == now_.robots);
        look();
    }

private:
    void open() {
        const job_options options{
            .recent_bytes = std::size_t{64} << roll_() % 5,
            .page_cache_bytes = 0,
            .read_ahead = roll_() % 4,
            .read_ahead_in_all = roll_() % 8};
        job_ = std::make_unique<job>(scratch_ / "job", job_opening::create_or_resume, job_settings{}, options);
    }
    numbered_links some_links(url_number referrer, std::uint32_t depth) {
        numbered_links links(hosts);
        expected_gain_ = 0;
        for (auto n = roll_() % 12; n > 0; --n) {
            const int page = static_cast<int>(roll_() % pages);
            links.add(page, print_of(page));
            expected_gain_ += now_.add(page, referrer, depth);
        }
        return links;
    }
    void gained(const std::vector<host_gain>& gains) {
        std::set<host_id> which;
        std::uint32_t all = 0;
        for (const host_gain& g : gains) {
            all += g.urls;
            RC_ASSERT(which.insert(g.host).second);
        }
        RC_ASSERT(all == expected_gain_);
        look();
    }
    void seed() {
        std::vector<host_gain> gains;
        job_->add_seeds(some_links(0, 0), gains);
        gained(gains);
    }
    void take() {
        if (job_->hosts() == 0) return;
        const auto host = static_cast<host_id>(roll_() % job_->hosts());
        const auto expected = now_.next_of(host);
        const auto got = job_->take(host);
        RC_ASSERT(got.has_value() == expected.has_value());
        if (!got) return;
        RC_ASSERT(same(*got, *expected));
        now_.states[numbered_links::page_of(got->url)] = url_state::out;
        look();
    }
    template <class How>
    void end(How how) {
        std::vector<int> out;
        for (const auto& [page, s] : now_.states)
            if (s == url_state::out) out.push_back(page);
        if (out.empty()) return;
        how(now_.urls[out[roll_() % out.size()]]);
        look();
    }
    void finish(const taken_url& url) {
        const taken_url page = url;
        const auto s = static_cast<url_state>(1 + roll_() % 3);
        const auto bytes = roll_() % 1000;
        now_.states[numbered_links::page_of(page.url)] = s;
        now_.bytes += bytes;
        std::vector<host_gain> gains;
        job_->finish(
            page, {.state = s, .bytes = bytes, .cause = "x", .links = some_links(page.number, page.depth + 1)}, gains);
        gained(gains);
    }
    void try_again(const taken_url& url) {
        job_->try_again(url);
        ++now_.urls[numbered_links::page_of(url.url)].tries;
        now_.states[numbered_links::page_of(url.url)] = url_state::waiting;
    }
    void put_back(const taken_url& url) {
        job_->put_back(url);
        now_.states[numbered_links::page_of(url.url)] = url_state::waiting;
    }
    void keep() {
        job_->set_mark("out", now_.mark = std::to_string(roll_()));
        if (job_->hosts() > 0) job_->set_robots(0, now_.robots = std::to_string(roll_()), {});
    }
    void commit() {
        job_->commit();
        committed_ = now_;
        for (auto& [page, s] : committed_.states)
            if (s == url_state::out) s = url_state::waiting;
    }
    void look_up() {
        const int page = static_cast<int>(roll_() % pages);
        const auto s = job_->state_of(print_of(page));
        RC_ASSERT(s.has_value() == now_.states.contains(page));
        if (s) RC_ASSERT(*s == now_.states.at(page));
    }
    void look() {
        RC_ASSERT(job_->counts() == now_.counts());
        RC_ASSERT(job_->hosts() == now_.hosts.size());
        std::uint64_t waiting = 0, done = 0;
        for (host_id id = 0; id < job_->hosts(); ++id) {
            const job_host h = job_->host(id);
            RC_ASSERT(now_.hosts.at(std::string(h.name)) == id);
            waiting += h.waiting;
            done += h.done;
        }
        RC_ASSERT(waiting == job_->counts().waiting);
        RC_ASSERT(done == job_->counts().done);
    }

    dice& roll_;
    scratch_directory scratch_;
    std::unique_ptr<job> job_;
    known now_, committed_;
    std::uint32_t expected_gain_ = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(job_properties)

RC_BOOST_PROP(a_job_is_as_a_model_in_memory_whatever_is_committed_and_whenever_it_is_resumed, (std::uint32_t seed)) {
    dice roll(seed % 0x7ffffffeU + 1);
    observed o(roll);
    for (int n = 0; n < 250; ++n)
        o.step();
    o.reopen();
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
