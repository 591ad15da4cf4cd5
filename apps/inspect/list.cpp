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

#include <algorithm>
#include <optional>

namespace plait::inspector {
namespace {

struct looked_at {
    inspect::found_segment segment;
    inspect::segment_report report;
};

/// A segment whose last holder has gone since it was found is none any more.
std::optional<looked_at> look_at(inspect::found_segment segment) {
    try {
        auto report = inspect::look(segment);
        return looked_at{std::move(segment), std::move(report)};
    } catch (const boost::system::system_error&) {
        return std::nullopt;
    }
}

std::string participants_text(const inspect::segment_report& report) {
    std::string text;
    for (auto state : {inspect::life::alive, inspect::life::dead, inspect::life::unknown}) {
        auto n = std::ranges::count(report.participants, state, &inspect::participant_report::state);
        if (n > 0) text += (text.empty() ? "" : ", ") + std::to_string(n) + " " + name_of(state);
    }
    return text.empty() ? "none" : text;
}

std::string objects_text(const inspect::segment_report& report) {
    std::string text;
    for (auto& object : report.objects)
        text += (text.empty() ? "" : ", ") + printable(object.name);
    return text.empty() ? "none" : text;
}

std::string holders_text(const inspect::found_segment& segment) {
    std::string text;
    for (auto& holder : segment.holders)
        text += (text.empty() ? "" : ", ") + std::to_string(holder.pid);
    return text.empty() ? "nobody" : text;
}

std::string hidden_text(std::size_t hidden) {
    return std::to_string(hidden) + (hidden == 1 ? " process" : " processes") +
           " may not be looked into; root sees them all";
}

void print_json(const std::vector<looked_at>& all, std::size_t hidden, std::ostream& out) {
    boost::json::array segments;
    for (auto& [segment, report] : all) {
        auto o = to_json(segment, report);
        if (report.readable) {
            boost::json::array participants;
            for (auto& p : report.participants)
                participants.push_back(to_json(p));
            o["participants"] = std::move(participants);
            o["objects"] = to_json(report.objects);
        }
        segments.push_back(std::move(o));
    }
    out << boost::json::serialize(boost::json::object{{"segments", std::move(segments)}, {"hidden_processes", hidden}})
        << '\n';
}

void print_table(const std::vector<looked_at>& all, std::ostream& out) {
    table t({"SEGMENT", "SIZE", "FREE", "PARTICIPANTS", "QUEUES", "HELD BY"});
    for (auto& [segment, report] : all) {
        auto if_readable = [&, readable = report.readable](std::string text) { return readable ? text : "?"; };
        t.row(
            {segment.id, size_text(report.file_bytes), if_readable(size_text(report.free_bytes)),
             if_readable(participants_text(report)), if_readable(objects_text(report)), holders_text(segment)});
    }
    t.print(out);
    for (auto& [segment, report] : all) {
        print_problems(segment.id, report.readable, report.problems, out);
        for (auto& object : report.objects)
            if (!object.problem.empty())
                print_problems(segment.id + " " + printable(object.name), false, {object.problem}, out);
    }
}

} // namespace

int list(const request& what, std::ostream& out) {
    auto found = inspect::find_segments();
    std::vector<looked_at> all;
    for (auto& segment : found.segments)
        if (auto seen = look_at(std::move(segment))) all.push_back(std::move(*seen));
    if (what.json) {
        print_json(all, found.hidden_processes, out);
        return 0;
    }
    if (all.empty())
        out << "no segments\n";
    else
        print_table(all, out);
    if (found.hidden_processes > 0) out << hidden_text(found.hidden_processes) << '\n';
    return 0;
}

} // namespace plait::inspector
