// Copyright 2026 the plait authors. Boost Software License 1.0
#include "queue_core.hpp"
#include "scene.hpp"

#include <algorithm>
#include <cstring>
#include <set>
#include <stdexcept>

namespace crash {
namespace {

constexpr plait::ipc::segment_options segment_size{.bytes = 256 << 10, .max_participants = 12};
constexpr plait::ipc::queue_options queue_size{.capacity = 16, .bytes = 24 * 64, .cell_bytes = 64};

} // namespace

std::vector<std::byte> message_of(message_id id, std::size_t bytes) {
    std::vector<std::byte> message(bytes, static_cast<std::byte>(id));
    std::memcpy(message.data(), &id, sizeof id);
    return message;
}

void put_message(plait::ipc::byte_queue& into, message_id id, std::size_t bytes) {
    bool by_priority = into.order() == plait::ipc::queue_order::priority;
    into.try_put(message_of(id, bytes), by_priority ? static_cast<std::int64_t>(id) : 0).value();
}

message_id read_message(const plait::ipc::byte_lease& message) {
    auto data = message.data();
    if (data.size() != one_cell && data.size() != three_cells)
        throw std::runtime_error("a message has the wrong length, " + std::to_string(data.size()));
    message_id id = 0;
    std::memcpy(&id, data.data(), sizeof id);
    if (!std::ranges::equal(data, message_of(id, data.size())))
        throw std::runtime_error("message " + std::to_string(id) + " was overwritten");
    return id;
}

stage::stage(plait::ipc::queue_order order)
    : segment_(plait::ipc::segment::create(segment_size)),
      queue_(plait::ipc::byte_queue::create(segment_, "q", queue_size, order)) {
    segment_.attachment()->stop_ticking(); // only the harness says when to sweep
    for (message_id id = first_message; id <= last_message; ++id)
        put_message(queue_, id, id % 2 == 0 ? three_cells : one_cell);
}

void stage::survivors_go_on() {
    if (!queue_.is_closed()) put_message(queue_, passing_message + passing_++, one_cell);
    auto message = queue_.try_receive().value();
    ++seen_[read_message(message)];
    message.ack();
}

void stage::sweep() { segment_.sweep(); }

std::vector<std::string> stage::account(message_id subject, fate of_subject) {
    queue_.replay_dead_letters(); // what is set aside is there
    for (;;) {
        auto message = queue_.try_receive();
        if (!message) {
            if (message.error() == plait::errc::queue_empty || message.error() == plait::errc::queue_closed) break;
            return {"receive: " + message.error().message()};
        }
        ++seen_[read_message(*message)];
        message->ack();
    }

    std::vector<std::string> wrong;
    std::set<message_id> expected;
    for (message_id i = 0; i < passing_; ++i)
        expected.insert(passing_message + i);
    for (message_id id = first_message; id <= last_message; ++id)
        expected.insert(id);
    expected.erase(subject);
    if (of_subject == fate::must_be_there) expected.insert(subject);
    for (auto id : expected)
        if (!seen_.contains(id)) wrong.push_back("message " + std::to_string(id) + " is lost");
    for (auto& [id, times] : seen_) {
        if (times > 1) wrong.push_back("message " + std::to_string(id) + " came " + std::to_string(times) + " times");
        if (!expected.contains(id) && !(id == subject && of_subject == fate::may_be_there))
            wrong.push_back("message " + std::to_string(id) + " came although it was done");
    }
    auto free_cells = queue_.core().shared().messages().count_states().free_cells;
    if (free_cells != queue_size.bytes / queue_size.cell_bytes)
        wrong.push_back("only " + std::to_string(free_cells) + " cells are free");
    if (segment_.participants() != 1)
        wrong.push_back(std::to_string(segment_.participants() - 1) + " dead participants are left");
    return wrong;
}

} // namespace crash
