// Copyright 2026 the plait authors. Boost Software License 1.0
//
// How deep a queue is tells who is too slow. The manager of a kitchen looks at the counter: when dishes pile up for a while
// one more waiter is hired, and when there is nothing to carry for a while one goes home. Cook and waiters are processes.
#include <plait/plait.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

using namespace std::chrono_literals;

namespace {

using counter = plait::ipc::queue<int>;

constexpr int dishes = 200, go_home = 0;

void cook(counter c) {
    for (int dish = 1; dish <= dishes; ++dish)
        c.put(dish);
}

void carry(counter c, plait::ipc::queue<int> served) {
    while (int dish = c.get()) { // until it says go_home
        plait::sleep_for(2ms);   // the way to the table
        served.put(dish);
    }
}

} // namespace

int main() {
    return plait::run([] {
        auto shared = plait::ipc::segment::create({.bytes = 8 << 20});
        auto ready = counter::create(shared, "ready", {.capacity = 50});
        auto served = counter::create(shared, "served", {.capacity = dishes});

        std::vector<plait::ipc::process> waiters;
        std::size_t working = 0, most = 0;
        const plait::steered crew{
            .read = [&] { return plait::queue_reading{.depth = ready.size()}; },
            .count = [&] { return working; },
            .start_one =
                [&] {
                    waiters.emplace_back(plait::fn<&carry>, ready, served).start();
                    most = std::max(most, ++working);
                },
            .end_one =
                [&] {
                    --working;
                    ready.put(go_home);
                }};
        const plait::steering_options rules{
            .min_workers = 1, .max_workers = 4, .high_depth = 20, .grow_after = 10ms, .shrink_after = 50ms};
        plait::event closing_time;
        auto manager = plait::spawn([&] { plait::steer(plait::steering(rules), crew, closing_time, 2ms); });

        plait::ipc::process kitchen(plait::fn<&cook>, ready);
        kitchen.start();
        kitchen.join();
        closing_time.set();
        manager.join();
        while (working > 0)
            crew.end_one();
        for (auto& w : waiters)
            w.join();
        std::printf(
            "%zu dishes served; never more than %zu waiters, and %s\n", served.size(), rules.max_workers,
            most > 1 ? "more than one when it piled up" : "one was enough");
        return served.size() == dishes ? 0 : 1;
    });
}
