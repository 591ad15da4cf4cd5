// Copyright 2026 the plait authors. Boost Software License 1.0
#include "commands.hpp"
#include "json.hpp"
#include "message_pack.hpp"
#include "problems.hpp"
#include "text.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <iomanip>
#include <span>

namespace plait::inspector {
namespace {

/// To tell whether a message is MessagePack, all of it is read, up to this size in bytes.
constexpr std::size_t read_of_message = 1 << 16;

constexpr auto every_one = static_cast<std::size_t>(-1);

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
    if (q.dead_letters > 0 || q.max_deliveries > 0)
        line(
            out, "dead letters",
            std::to_string(q.dead_letters) + (q.max_deliveries > 0
                                                  ? "  (after " + std::to_string(q.max_deliveries) +
                                                        (q.max_deliveries == 1 ? " delivery)" : " deliveries)")
                                                  : ""));
    line(out, "on loan", std::to_string(q.loaned) + by_text(q, &holding::loans));
    if (q.uncommitted > 0) line(out, "uncommitted", std::to_string(q.uncommitted) + by_text(q, &holding::uncommitted));
    if (q.returning > 0) line(out, "returning", std::to_string(q.returning) + by_text(q, &holding::returning));
    line(
        out, "room",
        size_text(q.free_bytes) + " free of " + size_text(std::uint64_t{q.cells} * q.cell_bytes) + ", in cells of " +
            size_text(q.cell_bytes));
    line(out, "largest message", std::to_string(q.largest_message) + " B");
    line(out, "waiting to take", waiting_text(q.takers));
    line(out, "waiting for room", waiting_text(q.putters));
}

/// The message that is `number`th, with the first `shown` of its bytes.
void print_message(std::size_t number, const inspect::message_preview& m, std::size_t shown, std::ostream& out) {
    out << '#' << number << "  " << size_text(m.bytes) << ", ";
    if (m.why_dead.empty())
        out << (m.returned ? "given back" : "put") << " by participant " << m.participant;
    else
        out << m.why_dead << (m.last_holder ? ", held last by process " + std::to_string(*m.last_holder) : "");
    out << ", delivered " << counted(m.deliveries, "time") << '\n';
    if (!m.problem.empty()) out << "    " << printable(m.problem) << '\n';
    if (m.changing) out << "    changing: it was taken while it was read, and this may be another's\n";
    if (m.data.size() == m.bytes)
        if (auto value = message_pack_text(m.data)) out << "    MessagePack  " << *value << '\n';
    auto data = std::span(m.data).first(std::min(m.data.size(), shown));
    out << hex_dump(data, "    ");
    if (m.problem.empty() && data.size() < m.bytes)
        out << "    … and " << size_text(m.bytes - data.size()) << " more\n";
}

} // namespace

int show_queue(const request& what, std::ostream& out) {
    auto segment = inspect::find_segment(what.segment);
    auto bytes = std::max(what.bytes, read_of_message);
    auto q = inspect::look_at_queue(
        segment, what.queue, {.messages = what.peek, .bytes = bytes, .dead_letters = what.dead ? every_one : 0});
    auto name = printable(what.queue);
    if (what.json) {
        auto o = to_json(q, what.bytes);
        o["segment"] = segment.id;
        o["queue"] = name;
        out << boost::json::serialize(o) << '\n';
    } else {
        if (q.readable) {
            out << name << ": " << q.order << ", " << (q.closed ? "closed" : "open") << ", in " << segment.id << '\n';
            print(q, out);
        }
        for (std::size_t i = 0; i < q.first.size(); ++i)
            print_message(i + 1, q.first[i], what.bytes, out);
        for (std::size_t i = 0; i < q.first_dead.size(); ++i)
            print_message(i + 1, q.first_dead[i], what.bytes, out);
        print_problems(name, q.readable, q.problems, out);
        print_changing(name, q.changing, out);
    }
    return q.readable ? 0 : 1;
}

} // namespace plait::inspector
