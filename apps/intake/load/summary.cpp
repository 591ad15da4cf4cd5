// Copyright 2026 the plait authors. Boost Software License 1.0
#include "summary.hpp"

#include <array>
#include <iomanip>
#include <map>
#include <ostream>
#include <set>
#include <sstream>

namespace plait::load {

histogram latencies(const ledger& requests) {
    histogram all;
    for (const entry& e : requests.entries())
        if (e.what == outcome::answered) all.add(e.latency());
    return all;
}

std::size_t workers_seen(const ledger& requests) {
    std::set<std::int32_t> seen;
    for (const entry& e : requests.entries())
        if (e.worker != 0) seen.insert(e.worker);
    return seen.size();
}

std::string in_milliseconds(duration d) {
    const double ms = std::chrono::duration<double, std::milli>(d).count();
    std::ostringstream out;
    out << std::fixed << std::setprecision(ms < 10 ? 2 : ms < 100 ? 1 : 0) << ms;
    return out.str();
}

bool is_consistent(const report& r) noexcept {
    return r.requests.contradictions() + r.stray + r.misdirected + r.garbled == 0;
}

void print_summary(const report& r, std::ostream& to) {
    const auto& all = r.requests.entries();
    const double seconds = std::chrono::duration<double>(r.end - r.begin).count();
    to << "offered " << all.size() << " requests in " << std::fixed << std::setprecision(1) << seconds << " s, "
       << std::setprecision(0) << static_cast<double>(all.size()) / seconds << "/s\n";
    for (outcome o : {outcome::answered, outcome::shed, outcome::lost, outcome::unanswered, outcome::not_sent})
        to << std::left << std::setw(12) << to_string(o) << std::right << std::setw(9) << r.requests.count(o) << '\n';

    std::map<std::uint16_t, std::size_t> by_status;
    for (const entry& e : all)
        if (e.status != 0) ++by_status[e.status];
    to << "statuses   ";
    for (const auto& [status, count] : by_status)
        to << ' ' << status << ": " << count;
    const histogram times = latencies(r.requests);
    to << "\nlatency in ms, from when a request was due: p50 " << in_milliseconds(times.percentile(50)) << ", p99 "
       << in_milliseconds(times.percentile(99)) << ", p99.9 " << in_milliseconds(times.percentile(99.9)) << ", max "
       << in_milliseconds(times.max()) << '\n'
       << workers_seen(r.requests) << " workers answered\n"
       << "this client was late by: p50 " << in_milliseconds(r.client_late.percentile(50)) << ", p99 "
       << in_milliseconds(r.client_late.percentile(99)) << '\n';
    if (!is_consistent(r))
        to << "THIS SHOULD NOT BE: " << r.requests.contradictions() + r.stray << " answers to nothing, "
           << r.misdirected << " to another request, " << r.garbled << " that are none " << r.first_error << '\n';
}

void write_outcomes(const ledger& requests, std::ostream& to) {
    to << "id,outcome,status,worker,due_ns,ended_ns\n";
    ledger::id which = 0;
    for (const entry& e : requests.entries())
        to << which++ << ',' << to_string(e.what) << ',' << e.status << ',' << e.worker << ','
           << e.due.time_since_epoch().count() << ',' << e.ended.time_since_epoch().count() << '\n';
}

} // namespace plait::load
