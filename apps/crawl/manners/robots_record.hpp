// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   fetch ──▶ 2xx: its rules ──────────────────▶ for 24 hours
//        ├──▶ 3xx: follow, up to five times; then as 4xx
//        ├──▶ 4xx: all is allowed ─────────────▶ for 24 hours
//        └──▶ 5xx, 429, no answer: nothing is allowed, or what was before; again in 1, 2, 4, … 60 minutes
//
// What is known of one host's robots.txt, and when it is to be fetched again (RFC 9309 §2.3.1 and §2.4). Does no fetching,
// and reads no clock.
//
// Thread safety: that of any object.

#include "robots_rules.hpp"

#include <plait/runtime/clock.hpp>

#include <optional>
#include <string_view>

namespace plait::crawl {

enum class robots_answer : unsigned char {
    rules,       ///< its body is the robots.txt
    redirect,    ///< follow it, to other hosts too; the rules are those of the host that was asked first
    unavailable, ///< there is none
    unreachable, ///< there may be one
};

/// What an answer to the request for robots.txt means, after `redirects` that were followed. 429 is "unreachable": it speaks
/// of the crawler's speed, and not of the file. So is every status that cannot be the end of an exchange.
[[nodiscard]] robots_answer robots_answer_of(unsigned status, unsigned redirects) noexcept;

class robots_record {
public:
    static constexpr unsigned most_redirects = 5;
    static constexpr duration kept = std::chrono::hours(24);
    static constexpr duration first_wait = std::chrono::minutes(1), longest_wait = std::chrono::hours(1);

    /// Whether robots.txt is to be fetched before anything else is asked for: it never was, or is too old. While it is
    /// unreachable this is false until the next attempt, and decide() says no, or goes by the rules that were there before.
    [[nodiscard]] bool is_due(time_point now) const noexcept { return now >= fetch_at_; }
    /// When that will be. The past, if it never was fetched.
    [[nodiscard]] time_point due_at() const noexcept { return fetch_at_; }

    void received(robots_rules rules, time_point now);
    void unavailable(time_point now);
    /// `retry_after` is what the host asked for, if it is more than the wait would be; up to longest_wait.
    void unreachable(time_point now, std::optional<duration> retry_after = {});

    /// What robots.txt says, as far as it is known; what was never fetched is unreachable.
    [[nodiscard]] robots_decision decide(std::string_view path_and_query) const;
    [[nodiscard]] std::optional<duration> crawl_delay() const noexcept;
    /// None unless there is a file.
    [[nodiscard]] const robots_rules* rules() const noexcept { return state_ == state::rules ? &rules_ : nullptr; }
    /// How often in a row it could not be reached: who waits for it may give up.
    [[nodiscard]] unsigned failures() const noexcept { return failures_; }

private:
    enum class state : unsigned char { unknown, rules, none };

    void known(state s, robots_rules rules, time_point now);

    robots_rules rules_;
    time_point fetch_at_ = time_point::min();
    unsigned failures_ = 0;
    state state_ = state::unknown;
};

} // namespace plait::crawl
