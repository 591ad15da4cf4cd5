// Copyright 2026 the plait authors. Boost Software License 1.0
#include "../scene.hpp"

#include <plait/runtime/barrier.hpp>
#include <plait/runtime/error.hpp>

namespace plait::stress {
namespace {

const scene nobody_is_ahead("barrier", [](round& r) {
    int parties = r.between(1, 6), phases = r.between(1, 100), actions = 0;
    std::atomic<int> first_ones{0};
    barrier b(static_cast<std::size_t>(parties), [&] { ++actions; });
    troupe all(r);
    all.start(parties, [&](actor& a) {
        for (int phase = 1; phase <= phases; ++phase) {
            if (a.chance(5)) a.dawdle();
            a.doing("arrive_and_wait");
            if (b.arrive_and_wait() == 0) ++first_ones;
            r.check(actions == phase, "the action ran once for each phase, and nobody is ahead");
        }
    });
    all.join();
    r.check(first_ones == phases, "one party of each phase came first");
});

const scene nobody_is_left_waiting("barrier_that_breaks", [](round& r) {
    int parties = r.between(2, 6);
    std::atomic<bool> acting{false};
    barrier b(static_cast<std::size_t>(parties), [&] {
        r.check(!acting.exchange(true), "one action runs at a time");
        acting = false;
    });
    troupe all(r);
    all.start(parties + r.between(-1, 3), [&](actor& a) {
        try {
            for (int i = a.between(1, 50); i > 0; --i) { // who leaves first makes the others' time run out
                a.doing("arrive_and_wait_for");
                b.arrive_and_wait_for(std::chrono::microseconds(a.between(100, 3'000)));
                if (a.chance(10)) a.dawdle();
            }
        } catch (const error& e) {
            r.check(e.code() == errc::timed_out || e.code() == errc::barrier_broken, "it breaks as it says");
        }
    });
    for (int i = r.between(0, 3); i > 0; --i)
        all.cancel_one();
    if (r.chance(50)) b.abort();
    if (r.chance(20)) b.reset();
    all.join();
    r.check(b.n_waiting() == 0, "nobody is left waiting");
});

} // namespace
} // namespace plait::stress
