// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Random hosts, delays, answers and times: what must hold whatever happens, checked against a record of all that happened.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <crawl/manners/host_schedule.hpp>
#include <map>
#include <optional>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include <rapidcheck/boost_test.h>

namespace plait::test {
namespace {

using namespace crawl;
using namespace std::chrono_literals;

constexpr time_point start{std::chrono::hours(1)};

/// A schedule, and everything that it should know, kept as simply as can be.
class observed {
public:
    explicit observed(const schedule_options& options) : options_(options), schedule_(options) {}

    void add_host(std::uint32_t urls) {
        const host_id id = schedule_.add_host();
        RC_ASSERT(id == hosts_.size());
        hosts_.push_back({.waiting = urls, .delay = options_.delay});
        schedule_.add(id, urls, now);
        look();
    }
    void add(host_id id, std::uint32_t urls) {
        hosts_[id].waiting += urls;
        schedule_.add(id, urls, now);
        look();
    }
    void delay(host_id id, duration d) {
        hosts_[id].delay = std::max(options_.delay, d);
        schedule_.set_crawl_delay(id, d, now);
        look();
    }
    void hold_or_release(host_id id) {
        hosts_[id].held = !hosts_[id].held;
        hosts_[id].held ? schedule_.hold(id) : schedule_.release(id, now);
        look();
    }
    void pass(duration d) {
        now += d;
        look();
    }
    void pick() {
        const auto next = schedule_.next_time();
        const auto pick = schedule_.next(now);
        RC_ASSERT(pick.has_value() == (next.has_value() && *next <= now));
        if (!pick) return idle_is_right();
        RC_ASSERT(pick->started == now);
        taken(hosts_[pick->host], pick->host);
        under_way_.push_back(*pick);
        look();
    }
    void finish(std::size_t which, const fetch_end& end) {
        const host_pick pick = take_out(which);
        model& h = hosts_[pick.host];
        const host_state before = schedule_.state(pick.host);
        const schedule_answer answer = schedule_.finished(pick, end, now);
        const host_state after = schedule_.state(pick.host);
        const bool waits = answer.again || end.robots_txt;
        h.waiting += waits;
        h.pages -= waits;
        RC_ASSERT(!answer.again || (end.again && !end.robots_txt));
        RC_ASSERT(answer.set_aside == (after.is_set_aside && !before.is_set_aside));
        const bool is_bad = end.effect == host_effect::failing || end.effect == host_effect::slowed;
        RC_ASSERT(after.failures <= before.failures + is_bad);
        if (end.effect == host_effect::healthy) RC_ASSERT(after.failures == 0U);
        if (after.failures > before.failures) RC_ASSERT(after.not_before >= now + options_.first_back_off / 2);
        if (end.retry_after)
            RC_ASSERT(after.not_before >= now + std::min(*end.retry_after, options_.longest_retry_after));
        look();
    }
    void withdraw(std::size_t which) {
        const host_pick pick = take_out(which);
        --hosts_[pick.host].pages;
        hosts_[pick.host].starts.erase(
            std::find(hosts_[pick.host].starts.begin(), hosts_[pick.host].starts.end(), pick.started));
        starts_.erase(std::find(starts_.begin(), starts_.end(), pick.started));
        schedule_.withdraw(pick, now);
        look();
    }

    [[nodiscard]] std::size_t hosts() const { return hosts_.size(); }
    [[nodiscard]] std::size_t under_way() const { return under_way_.size(); }
    [[nodiscard]] host_schedule& schedule() { return schedule_; }

    time_point now = start;

private:
    struct model {
        std::uint32_t waiting = 0, active = 0, pages = 0;
        duration delay{};
        bool held = false;
        std::vector<time_point> starts{};
        std::optional<unsigned> could_be_asked{}; ///< since this step
        unsigned last_pick = 0;
    };

