// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Asio's stackless coroutines. Asio has no cheap join of several: the handler of the last child to end cancels a timer that
// its parent waits for.
#include "tree.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace asio = boost::asio;

namespace {

asio::awaitable<long> sum_of_subtree(asio::io_context& loop, long first, long size) {
    if (size == 1) co_return first;
    asio::steady_timer all_ended(loop, asio::steady_timer::time_point::max());
    long sum = 0, running = bench::children;
    for (long i = 0, part = size / bench::children; i < bench::children; ++i) {
        asio::co_spawn(loop, sum_of_subtree(loop, first + i * part, part), [&](const std::exception_ptr&, long child) {
            sum += child;
            if (--running == 0) all_ended.cancel();
        });
    }
    boost::system::error_code cancelled;
    co_await all_ended.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    co_return sum;
}

} // namespace

int main(int argc, char** argv) {
    asio::io_context loop(1);
    bench::measure_tree(argc, argv, [&] {
        long sum = 0;
        asio::co_spawn(
            loop, sum_of_subtree(loop, 0, bench::leaves), [&](const std::exception_ptr&, long all) { sum = all; });
        loop.run();
        return sum;
    });
}
