// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What the front has seen since it started, as Prometheus reads it: text format 0.0.4,
// https://prometheus.io/docs/instrumenting/exposition_formats/.
//
// Thread safety: none; it belongs to the front's loop.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace plait::intake {

/// How often something took how long.
class time_histogram {
public:
    /// Upper bounds, in microseconds; what takes longer is counted too.
    static constexpr std::array<std::uint32_t, 14> bounds{
        100, 250, 500, 1'000, 2'500, 5'000, 10'000, 25'000, 50'000, 100'000, 500'000, 1'000'000, 5'000'000, 10'000'000};

    void record(std::chrono::nanoseconds time) noexcept {
        std::size_t at = 0;
        while (at < bounds.size() && time > std::chrono::microseconds(bounds[at]))
            ++at;
        ++counts_[at];
        sum_ += time;
    }
    /// Of each bound alone, and of what was longer than all.
    [[nodiscard]] const std::array<std::uint64_t, bounds.size() + 1>& counts() const noexcept { return counts_; }
    [[nodiscard]] std::chrono::nanoseconds sum() const noexcept { return sum_; }

private:
    std::array<std::uint64_t, bounds.size() + 1> counts_{};
    std::chrono::nanoseconds sum_{};
};

struct metrics {
    std::uint64_t connections = 0;         ///< accepted
    std::uint64_t connections_refused = 0; ///< of these, one too many, in all or of one address
    std::uint64_t requests = 0;
    std::array<std::uint64_t, 600> answers{}; ///< by their status

    // What became of the requests that were to be worked on.
    std::uint64_t answered = 0;    ///< by a worker
    std::uint64_t faulty = 0;      ///< of these, with what could not be passed on
    std::uint64_t unanswered = 0;  ///< of these, because the upstream gave no answer
    std::uint64_t crowded_out = 0; ///< too many waited
    std::uint64_t too_large = 0;   ///< there was no room for them under the settings that hold now
    std::uint64_t too_late = 0;    ///< no worker had them within the deadline
    std::uint64_t left = 0;        ///< the client did not wait
    std::uint64_t died = 0;        ///< their worker died, and they may not be started again
    std::uint64_t quarantined = 0;
    std::uint64_t hung = 0;   ///< their worker was killed after work-time
    std::uint64_t failed = 0; ///< the handler threw
    std::uint64_t no_workers = 0;

    time_histogram waiting; ///< for a worker
    time_histogram working;
};

/// What is now.
struct gauges {
    bool ready = false;
    std::size_t connections = 0;
    std::size_t requests = 0; ///< under way
    std::size_t quarantine = 0;
    std::size_t deferred = 0;
    std::uint64_t workers = 0, workers_started = 0, workers_died = 0, retried = 0;
    std::uint64_t held_bytes = 0; ///< of the queues
};

[[nodiscard]] std::string prometheus_text(const metrics& m, const gauges& now);
[[nodiscard]] std::string status_page(const metrics& m, const gauges& now);

} // namespace plait::intake
