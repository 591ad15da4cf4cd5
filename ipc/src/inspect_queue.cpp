// Copyright 2026 the plait authors. Boost Software License 1.0
#include "expiry.hpp"
#include "queue_image.hpp"

#include <plait/ipc/inspect.hpp>
#include <plait/runtime/error.hpp>

#include <algorithm>
#include <map>

namespace plait::ipc::inspect {
namespace {

using namespace detail;

/// What is said more often than anybody reads it is counted instead.
constexpr std::size_t problems_limit = 20;

void limit_problems(std::vector<std::string>& problems) {
    if (problems.size() <= problems_limit) return;
    auto more = problems.size() - problems_limit;
    problems.resize(problems_limit);
    problems.push_back("… and " + std::to_string(more) + " further ones");
}

waiting_report waiting_on(const queue_image& image, std::size_t channel) {
    waiting_report waiting;
    auto word = image.header_field<std::uint32_t>(channel + offsetof(channel_memory, word));
    waiting.threads = (word & channel::sleepers) != 0;
    for (unsigned i = 0; i < participants_limit; ++i) {
        auto bits = image.header_field<std::uint64_t>(channel + offsetof(channel_memory, loops) + i / 64 * 8);
        if (bits >> i % 64 & 1) waiting.loops.push_back(i);
    }
    return waiting;
}

/// Counts the messages by state and by holder.
class tally {
public:
    tally(const queue_image& image, const std::vector<bool>& named, unsigned max_participants, queue_report& report)
        : image_(image), max_participants_(max_participants), report_(report) {
        auto cells = image.geometry().cells;
        std::uint64_t unused = 0;
        for (std::uint32_t cell = 0; cell < cells; ++cell) {
            unused += image.is_free(cell);
            count(cell, image.word_at(cell), named[cell]);
        }
        report_.free_bytes = unused * image.geometry().cell_bytes;
        for (auto& [participant, h] : holdings_)
            report_.holdings.push_back(h);
    }

private:
    void count(std::uint32_t cell, cell_word word, bool named) {
        switch (word.state()) {
        case cell_word::free:
        case cell_word::body: return;
        case cell_word::draft: ++add(cell, word, report_.loaned).loans; return;
        case cell_word::leased:
        case cell_word::extending: ++add(cell, word, report_.leased).leases; return;
        case cell_word::timed: return add_timed(cell, word);
        case cell_word::dead: ++report_.dead_letters; return;
        case cell_word::ready: ++(named ? report_.waiting : add(cell, word, report_.uncommitted).uncommitted); return;
        case cell_word::returned: ++(named ? report_.waiting : add(cell, word, report_.returning).returning); return;
        default: report_.problems.push_back("cell " + std::to_string(cell) + " is in no state that there is");
        }
    }

    holding& add(std::uint32_t cell, cell_word word, std::size_t& total) {
        ++total;
        if (word.owner() >= max_participants_)
            report_.problems.push_back(
                "cell " + std::to_string(cell) + " belongs to participant " + std::to_string(word.owner()) +
                ", of which there are at most " + std::to_string(max_participants_));
        auto& h = holdings_[word.owner()];
        h.participant = word.owner();
        return h;
    }

    /// The limit of a lease is in the note of its cell; its holder may not have come so far as to write it.
    void add_timed(std::uint32_t cell, cell_word word) {
        auto& h = add(cell, word, report_.leased);
        ++h.leases;
        auto note = image_.note_at(cell);
        if (!note.is_of(word.generation()) || note.value() == never_ends) return;
        auto left = std::chrono::nanoseconds(static_cast<std::int64_t>(note.value() - now_) * (1 << lease_step_bits));
        if (!h.next_limit || left < *h.next_limit) h.next_limit = left;
    }