    void taken(model& h, host_id id) {
        RC_ASSERT(h.waiting > 0U);
        RC_ASSERT(h.active < options_.per_host);
        RC_ASSERT(options_.pages_per_host == 0 || h.pages < options_.pages_per_host);
        RC_ASSERT(!schedule_.state(id).is_set_aside);
        RC_ASSERT(!h.held);
        if (!h.starts.empty()) RC_ASSERT(now - h.starts.back() >= h.delay);
        nobody_was_passed_over(h, id);
        --h.waiting;
        ++h.active;
        ++h.pages;
        h.starts.push_back(now);
        starts_.push_back(now);
        h.could_be_asked.reset();
        h.last_pick = step_;
        rate_is_kept();
    }
    // Who could be asked since before this one was asked the last time should have been.
    void nobody_was_passed_over(const model& h, host_id id) const {
        for (host_id other = 0; other < hosts_.size(); ++other) {
            const auto since = hosts_[other].could_be_asked;
            if (other != id && since && h.last_pick > 0) RC_ASSERT(*since > h.last_pick);
        }
    }
    void rate_is_kept() const {
        if (options_.rate == 0) return;
        for (std::size_t i = 0; i < starts_.size(); ++i) {
            const auto n = static_cast<double>(starts_.size() - i);
            const std::chrono::duration<double> span = now - starts_[i] + 100ms;
            RC_ASSERT(n <= span.count() * options_.rate + 1.001);
        }
    }
    [[nodiscard]] bool could_be_asked(host_id id) const {
        const model& h = hosts_[id];
        const host_state s = schedule_.state(id);
        return h.waiting > 0 && !h.held && h.active < options_.per_host && s.not_before <= now && !s.is_set_aside &&
               (options_.pages_per_host == 0 || h.pages < options_.pages_per_host);
    }
    void idle_is_right() const {
        const auto next = schedule_.next_time();
        for (host_id id = 0; id < hosts_.size(); ++id)
            if (could_be_asked(id)) RC_ASSERT(options_.rate > 0 && next.has_value() && *next > now);
    }
    host_pick take_out(std::size_t which) {
        const host_pick pick = under_way_[which];
        under_way_.erase(under_way_.begin() + static_cast<std::ptrdiff_t>(which));
        --hosts_[pick.host].active;
        return pick;
    }
    void look() {
        ++step_;
        std::uint64_t waiting = 0;
        for (host_id id = 0; id < hosts_.size(); ++id) {
            model& h = hosts_[id];
            waiting += h.waiting;
            RC_ASSERT(schedule_.state(id).waiting == h.waiting);
            RC_ASSERT(schedule_.state(id).active == h.active);
            if (!could_be_asked(id))
                h.could_be_asked.reset();
            else if (!h.could_be_asked)
                h.could_be_asked = step_;
        }
        RC_ASSERT(schedule_.waiting() == waiting);
        RC_ASSERT(schedule_.active() == under_way_.size());
    }

