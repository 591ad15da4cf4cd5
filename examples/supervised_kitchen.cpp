// Copyright 2026 the plait authors. Boost Software License 1.0
//
// A cook who is killed is replaced, and the waiter, who holds dishes of his, begins anew with him; the stove stays. What was
// on the counter is not lost: a dish is gone when it was served.
#include <plait/plait.hpp>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <vector>

using namespace std::chrono_literals;

namespace {

namespace ipc = plait::ipc;
using counter = ipc::queue<int>;

constexpr int dishes = 20;

void heat() {
    for (;;)
        plait::sleep_for(1h);
}

void cook(counter orders, counter ready) {
    for (;;) {
        auto order = orders.receive(); // it comes back if this process dies now
        if (order.value() == 7 && order.deliveries() == 1) std::raise(SIGKILL); // burns the seventh, once
        ready.put(order.value());
        order.ack();
    }
}

void wait_at_tables(counter ready, counter served) {
    for (;;) {
        auto dish = ready.receive();
        served.put(dish.value());
        dish.ack();
    }
}

} // namespace

int main() {
    return plait::run([] {
        auto shared = ipc::segment::create({.bytes = 16 << 20});
        auto orders = counter::create(shared, "orders"), ready = counter::create(shared, "ready");
        auto served = counter::create(shared, "served");

        ipc::supervisor kitchen({.name = "kitchen", .strategy = ipc::restart_strategy::rest_for_one, .intensity = 3});
        auto process = [](auto function, auto... arguments) {
            return [=] { return ipc::process({.daemon = true}, function, arguments...); };
        };
        kitchen.add({.name = "stove", .make = process(plait::fn<&heat>)});
        kitchen.add({.name = "cook", .make = process(plait::fn<&cook>, orders, ready)});
        kitchen.add({.name = "waiter", .make = process(plait::fn<&wait_at_tables>, ready, served)});
        kitchen.start();

        for (int i = 1; i <= dishes; ++i)
            orders.put(i);
        int sum = 0; // a dish that was being served when the waiter was ended may come twice: count each once
        std::vector<bool> seen(dishes + 1);
        for (int left = dishes; left > 0;) {
            const auto dish = static_cast<std::size_t>(served.get());
            if (seen[dish]) continue;
            seen[dish] = true;
            sum += static_cast<int>(dish);
            --left;
        }
        for (const auto& child : kitchen.children())
            std::printf("%s: started again %s\n", child.name.c_str(), child.restarts == 0 ? "never" : "once");
        kitchen.stop();
        std::printf("dishes served: %d\n", dishes);
        return sum == dishes * (dishes + 1) / 2 ? 0 : 1;
    });
}
