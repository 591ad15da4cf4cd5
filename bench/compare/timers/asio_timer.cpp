// Copyright 2026 the plait authors. Boost Software License 1.0
//
// A cancelled wait completes with operation_aborted; its handler is part of what a cancelled timeout costs in Asio, so
// the loop runs the handlers, a hundred at a time.
#include "arm_cancel.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <vector>

namespace asio = boost::asio;

int main(int argc, char** argv) {
    auto row = bench::requested_row(argc, argv, {"timers"});
    asio::io_context loop(1);
    auto ignore = [](boost::system::error_code) {};

    bench::standing_timeouts distances;
    std::vector<asio::steady_timer> standing;
    for (int i = 0; i < bench::standing_timers; ++i)
        standing.emplace_back(loop, distances.next()).async_wait(ignore);

    asio::steady_timer timer(loop);
    auto started = bench::clock::now();
    for (long i = 0; i < bench::arm_cancels; ++i) {
        timer.expires_after(bench::new_timeout);
        timer.async_wait(ignore);
        timer.cancel();
        if (i % 100 == 99) loop.poll();
    }
    auto stopped = bench::clock::now();
    bench::report(row, "ns", bench::nanoseconds_between(started, stopped) / bench::arm_cancels, "ns");
}
