// Copyright 2026 the plait authors. Boost Software License 1.0
//
// A kitchen that stands still, and how to find out why. Press Ctrl+\ (SIGQUIT) while it does, or let it do that itself:
// the run tells what every coroutine, thread, pool and named lock or queue does, and goes on.
#include <plait/plait.hpp>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <string>

#include <unistd.h>

namespace {

using namespace std::chrono_literals;

struct kitchen {
    plait::mutex stove{"stove"};
    plait::named<plait::queue<std::string>> orders{"orders", 4u};
    plait::event inspected; // by somebody who has time
};

void wait_for_the_inspector(kitchen& k) { k.inspected.wait(); }

void clean(kitchen& k) {
    std::lock_guard at_the_stove(k.stove);
    wait_for_the_inspector(k);
}

void cook(kitchen& k) {
    std::string dish = k.orders.get();
    std::lock_guard at_the_stove(k.stove);
    std::printf("%s is served\n", dish.c_str());
}

} // namespace

int main() {
    plait::event told;
    plait::run_options options{.dump_on = SIGQUIT, .on_dump = [&](const std::string& text) {
                                   std::fputs(text.c_str(), stdout);
                                   told.set();
                               }};
    return plait::run(
        [&] {
            kitchen k;
            plait::observe(true);
            auto cleaner = plait::spawn([&] { clean(k); }, {.name = "cleaner"});
            auto first_cook = plait::spawn([&] { cook(k); }, {.name = "cook"});
            auto second_cook = plait::spawn([&] { cook(k); }, {.name = "second cook"});
            k.orders.put("duck");
            while (k.stove.stats().waits == 0)
                plait::yield();
            ::kill(::getpid(), SIGQUIT); // as a user would who wonders where the duck is
            told.wait();
            k.inspected.set();
            first_cook.join();
        },
        options);
}
