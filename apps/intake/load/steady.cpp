// Copyright 2026 the plait authors. Boost Software License 1.0
#include "steady.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace plait::load {
namespace {

constexpr std::size_t windows_looked_at = 10, may_be_unusual = 1;

/// How the requests that were due in some time fared.
struct fared {
    std::size_t due = 0;
    std::vector<duration> latencies; // of those that were answered

    [[nodiscard]] double answered_share() const {
        return due == 0 ? 1 : static_cast<double>(latencies.size()) / static_cast<double>(due);
    }
    [[nodiscard]] duration median() {
        if (latencies.empty()) return due == 0 ? duration::zero() : duration::max();
        const auto middle = latencies.begin() + static_cast<std::ptrdiff_t>(latencies.size() / 2);
        std::ranges::nth_element(latencies, middle);
        return *middle;
    }
};

fared together(std::span<const fared> windows) {
    fared all;
    for (const fared& w : windows) {
        all.due += w.due;
        all.latencies.insert(all.latencies.end(), w.latencies.begin(), w.latencies.end());
    }
    return all;
}

std::vector<fared> windows_of(const ledger& requests, time_point begin, time_point end) {
    std::vector<fared> windows(static_cast<std::size_t>((end - begin) / steady_window));
    for (const entry& e : requests.entries()) {
        const auto at = static_cast<std::size_t>((e.due - begin) / steady_window);
        if (at >= windows.size()) continue; // the last one is not whole
        ++windows[at].due;
        if (e.what == outcome::answered) windows[at].latencies.push_back(e.latency());
    }
    return windows;
}

} // namespace

std::optional<duration> time_to_steady(const ledger& requests, time_point begin, time_point end) {
    std::vector<fared> windows = windows_of(requests, begin, end);
    fared second_half = together(std::span(windows).subspan(windows.size() / 2));
    if (second_half.latencies.empty()) return std::nullopt;
    const duration usual = second_half.median();
    const duration most = std::max(2 * usual, usual + std::chrono::milliseconds(1));
    std::vector<bool> as_usual;
    as_usual.reserve(windows.size());
    for (fared& w : windows)
        as_usual.push_back(w.answered_share() >= 0.95 * second_half.answered_share() && w.median() <= most);
    for (std::size_t i = 0; i + windows_looked_at <= as_usual.size() && i < as_usual.size() / 2; ++i) {
        const auto from = as_usual.begin() + static_cast<std::ptrdiff_t>(i);
        const auto others = std::count(from, from + windows_looked_at, false);
        if (*from && others <= static_cast<std::ptrdiff_t>(may_be_unusual))
            return static_cast<duration::rep>(i) * steady_window;
    }
    return std::nullopt;
}

} // namespace plait::load
