// Copyright 2026 the plait authors. Boost Software License 1.0
#include "host_schedule.hpp"

#include <plait/runtime/error.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace plait::crawl {
namespace {

/// Of starts that were missed because nobody asked in time.
constexpr duration most_made_up = std::chrono::milliseconds(100);

duration between(double rate) {
    if (rate == 0) return {};
    const double nanoseconds = 1e9 / rate;
    if (!(nanoseconds > 0) || nanoseconds > 1e18)
        throw error(errc::invalid_argument, "host_schedule: a rate of " + std::to_string(rate) + " a second");
    return duration(std::llround(nanoseconds));
}

} // namespace

host_schedule::host_schedule(schedule_options options)
    : options_(options), between_all_(between(options.rate)), chance_(options.seed) {
    if (options.per_host == 0 || options.per_host > UINT16_MAX)
        throw error(
            errc::invalid_argument,
            "host_schedule: 1 to 65535 fetches per host, not " + std::to_string(options.per_host));
    if (options.most_failures > UINT16_MAX)
        throw error(
            errc::invalid_argument,
            "host_schedule: up to 65535 failures, not " + std::to_string(options.most_failures));
    for (const duration d :
         {options.delay, options.first_back_off, options.longest_back_off, options.longest_retry_after})
        if (d < duration(0)) throw error(errc::invalid_argument, "host_schedule: a negative duration");
}

host_id host_schedule::add_host() {
    const auto id = static_cast<host_id>(hosts_.size());
    hosts_.push_back({.delay = options_.delay, .pages_left = options_.pages_per_host});
    line_.grow(id);
    return id;
}

void host_schedule::add(host_id id, std::uint32_t n, time_point now) {
    hosts_[id].waiting += n;
    waiting_ += n;
    settle(id, now);
}

std::uint32_t host_schedule::drop(host_id id) {
    const std::uint32_t n = std::exchange(hosts_[id].waiting, 0);
    waiting_ -= n;
    line_.remove(id);
    return n;
}

void host_schedule::set_crawl_delay(host_id id, duration delay, time_point now) {
    hosts_[id].delay = std::max(options_.delay, delay);
    settle(id, now);
}

void host_schedule::postpone(host_id id, time_point until, time_point now) {
    hosts_[id].left_alone = std::max(hosts_[id].left_alone, until);
    settle(id, now);
}

void host_schedule::hold(host_id id) {
    hosts_[id].is_held = true;
    line_.remove(id);
}

void host_schedule::release(host_id id, time_point now) {
    hosts_[id].is_held = false;
    settle(id, now);
}

void host_schedule::revive(host_id id, time_point now) {
    host& h = hosts_[id];
    if (!std::exchange(h.is_set_aside, false)) return;
    h.failures = static_cast<std::uint16_t>(h.failures - 1);
    settle(id, now);
}

std::optional<host_pick> host_schedule::next(time_point now) {
    if (line_.empty() || line_.first_time() > now || next_of_all_ > now) return std::nullopt;
    const host_id id = line_.first();
    host& h = hosts_[id];
    const host_pick pick{id, now, std::exchange(h.last_start, now), next_of_all_, ++h.picks, ++picks_};
    if (between_all_ > duration(0)) next_of_all_ = std::max(next_of_all_, now - most_made_up) + between_all_;
    --h.waiting, --waiting_;
    ++h.active, ++active_;
    if (options_.pages_per_host != 0) --h.pages_left;
    line_.remove(id); // and behind the others, if there is more
    settle(id, now);
    return pick;
}

std::optional<time_point> host_schedule::next_time() const noexcept {
    if (line_.empty()) return std::nullopt;
    return std::max(line_.first_time(), next_of_all_);
}

schedule_answer host_schedule::finished(const host_pick& pick, const fetch_end& end, time_point now) {
    host& h = hosts_[pick.host];
    --h.active, --active_;
    const bool was_set_aside = h.is_set_aside;
    if (end.effect == host_effect::healthy) {
        h.failures = 0;
        h.is_set_aside = false;
        if (!end.again && !end.robots_txt) h.retries.succeeded();
    } else if (end.effect != host_effect::none) {
        fail(h, pick, now);
    }
    if (end.retry_after) {
        const duration asked = std::clamp(*end.retry_after, duration(0), options_.longest_retry_after);
        h.left_alone = std::max(h.left_alone, saturating_add(now, asked));
    }
    const bool again = !end.robots_txt && end.again && (end.effect == host_effect::none || h.retries.take());
    if (again || end.robots_txt) {
        ++h.waiting, ++waiting_;
        if (options_.pages_per_host != 0) ++h.pages_left;
    }
    settle(pick.host, now);
    return {again, h.is_set_aside && !was_set_aside};
}

void host_schedule::withdraw(const host_pick& pick, time_point now) {
    host& h = hosts_[pick.host];
    --h.active, --active_;
    if (h.picks == pick.number) { // else another has started since
        h.last_start = pick.started_before;
        --h.picks;
    }
    if (picks_ == pick.number_of_all) {
        next_of_all_ = pick.next_of_all_before;
        --picks_;
    }
    if (options_.pages_per_host != 0) ++h.pages_left;
    settle(pick.host, now);
}

// Fetches that began before the host was known to fail say nothing new.
void host_schedule::fail(host& h, const host_pick& pick, time_point now) {
    if (h.failures > 0 && pick.started <= h.failed_at) return;
    if (h.failures < UINT16_MAX) ++h.failures;
    h.failed_at = now;
    h.left_alone = std::max(h.left_alone, saturating_add(now, back_off(h.failures)));
    if (options_.most_failures > 0 && h.failures >= options_.most_failures) h.is_set_aside = true;
}

duration host_schedule::back_off(unsigned failures) {
    duration d = std::min(options_.first_back_off, options_.longest_back_off);
    for (; failures > 1 && d < options_.longest_back_off; --failures)
        d = d > options_.longest_back_off / 2 ? options_.longest_back_off : d * 2;
    const auto half = static_cast<std::uint64_t>(d.count() / 2);
    return d - duration(static_cast<duration::rep>(roll() % (half + 1)));
}

// SplitMix64 (Steele, Lea and Flood, 2014): one word, the same numbers everywhere.
std::uint64_t host_schedule::roll() noexcept {
    std::uint64_t z = chance_ += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
}

// Puts a host where it belongs. One that may be asked already keeps its place in the line.
void host_schedule::settle(host_id id, time_point now) {
    const host& h = hosts_[id];
    if (h.waiting == 0 || h.is_set_aside || h.is_held || !has_budget(h) || h.active >= options_.per_host)
        return line_.remove(id);
    const time_point may = std::max(h.not_before(), now);
    if (!line_.holds(id)) return line_.put(id, may);
    const time_point is = line_.time_of(id);
    if (is != may && (is > now || may > now)) line_.put(id, may);
}

host_state host_schedule::state(host_id id) const {
    const host& h = hosts_[id];
    return {
        .waiting = h.waiting,
        .active = h.active,
        .pages_left = options_.pages_per_host == 0 ? std::nullopt : std::optional(h.pages_left),
        .failures = h.failures,
        .retries_left = h.retries.left(),
        .is_set_aside = h.is_set_aside,
        .not_before = h.not_before(),
    };
}

} // namespace plait::crawl
