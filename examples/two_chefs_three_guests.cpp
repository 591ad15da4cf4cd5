// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Two producers and three consumers, five processes, around one bounded queue. The chefs put dishes, and wait when the
// counter is full; the guests get them. When the chefs are done, one end marker for each guest says that nothing comes
// any more.
#include <plait/plait.hpp>

#include <cstdio>
#include <string>
#include <vector>

namespace {

struct dish {
    std::string name; // empty: the end
    int number = 0;
};
using counter = plait::ipc::queue<dish>;

constexpr int chefs = 2, guests = 3, dishes_each = 30;

void cook(counter c, std::string speciality) {
    for (int i = 1; i <= dishes_each; ++i)
        c.put({speciality, i});
}

void eat(counter c, plait::ipc::queue<int> eaten) {
    int count = 0;
    while (!c.get().name.empty())
        ++count;
    eaten.put(count);
}

} // namespace

int main() {
    return plait::run([] {
        auto shared = plait::ipc::segment::create({.bytes = 8 << 20});
        auto on_the_counter = counter::create(shared, "dishes", {.capacity = 10});
        auto eaten = plait::ipc::queue<int>::create(shared, "eaten");

        std::vector<plait::ipc::process> at_the_stove, at_the_table;
        for (const char* speciality : {"duck", "beetroot"})
            at_the_stove.emplace_back(plait::fn<&cook>, on_the_counter, std::string(speciality));
        for (int i = 0; i < guests; ++i)
            at_the_table.emplace_back(plait::fn<&eat>, on_the_counter, eaten);
        for (auto& p : at_the_stove)
            p.start();
        for (auto& p : at_the_table)
            p.start();

        for (auto& p : at_the_stove)
            p.join();
        for (int i = 0; i < guests; ++i)
            on_the_counter.put({});

        int sum = 0;
        for (int i = 0; i < guests; ++i)
            sum += eaten.get();
        for (auto& p : at_the_table)
            p.join();
        std::printf("%d chefs, %d guests, %d dishes eaten\n", chefs, guests, sum);
        return sum == chefs * dishes_each ? 0 : 1;
    });
}
