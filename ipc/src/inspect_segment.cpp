// Copyright 2026 the plait authors. Boost Software License 1.0
#include "liveness_probe.hpp"
#include "proc.hpp"
#include "segment_outline.hpp"

#include <algorithm>

#include <unistd.h>

namespace plait::ipc::inspect {
namespace {

using namespace detail;

struct slot_copy {
    std::uint64_t word;
    std::uint32_t pid;
};

slot_copy slot_in(const memory_copy& slots, unsigned index) {
    std::size_t at = index * sizeof(participant_slot);
    return {
        slots.number<std::uint64_t>(at + offsetof(participant_slot, word)),
        slots.number<std::uint32_t>(at + offsetof(participant_slot, pid))};
}

/// Who is in. A slot that changes while the kernel is asked about its holder makes the report `changing`.
void look_at_participants(
    const foreign_memory& memory, const segment_outline& outline, const liveness_probe& liveness,
    segment_report& report) {
    std::size_t bytes = outline.max_participants * sizeof(participant_slot);
    auto slots = memory.copy(participants_offset(), bytes);
    if (slots.size() == 0) return;
    std::vector<std::optional<liveness_probe::answer>> answers(outline.max_participants);
    for (unsigned i = 0; i < outline.max_participants; ++i)
        if ((slot_in(slots, i).word & 3) != participant_slot::free) answers[i] = liveness.ask(i);
    auto after = memory.copy(participants_offset(), bytes);
    for (unsigned i = 0; i < outline.max_participants; ++i) {
        auto slot = slot_in(slots, i);
        report.changing |= after.size() == 0 || slot_in(after, i).word != slot.word;
        if ((slot.word & 3) == participant_slot::free) continue;
        if ((slot.word & 3) != participant_slot::taken)
            report.problems.push_back("participant slot " + std::to_string(i) + " is in no state that there is");
        participant_report p{
            .index = i,
            .incarnation = slot.word >> 2,
            .state = life::unknown,
            .self = liveness.self() == i,
            .pid_hint = static_cast<pid_t>(slot.pid)};
        if (p.self) {
            p.state = life::alive; // the kernel does not tell a process about its own locks
            p.process = process_of(::getpid());
        } else if (answers[i]) {
            p.state = answers[i]->locked ? life::alive : life::dead;
            if (answers[i]->holder > 0) p.process = process_of(answers[i]->holder);
            if (answers[i]->locked && !p.process) p.process = process_report{};
        }
        report.participants.push_back(std::move(p));
    }
}

void look_at_objects(const foreign_memory& memory, const segment_outline& outline, segment_report& report) {
    std::uint64_t end = outline.objects();
    for (auto& o : objects_of(memory, outline)) {
        if (o.problem.empty()) end = std::max<std::uint64_t>(end, round_up(o.offset + o.bytes, cache_line));
        auto type = o.type == object_type::queue ? std::string("queue")
                                                 : "type " + std::to_string(static_cast<std::uint32_t>(o.type));
        report.objects.push_back({std::move(o.name), std::move(type), o.bytes, std::move(o.problem)});
    }
    report.free_bytes = end < report.bytes ? report.bytes - end : 0;
}

} // namespace

segment_report look(const found_segment& segment) {
    foreign_memory memory(segment);
    auto outline = outline_of(memory);
    segment_report report{
        .readable = outline.readable,
        .problems = std::move(outline.problems),
        .version = outline.version,
        .file_bytes = memory.size(),
        .bytes = outline.bytes,
        .max_bytes = outline.max_bytes,
        .max_participants = outline.max_participants};
    if (!report.readable) return report;
    report.stays_when_empty = outline.stays_when_empty;
    report.closed_in_order = outline.closed_in_order;
    liveness_probe liveness(segment, outline.liveness_inode);
    bool somebody_is_in = !segment.holders.empty();
    if (!liveness && somebody_is_in)
        report.problems.push_back(
            "its liveness file, of inode " + std::to_string(outline.liveness_inode) +
            ", is not open in any process that holds it: who is alive cannot be told");
    look_at_participants(memory, outline, liveness, report);
    look_at_objects(memory, outline, report);
    if (auto sweeper = liveness.ask(housekeeping_byte); sweeper && sweeper->locked)
        report.housekeeper = sweeper->holder > 0 ? process_of(sweeper->holder) : process_report{};
    return report;
}

} // namespace plait::ipc::inspect
