// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Child first: a child runs when it is spawned, so that the tree is walked depth first, and few coroutines are alive at a
// time.
#include "plait_tree.hpp"

int main(int argc, char** argv) {
    return bench::measure_plait_tree(
        argc, argv, [](auto child) { return plait::spawn(plait::launch::now, child, bench::small_stack); });
}
