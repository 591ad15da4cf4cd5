// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//        the owner                                    host_schedule
//   URLs of each host,    ──add(host, n)──▶  how many wait, how many are out, when it may be asked
//   in memory or on disk  ◀──next(now)─────  "host 7 may be asked"; the owner takes 7's next URL, and fetches it
//                         ──finished(…)───▶  back-off, Retry-After, budgets; perhaps "put it back for another try"
//
// Which host may be asked next, and when. It holds counts and times, and no URL: its size goes by the number of hosts, and a
// frontier of any size can stay on disk.
//
//   - So many fetches of a host at a time, its starts a delay apart: the program's or the host's own, whichever is larger.
//   - So many starts a second in all. What was missed in the last tenth of a second is made up for.
//   - A host that fails, or answers 429 or 503, is left alone: 1, 2, 4, … seconds, half of that by chance so that hosts do not
//     move in step, and for as long as it asks. Fetches that were under way when it first failed count as one failure.
//   - A host that fails so many times in a row is set aside with all that waits for it, until it is revived.
//   - A host gives so many pages, and costs so many retries (see retry_budget.hpp).
//   - A host whose robots.txt is due is held: the pick goes to robots.txt, hold(), and release() when it is known. What it
//     forbids is withdrawn.
//   - Hosts that may be asked take turns: the one that could be asked first is first, and goes behind the others then. Each
//     is asked before any other is asked twice.
//
// Reads no clock and starts nothing: all times come from the caller, and must not run backwards. The chance comes from a
// seed. All operations but add_host() take O(log of the number of hosts); a host takes 84 bytes (and up to twice that while
// the vectors behind it grow).
//
// Thread safety: none.

#include "host_heap.hpp"
#include "retry_budget.hpp"
#include "retry_policy.hpp"

#include <plait/runtime/clock.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace plait::crawl {

struct schedule_options {
    /// How many fetches of one host may be under way: 1 to 65,535.
    unsigned per_host = 2;
    /// Between two starts of one host.
    duration delay = {};
    /// Starts a second, of all hosts. 0: no limit.
    double rate = 0;
    /// How many pages one host may give. 0: no limit.
    std::uint32_t pages_per_host = 0;
    /// A host is set aside after so many failures in a row, up to 65,535. 0: never.
    unsigned most_failures = 5;
    duration first_back_off = std::chrono::seconds(1), longest_back_off = std::chrono::minutes(5);
    /// What hosts ask for is cut to this.
    duration longest_retry_after = std::chrono::hours(1);
    std::uint64_t seed = 1;
};

/// A host that may be asked, now. Every pick ends with finished() or withdraw().
struct host_pick {
    host_id host = 0;
    time_point started{};

    // What withdraw() restores, if no other pick has come in between: of the host, and of all.
    time_point started_before{}, next_of_all_before{};
    std::uint32_t number = 0;
    std::uint64_t number_of_all = 0;
};

struct fetch_end {
    host_effect effect = host_effect::healthy;
    /// Whether the URL should be tried again: retry_policy::wants_again.
    bool again = false;
    std::optional<duration> retry_after = {};
    /// The host was asked for its robots.txt instead: the URL still waits, and the host gave no page.
    bool robots_txt = false;
};

struct schedule_answer {
    /// The URL was counted as waiting again, and the owner puts it back. Else it is done, or has failed.
    bool again = false;
    /// The host has just been set aside.
    bool set_aside = false;
};

struct host_state {
    std::uint32_t waiting = 0, active = 0;
    std::optional<std::uint32_t> pages_left; ///< none: no limit
    unsigned failures = 0;                   ///< in a row
    unsigned retries_left = 0;
    bool is_set_aside = false;
    time_point not_before{}; ///< because of delay, back-off and Retry-After
};

class host_schedule {
public:
    /// Throws errc::invalid_argument for a number out of range, a negative duration or a rate that is no number.
    explicit host_schedule(schedule_options options = {});

    /// Another host, by the next number: 0, 1, 2, … Amortised O(1).
    [[nodiscard]] host_id add_host();
    /// `n` more URLs of it wait.
    void add(host_id host, std::uint32_t n, time_point now);
    /// The URLs of it that wait are gone; how many they were.
    std::uint32_t drop(host_id host);
    /// What its robots.txt says. Delays of the program that are larger hold.
    void set_crawl_delay(host_id host, duration delay, time_point now);
    /// Does not ask it from now on, until release(): its robots.txt is being fetched.
    void hold(host_id host);
    void release(host_id host, time_point now);
    /// Does not ask it before `until`: its robots.txt cannot be had.
    void postpone(host_id host, time_point until, time_point now);
    /// Gives a host that was set aside another chance, with one failure less than it takes to be set aside.
    void revive(host_id host, time_point now);

    /// A host that may be asked now, if there is one.
    [[nodiscard]] std::optional<host_pick> next(time_point now);
    /// When next() will give one, unless something is added or finished before; none: not before that.
    [[nodiscard]] std::optional<time_point> next_time() const noexcept;
    /// The fetch is over.
    schedule_answer finished(const host_pick& pick, const fetch_end& end, time_point now);
    /// Nothing was asked: robots.txt forbids it, or there was no such URL any more. Costs no page; nor the host's delay, nor a
    /// place in the rate, if it comes before the next pick.
    void withdraw(const host_pick& pick, time_point now);

    [[nodiscard]] host_state state(host_id host) const;
    [[nodiscard]] std::size_t hosts() const noexcept { return hosts_.size(); }
    /// URLs that wait, those of hosts that are set aside or have no budget too; fetches that are under way.
    [[nodiscard]] std::uint64_t waiting() const noexcept { return waiting_; }
    [[nodiscard]] std::uint64_t active() const noexcept { return active_; }

private:
    static constexpr time_point never = time_point::min();

    struct host {
        time_point last_start = never;
        time_point left_alone = never; ///< until then
        time_point failed_at = never;
        duration delay{}; ///< between starts
        std::uint32_t waiting = 0;
        std::uint32_t pages_left = 0;
        std::uint32_t picks = 0;
        std::uint16_t active = 0;
        std::uint16_t failures = 0;
        bool is_set_aside = false, is_held = false;
        retry_budget retries{};

        [[nodiscard]] time_point not_before() const noexcept {
            return last_start == never ? left_alone : std::max(saturating_add(last_start, delay), left_alone);
        }
    };
    static_assert(sizeof(host) == 56);

    void settle(host_id id, time_point now);
    void fail(host& h, const host_pick& pick, time_point now);
    [[nodiscard]] duration back_off(unsigned failures);
    [[nodiscard]] std::uint64_t roll() noexcept;
    [[nodiscard]] bool has_budget(const host& h) const noexcept {
        return options_.pages_per_host == 0 || h.pages_left > 0;
    }

    schedule_options options_;
    duration between_all_{}; ///< from the rate
    time_point next_of_all_ = never;
    std::vector<host> hosts_;
    host_heap line_; ///< those that may be asked, now or when their time has come
    std::uint64_t waiting_ = 0, active_ = 0, picks_ = 0;
    std::uint64_t chance_;
};

} // namespace plait::crawl
