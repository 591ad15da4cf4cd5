// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The stacks have no guard page: with Boost's guarded ones (protected_fixedsize_stack) the process runs into
// vm.max_map_count after about 32,700 coroutines.
#include "sleepers.hpp"

#include <boost/fiber/all.hpp>

namespace fibers = boost::fibers;

int main(int argc, char** argv) {
    bench::sleepers sleepers(argc, argv);
    for (long i = 0; i < sleepers.count; ++i) {
        fibers::fiber(
            fibers::launch::post, std::allocator_arg, fibers::fixedsize_stack(bench::stack_bytes),
            [&sleepers] {
                ++sleepers.asleep;
                boost::this_fiber::sleep_for(bench::longer_than_the_run);
            })
            .detach();
    }
    boost::this_fiber::yield();
    sleepers.report_and_exit();
}
