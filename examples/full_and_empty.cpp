// Copyright 2026 the plait authors. Boost Software License 1.0
//
// A counter with room for two plates, between a kitchen and a waiter in a process of his own. Who does not want to wait says
// try_put and try_get: they fail with queue_full and queue_empty, and nothing is lost.
#include <plait/plait.hpp>

#include <cstdio>
#include <string>

namespace {

using counter = plait::ipc::queue<std::string>;

void carry_what_is_there(counter plates) {
    for (;;) {
        auto plate = plates.try_get();
        if (!plate) {
            if (plate.error() == plait::errc::queue_empty) std::printf("the waiter finds the counter empty\n");
            break;
        }
        std::printf("the waiter carries the %s\n", plate->c_str());
    }
    std::fflush(stdout);
}

} // namespace

int main() {
    return plait::run([] {
        auto shared = plait::ipc::segment::create({.bytes = 8 << 20});
        auto plates = counter::create(shared, "plates", {.capacity = 2});

        for (const char* dish : {"duck", "beetroot", "corn"}) {
            auto put = plates.try_put(dish);
            if (put)
                std::printf("the cook puts down the %s\n", dish);
            else if (put.error() == plait::errc::queue_full)
                std::printf("no room for the %s\n", dish);
        }
        std::fflush(stdout);

        plait::ipc::process waiter(plait::fn<&carry_what_is_there>, plates);
        waiter.start();
        waiter.join();
    });
}
