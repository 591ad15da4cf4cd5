// Copyright 2026 the plait authors. Boost Software License 1.0
#include "commands.hpp"
#include "json.hpp"
#include "problems.hpp"
#include "table.hpp"
#include "text.hpp"

#include <plait/ipc/inspect.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <map>
#include <utility>

namespace plait::inspector {
namespace {

/// Who is in one segment, and what they hold.
struct census {
    inspect::found_segment segment;
    inspect::segment_report report{};
    std::map<unsigned, std::vector<std::pair<std::string, inspect::holding>>> holdings{}; // by participant
    std::vector<std::pair<std::string, std::vector<std::string>>> queue_problems{};
    bool complete = true; // every queue could be looked at
};

census take_census(inspect::found_segment segment) {
    census c{.segment = std::move(segment)};
    c.report = inspect::look(c.segment);
    for (auto& object : c.report.objects) {
        if (object.type != "queue") continue;
        std::vector<std::string> problems;
        try {
            auto queue = inspect::look_at_queue(c.segment, object.name);
            for (auto& h : queue.holdings)
                c.holdings[h.participant].emplace_back(object.name, h);
            problems = std::move(queue.problems);
            c.report.changing |= queue.changing;
            c.complete &= queue.readable;
        } catch (const boost::system::system_error& e) {
            problems.push_back(inspect::sentence_of(e));
            c.complete = false;
        }
        if (!problems.empty()) c.queue_problems.emplace_back(object.name, std::move(problems));
    }
    return c;
}

std::string pid_text(const inspect::participant_report& p) {
    if (p.process && p.process->pid > 0) return std::to_string(p.process->pid);
    return std::to_string(p.pid_hint) + "?";
}

std::string state_text(const inspect::participant_report& p) {
    return p.process && p.process->stopped ? "stopped" : name_of(p.state);
}

std::string age_text(const inspect::participant_report& p) {
    if (!p.process || !p.process->started) return "-";
    auto age = std::chrono::system_clock::now() - *p.process->started;
    return duration_text(std::chrono::duration_cast<std::chrono::seconds>(age));
}

std::string holding_text(const inspect::holding& h) {
    std::string text;
    auto add = [&](std::size_t n, const std::string& what) {
        if (n > 0) text += (text.empty() ? "" : ", ") + what;
    };
    auto limit = h.next_limit ? " (limit in " + duration_text(duration_cast<std::chrono::seconds>(*h.next_limit)) + ")"
                              : std::string();
    add(h.leases, counted(h.leases, "lease") + limit);
    add(h.loans, counted(h.loans, "loan"));
    add(h.uncommitted, std::to_string(h.uncommitted) + " uncommitted");
    add(h.returning, std::to_string(h.returning) + " returning");
    return text;
}

std::string holdings_text(const census& c, unsigned participant) {
    std::string text;
    auto at = c.holdings.find(participant);
    if (at == c.holdings.end()) return "-";
    for (auto& [queue, h] : at->second)
        text += (text.empty() ? "" : "; ") + printable(queue) + ": " + holding_text(h);
    return text;
}

boost::json::object to_json(const census& c) {
    auto o = inspector::to_json(c.segment, c.report);
    if (!c.report.readable) return o;
    boost::json::array participants;
    for (auto& p : c.report.participants) {
        auto one = inspector::to_json(p);
        boost::json::object holds;
        if (auto at = c.holdings.find(p.index); at != c.holdings.end())
            for (auto& [queue, h] : at->second)
                holds[printable(queue)] = inspector::to_json(h);
        one["holds"] = std::move(holds);
        participants.push_back(std::move(one));
    }
    boost::json::object queue_problems;
    for (auto& [queue, problems] : c.queue_problems)
        queue_problems[printable(queue)] = inspector::to_json(problems);
    o["participants"] = std::move(participants);
    o["queue_problems"] = std::move(queue_problems);
    return o;
}

void print(const census& c, std::ostream& out) {
    if (c.report.readable) {
        table t({"PARTICIPANT", "PID", "STATE", "RUNS FOR", "HOLDS", "COMMAND"});
        bool hints = false;
        for (auto& p : c.report.participants) {
            hints |= !p.process || p.process->pid == 0;
            t.row(
                {std::to_string(p.index), pid_text(p), state_text(p), age_text(p), holdings_text(c, p.index),
                 p.process && !p.process->command.empty() ? printable(p.process->command) : "-"});
        }
        t.print(out);
        if (hints) out << "?: what the participant said of itself; another process may have that number by now\n";
        if (c.report.housekeeper)
            out << "process " << c.report.housekeeper->pid << " sweeps, or makes an object"
                << (c.report.housekeeper->stopped ? "; it is stopped, and nobody else can do so until it goes on" : "")
                << '\n';
    }
    print_problems(c.segment.id, c.report.readable, c.report.problems, out);
    for (auto& [queue, problems] : c.queue_problems)
        print_problems(c.segment.id + " " + printable(queue), true, problems, out);
    print_changing(c.segment.id, c.report.changing, out);
}

} // namespace

int show_participants(const request& what, std::ostream& out) {
    std::vector<census> all;
    if (!what.segment.empty()) {
        all.push_back(take_census(inspect::find_segment(what.segment)));
    } else {
        for (auto& segment : inspect::find_segments().segments) {
            try {
                all.push_back(take_census(std::move(segment)));
            } catch (const boost::system::system_error&) {
                // Its last holder has gone since it was found.
            }
        }
    }
    boost::json::array segments;
    bool refused = false;
    for (auto& c : all) {
        refused |= !c.report.readable || !c.complete;
        if (what.json) {
            segments.push_back(to_json(c));
            continue;
        }
        if (&c != &all.front()) out << '\n';
        if (what.segment.empty()) out << c.segment.id << '\n';
        print(c, out);
    }
    if (what.json)
        out << boost::json::serialize(boost::json::object{{"segments", std::move(segments)}}) << '\n';
    else if (all.empty())
        out << "no segments\n";
    return refused && !what.segment.empty() ? 1 : 0;
}

} // namespace plait::inspector
