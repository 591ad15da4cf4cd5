// Copyright 2026 the plait authors. Boost Software License 1.0
#include "batches.hpp"

#include <boost/fiber/all.hpp>

#include <vector>

namespace fibers = boost::fibers;

int main(int argc, char** argv) {
    fibers::pooled_fixedsize_stack stacks(bench::stack_bytes);
    std::vector<fibers::fiber> running;
    running.reserve(bench::batch);
    bench::measure_batches(argc, argv, [&](volatile long& counter) {
        for (int i = 0; i < bench::batch; ++i) {
            running.emplace_back(
                fibers::launch::post, std::allocator_arg, stacks, [&counter] { counter = counter + 1; });
        }
        for (auto& fiber : running)
            fiber.join();
        running.clear();
    });
}
