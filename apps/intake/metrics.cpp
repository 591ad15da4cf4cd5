// Copyright 2026 the plait authors. Boost Software License 1.0
#include "metrics.hpp"

#include <sstream>
#include <string_view>
#include <tuple>
#include <vector>

namespace plait::intake {
namespace {

struct row {
    std::string_view name, help;
    std::uint64_t value;
};

std::vector<row> ends_of(const metrics& m) {
    return {
        {"answered", "by a worker", m.answered},
        {"faulty", "of these, with what could not be passed on", m.faulty},
        {"unanswered", "of these, because the upstream gave no answer", m.unanswered},
        {"crowded_out", "too many waited", m.crowded_out},
        {"too_large", "they came under settings that had room for them", m.too_large},
        {"too_late", "no worker had them within the deadline", m.too_late},
        {"client_left", "the client did not wait", m.left},
        {"worker_died", "their worker died, and they may not be started again", m.died},
        {"quarantined", "they killed one worker after the other", m.quarantined},
        {"worker_hung", "their worker was killed after work-time", m.hung},
        {"handler_failed", "the handler threw", m.failed},
        {"no_workers", "no worker could be started", m.no_workers}};
}

std::vector<row> present(const gauges& now) {
    return {
        {"ready", "1 while requests are accepted", now.ready},
        {"connections", "open now", now.connections},
        {"requests_in_flight", "with a worker, or waiting for one", now.requests},
        {"workers", "worker processes", now.workers},
        {"quarantine", "requests set aside", now.quarantine},
        {"deferred", "requests with respond-async, under way or not fetched", now.deferred},
        {"queue_bytes", "shared memory that requests and answers take", now.held_bytes}};
}

std::vector<row> totals(const metrics& m, const gauges& now) {
    return {
        {"connections_total", "accepted", m.connections},
        {"connections_refused_total", "of these, one too many", m.connections_refused},
        {"requests_total", "that were read, also malformed ones", m.requests},
        {"workers_started_total", "worker processes", now.workers_started},
        {"workers_died_total", "worker processes that ended otherwise than in order", now.workers_died},
        {"requests_retried_total", "started again after their worker died", now.retried}};
}

void head(std::ostream& out, std::string_view name, std::string_view help, std::string_view type) {
    out << "# HELP plait_intake_" << name << ' ' << help << "\n# TYPE plait_intake_" << name << ' ' << type << '\n';
}

void write(std::ostream& out, const std::vector<row>& rows, std::string_view type) {
    for (const row& r : rows) {
        head(out, r.name, r.help, type);
        out << "plait_intake_" << r.name << ' ' << r.value << '\n';
    }
}

void write(std::ostream& out, std::string_view name, std::string_view help, const time_histogram& h) {
    head(out, name, help, "histogram");
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < h.counts().size(); ++i) {
        sum += h.counts()[i];
        out << "plait_intake_" << name << "_bucket{le=\"";
        if (i < time_histogram::bounds.size())
            out << time_histogram::bounds[i] / 1e6;
        else
            out << "+Inf";
        out << "\"} " << sum << '\n';
    }
    out << "plait_intake_" << name << "_sum " << std::chrono::duration<double>(h.sum()).count() << '\n';
    out << "plait_intake_" << name << "_count " << sum << '\n';
}

} // namespace

std::string prometheus_text(const metrics& m, const gauges& now) {
    std::ostringstream out;
    write(out, present(now), "gauge");
    write(out, totals(m, now), "counter");
    head(out, "answers_total", "by status", "counter");
    for (std::size_t status = 0; status < m.answers.size(); ++status)
        if (m.answers[status] != 0)
            out << "plait_intake_answers_total{status=\"" << status << "\"} " << m.answers[status] << '\n';
    head(out, "work_total", "requests for workers, by what became of them", "counter");
    for (const row& r : ends_of(m))
        out << "plait_intake_work_total{end=\"" << r.name << "\"} " << r.value << '\n';
    write(out, "waiting_seconds", "from submission to a worker", m.waiting);
    write(out, "working_seconds", "in the handler", m.working);
    return out.str();
}

std::string status_page(const metrics& m, const gauges& now) {
    std::ostringstream out;
    out << "<!doctype html><html lang=en><meta charset=utf-8><meta http-equiv=refresh "
           "content=2><title>plait-intake</title>"
           "<style>body{font:16px/1.5 sans-serif;margin:2em}td{padding:0 1.5em 0 0}td+td{text-align:right;"
           "font-variant-numeric:tabular-nums}</style><h1>plait-intake</h1><p>"
        << (now.ready ? "ready" : "not ready")
        << " · <a href=/metrics>metrics</a> · <a href=/quarantine>quarantine</a>";
    for (const auto& [title, rows] :
         {std::tuple{"now", present(now)}, {"since the start", totals(m, now)}, {"ends of requests", ends_of(m)}}) {
        out << "<h2>" << title << "</h2><table>";
        for (const row& r : rows)
            out << "<tr><td title='" << r.help << "'>" << r.name << "<td>" << r.value;
        out << "</table>";
    }
    return out.str();
}

} // namespace plait::intake
