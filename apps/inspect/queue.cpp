// Copyright 2026 the plait authors. Boost Software License 1.0
#include "commands.hpp"
#include "json.hpp"
#include "problems.hpp"
#include "text.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <iomanip>

namespace plait::inspector {
namespace {

std::string waiting_text(const inspect::waiting_report& waiting) {
    std::string text = waiting.threads ? "threads" : "";
    std::string loops;
    for (unsigned participant : waiting.loops)
        loops += (loops.empty() ? "" : ", ") + std::to_string(participant);
    if (!loops.empty()) text += (text.empty() ? "" : "; ") + std::string("coroutines of participants ") + loops;
    return text.empty() ? "nobody" : text;
}

/// Which participants have how many, such as " (2 by participant 1, 1 by 3)".
std::string by_text(const inspect::queue_report& q, std::size_t inspect::holding::*kind) {
    std::string text;
    for (auto& h : q.holdings)
        if (h.*kind > 0)
            text += (text.empty() ? "" : ", ") + std::to_string(h.*kind) +
                    (text.empty() ? " by participant " : " by ") + std::to_string(h.participant);
    return text.empty() ? "" : "  (" + text + ")";
}

void line(std::ostream& out, const char* what, const std::string& value) {
    out << "  " << std::left << std::setw(18) << what << value << '\n';
}

void print(const inspect::queue_report& q, std::ostream& out) {
    using inspect::holding;
    line(out, "waiting", std::to_string(q.waiting) + " of " + std::to_string(q.capacity));
    line(out, "leased", std::to_string(q.leased) + by_text(q, &holding::leases));
    line(out, "on loan", std::to_string(q.loaned) + by_text(q, &holding::loans));
    if (q.uncommitted > 0) line(out, "uncommitted", std::to_string(q.uncommitted) + by_text(q, &holding::uncommitted));
    if (q.returning > 0) line(out, "returning", std::to_string(q.returning) + by_text(q, &holding::returning));
    line(
        out, "room",
        size_text(q.free_bytes) + " free of " + size_text(std::uint64_t{q.cells} * q.cell_bytes) + ", in cells of " +
            size_text(q.cell_bytes));
    line(out, "largest message", size_text(q.largest_message));
    line(out, "waiting to take", waiting_text(q.takers));
    line(out, "waiting for room", waiting_text(q.putters));
}

void print_message(std::size_t number, const inspect::message_preview& m, std::ostream& out) {
    out << '#' << number << "  " << size_text(m.bytes) << ", " << (m.returned ? "given back" : "put")
        << " by participant " << m.participant << ", delivered " << counted(m.deliveries, "time") << '\n';
    if (!m.problem.empty()) out << "    " << printable(m.problem) << '\n';
    if (m.changing) out << "    changing: it was taken while it was read, and this may be another's\n";
    out << hex_dump(m.data, "    ");
    if (m.problem.empty() && m.data.size() < m.bytes)
        out << "    … and " << size_text(m.bytes - m.data.size()) << " more\n";
}

} // namespace

int show_queue(const request& what, std::ostream& out) {
    auto segment = inspect::find_segment(what.segment);
    auto q = inspect::look_at_queue(segment, what.queue, {.messages = what.peek, .bytes = what.bytes});
    auto name = printable(what.queue);
    if (what.json) {
        auto o = to_json(q);
        o["segment"] = segment.id;
        o["queue"] = name;
        out << boost::json::serialize(o) << '\n';
    } else {
        if (q.readable) {
            out << name << ": " << q.order << ", " << (q.closed ? "closed" : "open") << ", in " << segment.id << '\n';
            print(q, out);
        }
        for (std::size_t i = 0; i < q.first.size(); ++i)
            print_message(i + 1, q.first[i], out);
        print_problems(name, q.readable, q.problems, out);
        print_changing(name, q.changing, out);
    }
    return q.readable ? 0 : 1;
}

} // namespace plait::inspector
