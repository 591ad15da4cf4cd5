// Copyright 2026 the plait authors. Boost Software License 1.0
//
// A timeout in plait belongs to a wait; this arms and disarms what such a wait arms and disarms in its loop, the reading
// of the clock included. Nothing else has to happen for a timeout that does not expire.
#include "arm_cancel.hpp"

#include <plait/coro/run.hpp>

#include <deque>

int main(int argc, char** argv) {
    auto row = bench::requested_row(argc, argv, {"timers"});
    return plait::run([&] {
        plait::loop& loop = *plait::loop::current();
        auto ignore = [](plait::detail::timer_node&) noexcept {};

        bench::standing_timeouts distances;
        std::deque<plait::detail::timer_node> standing;
        for (int i = 0; i < bench::standing_timers; ++i)
            loop.timers().arm(standing.emplace_back(ignore), loop.now() + distances.next());

        plait::detail::timer_node timer(ignore);
        auto started = bench::clock::now();
        for (long i = 0; i < bench::arm_cancels; ++i) {
            loop.timers().arm(timer, loop.now() + bench::new_timeout);
            loop.timers().disarm(timer);
        }
        auto stopped = bench::clock::now();
        for (auto& timeout : standing)
            loop.timers().disarm(timeout);
        bench::report(row, "ns", bench::nanoseconds_between(started, stopped) / bench::arm_cancels, "ns");
    });
}
