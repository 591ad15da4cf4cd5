// Copyright 2026 the plait authors. Boost Software License 1.0
#include "json.hpp"
#include "message_pack.hpp"
#include "text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>

namespace plait::inspector {
namespace {

namespace json = boost::json;

json::value to_json(const inspect::process_report& process) {
    json::object o{{"pid", process.pid}, {"command", printable(process.command)}, {"stopped", process.stopped}};
    if (process.started) o["started"] = utc_text(*process.started);
    return o;
}

json::object to_json(const inspect::waiting_report& waiting) {
    json::array loops;
    for (unsigned participant : waiting.loops)
        loops.emplace_back(participant);
    return {{"threads", waiting.threads}, {"loops_of_participants", std::move(loops)}};
}

} // namespace

const char* name_of(inspect::life state) noexcept {
    switch (state) {
    case inspect::life::alive: return "alive";
    case inspect::life::dead: return "dead";
    case inspect::life::unknown: break;
    }
    return "unknown";
}

json::array to_json(const std::vector<std::string>& texts) {
    json::array all;
    for (auto& text : texts)
        all.emplace_back(printable(text));
    return all;
}

json::object to_json(const inspect::found_segment& segment, const inspect::segment_report& report) {
    json::array holders;
    for (auto& holder : segment.holders)
        holders.emplace_back(holder.pid);
    json::object o{
        {"segment", segment.id},       {"readable", report.readable},     {"problems", to_json(report.problems)},
        {"changing", report.changing}, {"file_bytes", report.file_bytes}, {"held_by", std::move(holders)}};
    if (!segment.path.empty()) o["path"] = segment.path;
    if (report.version != 0) o["layout_version"] = report.version;
    if (!report.readable) return o;
    o["bytes"] = report.bytes;
    o["free_bytes"] = report.free_bytes;
    o["max_bytes"] = report.max_bytes;
    o["stays_when_empty"] = report.stays_when_empty;
    o["closed_in_order"] = report.closed_in_order;
    o["max_participants"] = report.max_participants;
    if (report.housekeeper) o["housekeeper"] = to_json(*report.housekeeper);
    return o;
}

json::array to_json(const std::vector<inspect::object_report>& objects) {
    json::array all;
    for (auto& object : objects) {
        json::object o{{"name", printable(object.name)}, {"type", object.type}, {"bytes", object.bytes}};
        if (!object.problem.empty()) o["problem"] = object.problem;
        all.push_back(std::move(o));
    }
    return all;
}

json::object to_json(const inspect::participant_report& p) {
    json::object o{
        {"index", p.index}, {"incarnation", p.incarnation}, {"state", name_of(p.state)}, {"pid_hint", p.pid_hint}};
    if (p.process) o["process"] = to_json(*p.process);
    return o;
}

json::object to_json(const inspect::holding& h) {
    json::object o{
        {"participant", h.participant},
        {"leases", h.leases},
        {"loans", h.loans},
        {"uncommitted", h.uncommitted},
        {"returning", h.returning}};
    if (h.next_limit) o["next_limit_seconds"] = std::chrono::duration<double>(*h.next_limit).count();
    return o;
}

json::object to_json(const inspect::message_preview& m, std::size_t shown) {
    json::object o{{"deliveries", m.deliveries}, {"bytes", m.bytes}};
    if (m.why_dead.empty()) {
        o["participant"] = m.participant;
        o["returned"] = m.returned;
    } else {
        o["why"] = m.why_dead;
        if (m.last_holder) o["last_holder_pid"] = *m.last_holder;
    }
    if (m.changing) o["changing"] = true;
    if (!m.problem.empty()) {
        o["problem"] = m.problem;
        return o;
    }
    if (m.data.size() == m.bytes)
        if (auto value = message_pack_text(m.data)) o["msgpack"] = *value;
    add_contents(o, std::span(m.data).first(std::min(m.data.size(), shown)));
    return o;
}

void add_contents(json::object& to, std::span<const std::byte> data) {
    to["hex"] = hex_text(data);
    std::string_view text(reinterpret_cast<const char*>(data.data()), data.size());
    if (is_printable(text)) to["text"] = text;
}

json::object to_json(const inspect::queue_report& q, std::size_t shown) {
    json::object o{{"readable", q.readable}, {"problems", to_json(q.problems)}, {"changing", q.changing}};
    if (!q.readable) return o;
    json::array holdings, first, dead;
    for (auto& h : q.holdings)
        holdings.push_back(to_json(h));
    for (auto& m : q.first)
        first.push_back(to_json(m, shown));
    for (auto& m : q.first_dead)
        dead.push_back(to_json(m, shown));
    o["order"] = q.order;
    o["closed"] = q.closed;
    o["capacity"] = q.capacity;
    o["waiting"] = q.waiting;
    o["leased"] = q.leased;
    o["loaned"] = q.loaned;
    o["dead"] = q.dead_letters;
    o["uncommitted"] = q.uncommitted;
    o["returning"] = q.returning;
    o["cells"] = q.cells;
    o["cell_bytes"] = q.cell_bytes;
    o["free_bytes"] = q.free_bytes;
    o["largest_message"] = q.largest_message;
    o["max_deliveries"] = q.max_deliveries;
    o["holdings"] = std::move(holdings);
    o["waiting_to_take"] = to_json(q.takers);
    o["waiting_for_room"] = to_json(q.putters);
    o["next"] = std::move(first);
    o["dead_letters"] = std::move(dead);
    return o;
}

} // namespace plait::inspector
