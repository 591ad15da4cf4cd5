// Copyright 2026 the plait authors. Boost Software License 1.0
#include "attachment.hpp"
#include "killing.hpp"
#include "operations.hpp"

#include <stdexcept>

namespace crash {

std::span<const operation> operations() {
    static const std::vector<operation> all = [] {
        std::vector<operation> collected;
        for (auto list :
             {&queue_operations, &lease_operations, &face_operations, &sorted_operations, &segment_operations,
              &full_operations})
            for (auto& op : list())
                collected.push_back(op);
        return collected;
    }();
    return all;
}

std::vector<operation> in_every_order(std::span<const operation> of_a_fifo, where they_work) {
    using plait::ipc::queue_order;
    std::vector<operation> all(of_a_fifo.begin(), of_a_fifo.end());
    for (auto order : {queue_order::lifo, queue_order::priority})
        for (auto op : of_a_fifo) {
            bool last_first = order == queue_order::lifo;
            op.name = (last_first ? "lifo: " : "priority: ") + op.name;
            op.order = order;
            op.repeats_a_fifo_s = true;
            op.single_step = false; // that is for the operations that every message goes through
            op.holds_a_lock = they_work == where::stage_s_queue;
            if (last_first && op.subject == stage::first_message) op.subject = stage::last_message;
            all.push_back(std::move(op));
        }
    return all;
}

const char* step_of_taking(plait::ipc::queue_order order) noexcept {
    return order == plait::ipc::queue_order::fifo ? "queue.take.taken" : "sorted.take.leased";
}

void begin(plait::ipc::segment& s, const std::vector<std::string>& arguments) {
    s.attachment()->stop_ticking();
    prepare_to_die(arguments.at(0));
}

void die_in(stage& s, const test::child_function& what, const char* step) {
    test::child victim(what, s.segment(), {std::string("name:") + step});
    if (wait_for_end(victim) != end::killed) throw std::runtime_error(std::string("nobody died at ") + step);
}

} // namespace crash
