// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Asks three shops at once, takes the first answer, and lets the others go; unless nobody answers in time. Whatever happens,
// nothing is left running.
#include <plait/plait.hpp>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct shop {
    std::string name;
    plait::duration answers_after;
};

std::string ask(const shop& s) {
    struct open_call {
        const shop& of;
        ~open_call() { std::printf("  hangs up on %s\n", of.name.c_str()); }
    } call{s};
    plait::sleep_for(s.answers_after);
    return s.name;
}

std::string first_answer(const std::vector<shop>& shops) {
    std::string first;
    plait::in_scope([&](plait::scope& s) {
        for (const shop& each : shops)
            s.spawn([&] {
                first = ask(each);
                s.cancel();
            });
    });
    return first;
}

void buy(const std::vector<shop>& shops) {
    try {
        std::string from = plait::timeout(1min, [&] { return first_answer(shops); });
        std::printf("bought from %s\n", from.c_str());
    } catch (const plait::timeout_error&) {
        std::printf("nobody answered\n");
    }
}

} // namespace

int main() {
    plait::virtual_clock clock;
    return plait::run(
        [] {
            buy({{"the near one", 30s}, {"the dear one", 10s}});
            buy({{"the closed one", 24h}});
        },
        {.clock = &clock});
}
