// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Run one coroutine; run three side by side; get their results in the order in which they were started, and in the order in
// which they are done. Nothing in `roast` says that it is called by coroutines.
#include <plait/plait.hpp>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

std::string roast(const std::string& dish, plait::duration time) {
    plait::sleep_for(time);
    return dish;
}

std::vector<plait::task<std::string>> start_three() {
    std::vector<plait::task<std::string>> dishes;
    dishes.push_back(plait::spawn([] { return roast("duck", 3ms); }));
    dishes.push_back(plait::spawn([] { return roast("beetroot", 2ms); }));
    dishes.push_back(plait::spawn([] { return roast("corn", 1ms); }));
    return dishes;
}

} // namespace

int main() {
    plait::virtual_clock clock; // so that nobody has to wait, and the order is always the same
    return plait::run(
        [] {
            auto one = plait::spawn([] { return roast("duck", 3ms); });
            std::printf("one: %s\n", one.join().c_str());

            std::printf("in order:");
            for (const std::string& dish : plait::gather(start_three()))
                std::printf(" %s", dish.c_str());

            std::printf("\nas completed:");
            auto dishes = start_three();
            for (auto& dish : plait::as_completed(dishes))
                std::printf(" %s", dish.join().c_str());
            std::printf("\n");
        },
        {.clock = &clock});
}
