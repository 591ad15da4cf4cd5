// Copyright 2026 the plait authors. Boost Software License 1.0
//
// A pool of processes: cooks who are given recipes. One recipe burns the kitchen down around its cook, one never ends, one
// is refused; all the others are cooked, and whoever ordered learns what became of his dish.
#include <plait/plait.hpp>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include <unistd.h>

using namespace std::chrono_literals;
using plait::ipc::process_pool;

namespace {

std::string cook(std::string dish) {
    if (dish == "flambé") std::raise(SIGSEGV); // the end of this cook
    if (dish == "thousand-year egg")
        for (;;)
            ::pause();
    if (dish == "fugu") throw std::invalid_argument("not with my licence");
    return "a plate of " + dish;
}

} // namespace

int main() {
    return plait::run([] {
        process_pool kitchen({.workers = 2, .name = "kitchen"});

        std::vector<std::string> dishes{"duck", "flambé", "beetroot", "fugu", "thousand-year egg", "corn"};
        std::vector<plait::future<std::string>> orders;
        for (auto& dish : dishes) {
            plait::ipc::task_options patience;
            if (dish.ends_with("egg")) patience.timeout = 200ms;
            orders.push_back(kitchen.submit(patience, plait::fn<&cook>, dish));
        }

        for (std::size_t i = 0; i < dishes.size(); ++i) {
            try {
                std::printf("%s\n", orders[i].get().c_str());
            } catch (const plait::ipc::worker_exited& e) {
                std::printf("%s: the cook died of signal %d\n", dishes[i].c_str(), -e.exit_code());
            } catch (const plait::ipc::task_timed_out&) {
                std::printf("%s: took too long\n", dishes[i].c_str());
            } catch (const plait::ipc::remote_error& e) {
                std::printf("%s: %s, %s\n", dishes[i].c_str(), e.type_name().c_str(), e.text().c_str());
            }
        }

        int letters = 0;
        for (int n : kitchen.map([](std::string dish) { return static_cast<int>(dish.size()); }, dishes))
            letters += n;
        std::printf("the kitchen is open: %d letters on the menu\n", letters);
        kitchen.shutdown();
    });
}
