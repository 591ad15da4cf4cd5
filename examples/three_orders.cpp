// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The same three orders through three queues between processes: first in, first out; last in, first out; and by priority,
// the lowest number first.
#include <plait/plait.hpp>

#include <cstdio>
#include <string>

namespace {

using dish = std::string;
using line = plait::ipc::queue<dish>;
using pile = plait::ipc::lifo_queue<dish>;
using list = plait::ipc::priority_queue<dish>;

template <class Queue>
void cook_all(const char* how, Queue& orders) {
    std::printf("%s:", how);
    while (auto next = orders.try_get())
        std::printf(" %s", next->c_str());
    std::printf("\n");
}

void cook(line by_time, pile from_the_top, list by_hunger) {
    cook_all("line", by_time);
    cook_all("pile", from_the_top);
    cook_all("list", by_hunger);
    std::fflush(stdout);
}

} // namespace

int main() {
    return plait::run([] {
        auto shared = plait::ipc::segment::create({.bytes = 8 << 20});
        auto by_time = line::create(shared, "line");
        auto from_the_top = pile::create(shared, "pile");
        auto by_hunger = list::create(shared, "list");

        auto order = [&](const dish& what, int priority) {
            by_time.put(what);
            from_the_top.put(what);
            by_hunger.put(what, priority);
        };
        order("duck", 0); // its guest is starving
        order("beetroot", 2);
        order("corn", 1);
        plait::ipc::process kitchen(plait::fn<&cook>, by_time, from_the_top, by_hunger);
        kitchen.start();
        kitchen.join();
    });
}
