// Copyright 2026 the plait authors. Boost Software License 1.0
#include "attachment.hpp"
#include "monitor.hpp"
#include "queue_core.hpp"
#include "scene.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace crash {
namespace {

constexpr plait::ipc::segment_options segment_size{.bytes = 256 << 10, .max_participants = 12};

} // namespace

std::vector<std::byte> message_of(message_id id, std::size_t bytes) {
    std::vector<std::byte> message(bytes, static_cast<std::byte>(id));
    std::memcpy(message.data(), &id, sizeof id);
    return message;
}

std::int64_t priority_of(const plait::ipc::byte_queue& q, message_id id) {
    return q.order() == plait::ipc::queue_order::priority ? static_cast<std::int64_t>(id) : 0;
}

void put_message(plait::ipc::byte_queue& into, message_id id, std::size_t bytes) {
    into.try_put(message_of(id, bytes), priority_of(into, id)).value();
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

stage::stage(plait::ipc::queue_order order, filling at_first)
    : segment_(plait::ipc::segment::create(segment_size)),
      queue_(plait::ipc::byte_queue::create(segment_, "q", queue_size, order)) {
    segment_.attachment()->stop_ticking(); // only the harness says when to sweep
    constexpr message_id places = queue_size.capacity, runs = queue_size.bytes / queue_size.cell_bytes / 3;
    switch (at_first) {
    case filling::nothing: break;
    case filling::one: put(first_message, one_cell); break;
    case filling::some:
        for (message_id id = first_message; id <= last_message; ++id)
            put(id, id % 2 == 0 ? three_cells : one_cell);
        break;
    case filling::all_places:
        for (message_id id = first_message; id <= places; ++id)
            put(id, one_cell);
        break;
    case filling::all_cells:
        for (message_id id = first_message; id <= runs; ++id)
            put(id, three_cells);
    }
}

void stage::put(message_id id, std::size_t bytes) {
    put_message(queue_, id, bytes);
    expect(id, fate::must_be_there);
}

message_id stage::put_another() {
    put(next_passing_, one_cell);
    return next_passing_++;
}

void stage::put_another(plait::duration limit) {
    queue_.put_for(message_of(next_passing_, one_cell), limit, priority_of(queue_, next_passing_));
    expect(next_passing_++, fate::must_be_there);
}

boost::system::error_code stage::try_put_another() {
    auto put = queue_.try_put(message_of(next_passing_, one_cell), priority_of(queue_, next_passing_));
    if (!put) return put.error();
    expect(next_passing_++, fate::must_be_there);
    return {};
}

void stage::take_one() {
    auto message = queue_.try_receive().value();
    taken(read_message(message));
    message.ack();
}

void stage::survivors_go_on() {
    if (!queue_.is_closed()) put_another();
    take_one();
}

void stage::sweep() { segment_.sweep(); }

void stage::tick() {
    plait::ipc::detail::monitor::instance().call([this] { segment_.attachment()->tick(); });
}

std::vector<std::string> stage::account(message_id subject, fate of_subject) {
    queue_.replay_dead_letters(); // what is set aside is there
    for (;;) {
        auto message = queue_.try_receive();
        if (!message) {
            if (message.error() == plait::errc::queue_empty || message.error() == plait::errc::queue_closed) break;
            return {"receive: " + message.error().message()};
        }
        taken(read_message(*message));
        message->ack();
    }

    std::vector<std::string> wrong;
    if (subject != 0 && subject != whichever_is_taken) expect(subject, of_subject);
    std::vector<message_id> missing;
    for (auto& [id, of_it] : expected_)
        if (of_it == fate::must_be_there && !seen_.contains(id)) missing.push_back(id);
    if (subject == whichever_is_taken && missing.empty()) wrong.emplace_back("the message that was taken came again");
    if (subject == whichever_is_taken && missing.size() == 1) missing.clear();
    for (auto id : missing)
        wrong.push_back("message " + std::to_string(id) + " is lost");
    for (auto& [id, times] : seen_) {
        if (times > 1) wrong.push_back("message " + std::to_string(id) + " came " + std::to_string(times) + " times");
        auto known = expected_.find(id);
        if (known == expected_.end() || known->second == fate::must_be_gone)
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
