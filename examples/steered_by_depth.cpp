// Copyright 2026 the plait authors. Boost Software License 1.0
//
// How deep a queue is tells who is too slow. The manager of a kitchen looks at the counter, and hires one more waiter
// when dishes pile up; a waiter who finds nothing to carry goes home. Cook and waiters are processes.
#include <plait/plait.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

using namespace std::chrono_literals;

namespace {

using counter = plait::ipc::queue<int>;

constexpr int dishes = 200;
constexpr std::size_t too_deep = 20, most_waiters = 4;

void cook(counter c) {
    for (int dish = 1; dish <= dishes; ++dish)
        c.put(dish);
    c.close();
}

void carry(counter c, plait::ipc::queue<int> served) {
    try {
        for (;;) {
            int dish = c.get_for(100ms);
            plait::sleep_for(2ms); // the way to the table
            served.put(dish);
        }
    } catch (const plait::timeout_error&) { // nothing to carry
    } catch (const plait::queue_closed&) {  // nothing will come
    }
}

} // namespace

int main() {
    return plait::run([] {
        auto shared = plait::ipc::segment::create({.bytes = 8 << 20});
        auto dishes_ready = counter::create(shared, "ready", {.capacity = 50});
        auto served = counter::create(shared, "served", {.capacity = dishes});

        plait::ipc::process kitchen(plait::fn<&cook>, dishes_ready);
        kitchen.start();

        std::vector<plait::ipc::process> waiters;
        std::size_t most = 0;
        while (!dishes_ready.is_closed() || !dishes_ready.empty()) {
            std::erase_if(waiters, [](plait::ipc::process& w) { return !w.is_alive(); });
            bool piled_up = dishes_ready.size() > too_deep;
            if ((piled_up || waiters.empty()) && waiters.size() < most_waiters) {
                waiters.emplace_back(plait::fn<&carry>, dishes_ready, served);
                waiters.back().start();
            }
            most = std::max(most, waiters.size());
            plait::sleep_for(10ms);
        }
        kitchen.join();
        for (auto& w : waiters)
            w.join();
        std::printf(
            "%zu dishes served; never more than %zu waiters, and %s\n", served.size(), most_waiters,
            most > 1 ? "more than one when it piled up" : "one was enough");
        return served.size() == dishes ? 0 : 1;
    });
}
