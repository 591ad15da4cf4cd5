// Copyright 2026 the plait authors. Boost Software License 1.0
#include "commands.hpp"
#include "json.hpp"
#include "text.hpp"

#include <plait/ipc/inspect.hpp>
#include <plait/ipc/segment.hpp>
#include <plait/runtime/error.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace plait::inspector {
namespace {

constexpr const char* hint = "; --force removes it all the same";

[[noreturn]] void refuse(const std::string& why) { throw error(errc::invalid_argument, why); }

/// Throws unless nobody lives in the segment, as far as the kernel can tell.
void check_nobody_lives_in(const inspect::found_segment& segment, const inspect::segment_report& report) {
    for (auto& p : report.participants) {
        if (p.state == inspect::life::unknown)
            refuse(
                "nobody can tell whether participant " + std::to_string(p.index) + " of " + segment.id + " lives" +
                hint);
        if (p.state != inspect::life::alive) continue;
        auto who = p.process && p.process->pid > 0 ? "process " + std::to_string(p.process->pid) : "somebody";
        auto alive = std::ranges::count(report.participants, inspect::life::alive, &inspect::participant_report::state);
        auto others = alive > 1 ? " and " + std::to_string(alive - 1) + " more" : "";
        refuse(segment.id + " is in use by " + who + others + hint);
    }
}

} // namespace

// Between the look and the removal somebody may enter. He stays in, as with --force.
int remove(const request& what, std::ostream& out) {
    auto segment = inspect::find_segment(what.segment);
    if (segment.path.empty())
        refuse(segment.id + " has no name that could be removed; it goes with the last process that holds it");
    if (!what.force) {
        auto report = inspect::look(segment);
        if (!report.readable) refuse(segment.id + " is no segment of this program: " + report.problems.front() + hint);
        check_nobody_lives_in(segment, report);
    }
    bool removed =
        segment.id == segment.path ? ipc::segment::remove_file(segment.path) : ipc::segment::remove(segment.id);
    if (!removed) throw error(errc::object_not_found, segment.id + " has gone by itself");
    if (what.json)
        out << boost::json::serialize(boost::json::object{{"removed", segment.id}}) << '\n';
    else
        out << segment.id << " removed\n";
    return 0;
}

} // namespace plait::inspector
