// Copyright 2026 the plait authors. Boost Software License 1.0
#include "robots_record.hpp"

#include <algorithm>
#include <utility>

namespace plait::crawl {

robots_answer robots_answer_of(unsigned status, unsigned redirects) noexcept {
    if (status >= 200 && status < 300) return robots_answer::rules;
    const bool moved = status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    if (moved && redirects < robots_record::most_redirects) return robots_answer::redirect;
    if (status == 429) return robots_answer::unreachable;
    if (status >= 300 && status < 500) return robots_answer::unavailable;
    return robots_answer::unreachable;
}

void robots_record::known(state s, robots_rules rules, time_point now) {
    state_ = s;
    rules_ = std::move(rules);
    failures_ = 0;
    fetch_at_ = saturating_add(now, kept);
}

void robots_record::received(robots_rules rules, time_point now) { known(state::rules, std::move(rules), now); }
void robots_record::unavailable(time_point now) { known(state::none, {}, now); }

void robots_record::unreachable(time_point now, std::optional<duration> retry_after) {
    const duration grown = first_wait * (1 << std::min(failures_++, 6U));
    fetch_at_ = saturating_add(now, std::min(std::max(grown, retry_after.value_or(grown)), longest_wait));
}

robots_decision robots_record::decide(std::string_view path_and_query) const {
    using cause = robots_decision::cause;
    if (state_ == state::none) return {.why = cause::unavailable};
    robots_decision d = rules_.decide(path_and_query); // knows what is always allowed
    if (state_ == state::unknown && d.why != cause::robots_txt) return {.allowed = false, .why = cause::unreachable};
    return d;
}

std::optional<duration> robots_record::crawl_delay() const noexcept { return rules_.crawl_delay(); }

} // namespace plait::crawl
