// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The dead letters of a queue: messages whose word says DEAD. They are in no list: whoever wants them looks at all words.
#include "queue_core.hpp"

#include <plait/runtime/detail/step.hpp>

namespace plait::ipc {

std::string_view to_string(dead_letter::reason why) noexcept {
    switch (why) {
    case dead_letter::reason::holder_died: return "the holder died";
    case dead_letter::reason::expired: return "the lease expired";
    case dead_letter::reason::evicted: return "the holder was evicted";
    case dead_letter::reason::released: return "released";
    case dead_letter::reason::rejected: return "rejected";
    case dead_letter::reason::malformed: return "the message does not decode";
    case dead_letter::reason::damaged: return "the header of the message is damaged";
    }
    return "unknown";
}

namespace detail {
namespace {

/// Calls `f(cell, word)` for dead letters until it has returned true `limit` times; returns how often it did.
template <class Function>
std::size_t for_dead(const cells& messages, std::size_t limit, Function f) {
    std::size_t done = 0;
    for (std::uint32_t cell = 0; cell < messages.count() && done < limit; ++cell)
        if (auto word = messages.word_at(cell); word.state() == cell_word::dead) done += f(cell, word);
    return done;
}

} // namespace

std::vector<dead_letter> queue_core::dead_letters(std::size_t limit) const {
    const cells& messages = shared_.messages();
    std::vector<dead_letter> found;
    for_dead(messages, limit, [&](std::uint32_t cell, cell_word word) {
        auto note = messages.note_at(cell);
        auto bytes = messages.copy_of_dead(cell, word);
        if (!bytes) return false; // replayed or dropped meanwhile
        auto holder = note.is_of(word.generation()) ? static_cast<pid_t>(note.value()) : 0;
        found.push_back({std::move(*bytes), word.deliveries(), word.why(), holder});
        return true;
    });
    return found;
}

std::size_t queue_core::dead_letter_count() const noexcept { return shared_.messages().count_states().dead; }

std::size_t queue_core::replay_dead_letters(std::size_t limit) {
    unsigned self = attachment_->self();
    auto replayed = for_dead(shared_.messages(), limit, [&](std::uint32_t cell, cell_word word) {
        PLAIT_STEP("queue.replay.found");
        auto back = cell_word::of(word.generation() + 1, cell_word::returned, self);
        if (!shared_.messages().exchange(cell, word, back)) return false;
        PLAIT_STEP("queue.replay.returned");
        shared_.order().requeue(cell);
        not_empty_.on.notify();
        return true;
    });
    PLAIT_STEP("queue.replay.done");
    if (shared_.drop_if_dropping(self)) after_release();
    return replayed;
}

std::size_t queue_core::drop_dead_letters(std::size_t limit) {
    static_cast<void>(attachment_->self());
    auto dropped = for_dead(shared_.messages(), limit, [&](std::uint32_t cell, cell_word word) {
        PLAIT_STEP("queue.drop.found");
        return shared_.messages().exchange(cell, word, cell_word::of(word.generation(), cell_word::free, 0));
    });
    if (dropped > 0) not_full_.on.notify_all();
    PLAIT_STEP("queue.drop.done");
    return dropped;
}

} // namespace detail
} // namespace plait::ipc
