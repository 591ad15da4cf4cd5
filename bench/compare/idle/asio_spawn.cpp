// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The stacks have no guard page: with Boost's guarded ones (protected_fixedsize_stack) the process runs into
// vm.max_map_count after about 32,700 coroutines.
#include "sleepers.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/context/fixedsize_stack.hpp>

namespace asio = boost::asio;

int main(int argc, char** argv) {
    bench::sleepers sleepers(argc, argv);
    asio::io_context loop(1);
    for (long i = 0; i < sleepers.count; ++i) {
        asio::spawn(
            loop, std::allocator_arg, boost::context::fixedsize_stack(bench::stack_bytes),
            [&](asio::yield_context self) {
                asio::steady_timer timer(loop, bench::longer_than_the_run);
                ++sleepers.asleep;
                timer.async_wait(self);
            },
            asio::detached);
    }
    loop.poll();
    sleepers.report_and_exit();
}
