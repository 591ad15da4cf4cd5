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
             {&queue_operations, &lease_operations, &face_operations, &sorted_operations, &segment_operations})
            for (auto& op : list())
                collected.push_back(op);
        return collected;
    }();
    return all;
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
