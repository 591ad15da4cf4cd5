// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Child first (launch::dispatch), with stacks from a pool; a child's result travels through a channel, as in the known
// programs.
#include "tree.hpp"

#include <boost/fiber/all.hpp>

namespace fibers = boost::fibers;

namespace {

using results = fibers::buffered_channel<long>;
constexpr std::size_t room = 16; // a power of two, and enough for the children of one node

using stack_pool = fibers::pooled_fixedsize_stack;

void give_sum_of_subtree(stack_pool& stacks, results& to, long first, long size) {
    if (size == 1) {
        to.push(first);
        return;
    }
    results from_children(room);
    long part = size / bench::children;
    for (long i = 0; i < bench::children; ++i) {
        fibers::fiber(
            fibers::launch::dispatch, std::allocator_arg, stacks,
            [&stacks, &from_children, child = first + i * part, part] {
                give_sum_of_subtree(stacks, from_children, child, part);
            })
            .detach();
    }
    long sum = 0;
    for (long i = 0; i < bench::children; ++i)
        sum += from_children.value_pop();
    to.push(sum);
}

} // namespace

int main(int argc, char** argv) {
    stack_pool stacks(bench::stack_bytes);
    bench::measure_tree(argc, argv, [&] {
        results sum(room);
        fibers::fiber(fibers::launch::dispatch, std::allocator_arg, stacks, [&] {
            give_sum_of_subtree(stacks, sum, 0, bench::leaves);
        }).detach();
        return sum.value_pop();
    });
}