    schedule_options options_;
    host_schedule schedule_;
    std::vector<model> hosts_;
    std::vector<host_pick> under_way_;
    std::vector<time_point> starts_;
    unsigned step_ = 0;
};

using dice = std::minstd_rand;

schedule_options any_options(dice& roll) {
    schedule_options o;
    o.per_host = static_cast<unsigned>(roll() % 3) + 1;
    if (roll() % 2 == 0) o.delay = 100ms * static_cast<int>(roll() % 10);
    if (roll() % 3 == 0) o.rate = 1 + static_cast<double>(roll() % 50);
    if (roll() % 3 == 0) o.pages_per_host = static_cast<std::uint32_t>(roll() % 8) + 1;
    o.most_failures = static_cast<unsigned>(roll() % 5);
    o.seed = roll();
    return o;
}
fetch_end any_end(dice& roll) {
    fetch_end e;
    e.effect = static_cast<host_effect>(roll() % 2 == 0 ? 1 : roll() % 4);
    e.again = roll() % 3 == 0;
    e.robots_txt = roll() % 8 == 0;
    if (roll() % 8 == 0) e.retry_after = 1s * static_cast<int>(roll() % 5000);
    return e;
}

void any_step(observed& o, dice& roll) {
    const auto host = static_cast<host_id>(roll() % o.hosts());
    switch (roll() % 11) {
    case 0: return o.add(host, static_cast<std::uint32_t>(roll() % 4));
    case 1: return o.delay(host, 100ms * static_cast<int>(roll() % 30));
    case 2: return o.hosts() < 12 ? o.add_host(static_cast<std::uint32_t>(roll() % 5)) : o.pick();
    case 3: return o.pass(1ms * static_cast<int>(roll() % 3000));
    case 4: return o.hold_or_release(host);
    case 5:
    case 6:
    case 7:
        if (o.under_way() == 0) return;
        return roll() % 5 == 0 ? o.withdraw(roll() % o.under_way()) : o.finish(roll() % o.under_way(), any_end(roll));
    default: return o.pick();
    }
}

/// Answers take a while; the clock goes from one event to the next. Returns the URLs that were fetched or given up.
std::uint64_t crawl_all(host_schedule& s, dice& roll, time_point now) {
    using end_of = std::pair<time_point, unsigned>;
    std::priority_queue<end_of, std::vector<end_of>, std::greater<>> ends;
    std::vector<host_pick> picks;
    std::uint64_t done = 0;
    for (;;) {
        while (const auto pick = s.next(now)) {
            ends.push({now + 1ms * static_cast<int>(roll() % 2000), static_cast<unsigned>(picks.size())});
            picks.push_back(*pick);
        }
        const auto next = s.next_time();
        if (ends.empty() && !next) return done;
        now = std::min(next.value_or(time_point::max()), ends.empty() ? time_point::max() : ends.top().first);
        while (!ends.empty() && ends.top().first <= now) {
            const fetch_end end = any_end(roll);
            done += !s.finished(picks[ends.top().second], end, now).again && !end.robots_txt;
            ends.pop();
        }
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(host_schedule_properties)

RC_BOOST_PROP(limits_delays_rates_budgets_and_turns_hold_whatever_happens, (std::uint32_t seed)) {
    dice roll(seed % 0x7ffffffeU + 1);
    observed o(any_options(roll));
    o.add_host(3);
    for (int step = 0; step < 300; ++step)
        any_step(o, roll);
}

RC_BOOST_PROP(a_crawl_ends_and_every_url_is_fetched_given_up_or_its_host_set_aside, (std::uint32_t seed)) {
    dice roll(seed % 0x7ffffffeU + 1);
    schedule_options options = any_options(roll);
    host_schedule s(options);
    std::uint64_t urls = 0;
    for (int i = 0; i < 30; ++i) {
        const auto n = static_cast<std::uint32_t>(roll() % 20);
        urls += n;
        s.add(s.add_host(), n, start);
    }
    const std::uint64_t done = crawl_all(s, roll, start);
    std::uint64_t left = 0;
    for (host_id id = 0; id < s.hosts(); ++id) {
        const host_state h = s.state(id);
        RC_ASSERT(h.active == 0U);
        if (h.waiting > 0) RC_ASSERT(h.is_set_aside || h.pages_left == 0U);
        left += h.waiting;
    }
    RC_ASSERT(done + left == urls);
    RC_ASSERT(s.waiting() == left);
}

RC_BOOST_PROP(the_same_seed_gives_the_same_crawl, (std::uint32_t seed)) {
    const auto order = [seed] {
        dice roll(seed % 0x7ffffffeU + 1);
        host_schedule s(any_options(roll));
        std::vector<std::pair<host_id, time_point>> picks;
        time_point now = start;
        for (int i = 0; i < 5; ++i)
            s.add(s.add_host(), 20, now);
        for (int i = 0; i < 100; ++i) {
            now = s.next_time().value_or(now);
            const auto pick = s.next(now);
            if (!pick) break;
            picks.emplace_back(pick->host, pick->started);
            s.finished(*pick, any_end(roll), now);
        }
        return picks;
    };
    RC_ASSERT(order() == order());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
