// Copyright 2026 the plait authors. Boost Software License 1.0
#include "turns.hpp"

#include <boost/fiber/all.hpp>

#include <vector>

namespace fibers = boost::fibers;

int main(int argc, char** argv) {
    bench::turns turns(argc, argv);
    std::vector<fibers::fiber> running;
    for (int i = 0; i < turns.coroutines; ++i) {
        running.emplace_back(
            fibers::launch::post, std::allocator_arg, fibers::fixedsize_stack(bench::stack_bytes),
            [&turns, i] { turns.take(i, [] { boost::this_fiber::yield(); }); });
    }
    for (auto& fiber : running)
        fiber.join();
    turns.report();
}
