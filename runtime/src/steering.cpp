// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/error.hpp>
#include <plait/runtime/steering.hpp>
#include <plait/runtime/wait.hpp>

#include <algorithm>
#include <string>

namespace plait {

namespace {

void require(bool holds, const char* what) {
    if (!holds) throw error(errc::invalid_argument, std::string("steering_options::") + what);
}

void require_numbers(std::size_t min_workers, std::size_t max_workers) {
    require(max_workers >= 1, "max_workers is 0");
    require(min_workers <= max_workers, "min_workers is above max_workers");
}

} // namespace

steering::steering(const steering_options& options) : options_(options) {
    require_numbers(options.min_workers, options.max_workers);
    require(options.low_depth <= options.high_depth, "low_depth is above high_depth");
    require(options.low_age >= duration::zero(), "low_age is negative");
    require(options.low_age <= options.high_age, "low_age is above high_age");
    require(options.grow_after >= duration::zero(), "grow_after is negative");
    require(options.shrink_after >= duration::zero(), "shrink_after is negative");
}

void steering::resize(std::size_t min_workers, std::size_t max_workers) {
    require_numbers(min_workers, max_workers);
    options_.min_workers = min_workers;
    options_.max_workers = max_workers;
}

std::size_t steering::decide(time_point now, const queue_reading& seen, std::size_t workers) noexcept {
    const bool above = seen.depth > options_.high_depth || seen.age > options_.high_age;
    const bool below = seen.depth <= options_.low_depth && seen.age <= options_.low_age && seen.idle != std::size_t{0};
    if (!above) above_since_.reset();
    if (!below) below_since_.reset();
    if (above && !above_since_) above_since_ = now;
    if (below && !below_since_) below_since_ = now;

    const std::size_t allowed = std::clamp(workers, options_.min_workers, options_.max_workers);
    if (allowed != workers) return allowed;
    if (above && workers < options_.max_workers && now - *above_since_ >= options_.grow_after) {
        above_since_ = now; // the next one, if this one does not help
        return workers + 1;
    }
    if (below && workers > options_.min_workers && now - *below_since_ >= options_.shrink_after) {
        below_since_ = now;
        return workers - 1;
    }
    return workers;
}

void steer(steering decides, const steered& workers, event& done, duration interval) {
    if (interval <= duration::zero()) throw error(errc::invalid_argument, "steer(): the interval is not positive");
    if (!workers.read || !workers.count || !workers.start_one || !workers.end_one)
        throw error(errc::invalid_argument, "steer(): a function of `steered` is missing");
    while (!done.is_set()) {
        std::size_t there = workers.count();
        const std::size_t wanted = decides.decide(detail::party::current().now(), workers.read(), there);
        for (; there < wanted; ++there)
            workers.start_one();
        for (; there > wanted; --there)
            workers.end_one();
        if (done.wait_for(interval)) return;
    }
}

} // namespace plait
