// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Parent first, as plait spawns if nothing else is said: the tree is walked breadth first, and a million coroutines are
// alive at a time.
#include "plait_tree.hpp"

int main(int argc, char** argv) {
    return bench::measure_plait_tree(argc, argv, [](auto child) { return plait::spawn(child, bench::small_stack); });
}