    const queue_image& image_;
    lease_time now_ = lease_time_now();
    unsigned max_participants_;
    queue_report& report_;
    std::map<unsigned, holding> holdings_;
};

message_preview preview_of(
    const foreign_memory& memory, std::uint64_t queue, const queue_image& image, std::uint32_t cell,
    std::size_t limit) {
    auto& g = image.geometry();
    auto word = image.word_at(cell);
    message_preview p{
        .cell = cell,
        .participant = word.owner(),
        .returned = word.state() == cell_word::returned,
        .deliveries = word.deliveries()};
    auto at = queue + g.memory_offset() + std::uint64_t{cell} * g.cell_bytes;
    auto header = memory.copy(at, sizeof(message_header));
    if (header.size() == 0) {
        p.problem = "it lies outside the file";
        return p;
    }
    p.bytes = header.number<std::uint32_t>(offsetof(message_header, size));
    auto run = header.number<std::uint32_t>(offsetof(message_header, cells));
    if (word.state() == cell_word::dead) {
        p.participant = no_participant; // a dead letter belongs to nobody
        p.why_dead = ipc::to_string(word.why());
        auto note = image.note_at(cell);
        if (note.is_of(word.generation())) p.last_holder = static_cast<pid_t>(note.value());
    }
    if (run < 1 || run > g.cells - cell || sizeof(message_header) + p.bytes > std::uint64_t{run} * g.cell_bytes)
        p.problem = "its header is damaged: " + std::to_string(p.bytes) + " bytes in " + std::to_string(run) + " cells";
    else {
        auto data = memory.copy(at + sizeof(message_header), std::min<std::uint64_t>(p.bytes, limit));
        p.data.assign(data.bytes().begin(), data.bytes().end());
    }
    // The word tells whether the message was there all the time.
    auto now = memory.copy(queue + g.words_offset() + std::uint64_t{cell} * 8, sizeof word.bits);
    p.changing = now.size() == 0 || now.number<std::uint64_t>(0) != word.bits;
    return p;
}

std::string name_of(queue_order order) {
    switch (order) {
    case queue_order::fifo: return "FIFO";
    case queue_order::lifo: return "LIFO";
    case queue_order::priority: return "priority";
    }
    return "order " + std::to_string(static_cast<std::uint32_t>(order));
}

outlined_object find_queue(const foreign_memory& memory, const segment_outline& outline, std::string_view name) {
    auto objects = objects_of(memory, outline);
    auto at = std::ranges::find(objects, name, &outlined_object::name);
    auto what = "the object '" + std::string(name) + "' ";
    if (at == objects.end())
        throw error(errc::object_not_found, "the segment has no object '" + std::string(name) + "'");
    if (at->type != object_type::queue) throw segment_error(errc::segment_invalid, what + "is no queue");
    if (at->layout_hash != queue_layout_hash)
        throw segment_error(errc::segment_invalid, what + "was laid out by an incompatible build");
    if (!at->problem.empty()) throw segment_error(errc::segment_invalid, what + "is damaged: " + at->problem);
    return std::move(*at);
}

} // namespace

queue_report look_at_queue(const found_segment& segment, std::string_view name, const peek_options& peek) {
    foreign_memory memory(segment);
    auto outline = outline_of(memory);
    if (!outline.readable) throw segment_error(errc::segment_invalid, segment.id + ": " + outline.problems.front());
    auto object = find_queue(memory, outline, name);
    queue_report report;
    std::optional<queue_image> image;
    try {
        image.emplace(memory, object);
    } catch (const segment_error& e) {
        report.problems.push_back(sentence_of(e));
        return report;
    }
    auto& g = image->geometry();
    report.readable = true;
    report.changing = image->changing();
    report.order = name_of(g.order);
    report.capacity = image->header_field<std::uint64_t>(offsetof(queue_header, capacity));
    report.cells = g.cells;
    report.cell_bytes = g.cell_bytes;
    report.largest_message = std::uint64_t{std::min(g.cells, run_limit)} * g.cell_bytes - sizeof(message_header);
    report.max_deliveries = image->header_field<std::uint32_t>(offsetof(queue_header, max_deliveries));
    report.closed = image->header_field<std::uint32_t>(offsetof(queue_header, closed)) != 0;
    report.takers = waiting_on(*image, offsetof(queue_header, not_empty));
    report.putters = waiting_on(*image, offsetof(queue_header, not_full));
    auto order = image->read_order();
    report.problems = std::move(order.problems);
    tally(*image, order.named, outline.max_participants, report);
    limit_problems(report.problems);
    for (auto cell : order.waiting) {
        if (report.first.size() == peek.messages) break;
        report.first.push_back(preview_of(memory, object.offset, *image, cell, peek.bytes));
    }
    for (std::uint32_t cell = 0; cell < g.cells && report.first_dead.size() < peek.dead_letters; ++cell)
        if (image->word_at(cell).state() == cell_word::dead)
            report.first_dead.push_back(preview_of(memory, object.offset, *image, cell, peek.bytes));
    return report;
}

} // namespace plait::ipc::inspect
