// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Work that has to be done before the kitchen closes. One process brings plates, three wash them. The washers never end by
// themselves: they are daemons. The program waits until all that was brought is washed, and leaves; they end with it.
#include <plait/plait.hpp>

#include <cstdio>
#include <vector>

namespace {

using stack_of_plates = plait::ipc::queue<int>;

constexpr int plates = 100, washers = 3;

void clear_the_tables(stack_of_plates dirty) {
    for (int plate = 1; plate <= plates; ++plate)
        dirty.put(plate);
}

void wash(stack_of_plates dirty, stack_of_plates clean) {
    for (;;) {
        clean.put(dirty.get());
        dirty.task_done();
    }
}

} // namespace

int main() {
    return plait::run([] {
        auto shared = plait::ipc::segment::create({.bytes = 8 << 20});
        auto dirty = stack_of_plates::create(shared, "dirty", {.capacity = 10, .joinable = true});
        auto clean = stack_of_plates::create(shared, "clean", {.capacity = plates});

        std::vector<plait::ipc::process> at_the_sink;
        for (int i = 0; i < washers; ++i) {
            at_the_sink.emplace_back(plait::ipc::process_options{.daemon = true}, plait::fn<&wash>, dirty, clean);
            at_the_sink.back().start();
        }
        plait::ipc::process waiter(plait::fn<&clear_the_tables>, dirty);
        waiter.start();

        waiter.join(); // everything is brought
        dirty.join();  // and washed
        std::printf("%zu plates are clean\n", clean.size());
        return clean.size() == plates ? 0 : 1;
    });
}
