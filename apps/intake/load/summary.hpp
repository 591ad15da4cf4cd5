// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What a load comes to, in numbers and for people.

#include "client.hpp"
#include "histogram.hpp"

#include <cstddef>
#include <iosfwd>
#include <string>

namespace plait::load {

/// Of the requests that were answered, other than with 503: from when each was due until its answer was complete.
[[nodiscard]] histogram latencies(const ledger& requests);

/// How many processes have answered.
[[nodiscard]] std::size_t workers_seen(const ledger& requests);

/// In milliseconds: "0.512", "41.3", "1230".
[[nodiscard]] std::string in_milliseconds(duration d);

/// Whether what should never happen has not: each request has one outcome, which is its own.
[[nodiscard]] bool is_consistent(const report& r) noexcept;

/// A few lines.
void print_summary(const report& r, std::ostream& to);

/// A line of CSV for each request: id, outcome, status, worker, due_ns, ended_ns; the times are CLOCK_MONOTONIC's, 0 for an
/// end that never came.
void write_outcomes(const ledger& requests, std::ostream& to);

} // namespace plait::load
