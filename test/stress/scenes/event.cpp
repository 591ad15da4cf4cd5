// Copyright 2026 the plait authors. Boost Software License 1.0
#include "../scene.hpp"

#include <plait/runtime/event.hpp>

#include <deque>
#include <memory>

namespace plait::stress {
namespace {

const scene everybody_is_let_through("event", [](round& r) {
    event gate;
    int written_before = 0;
    troupe waiters(r), setters(r);
    waiters.start(r.between(1, 8), [&](actor& a) {
        a.dawdle();
        if (a.chance(30)) {
            a.doing("wait_for");
            if (!gate.wait_for(std::chrono::microseconds(a.between(0, 300)))) return;
        } else {
            a.doing("wait");
            gate.wait();
        }
        r.check(written_before == 1, "what was written before set() is seen after the wait");
    });
    setters.start(1, [&](actor& a) {
        a.dawdle();
        written_before = 1;
        a.doing("set");
        gate.set();
    });
    for (int i = r.between(0, 4); i > 0; --i)
        waiters.cancel_one();
});

const scene baton("event_baton", [](round& r) {
    auto parties = static_cast<std::size_t>(r.between(2, 6));
    int laps = r.between(1, 100);
    std::deque<event> turn(parties);
    std::atomic<std::size_t> next_place{0};
    long passed = 0; // guarded by holding the baton
    troupe runners(r);
    runners.start(static_cast<int>(parties), [&](actor& a) {
        std::size_t place = next_place++;
        for (int i = 0; i < laps; ++i) {
            a.doing("wait");
            turn[place].wait();
            turn[place].clear();
            ++passed;
            a.doing("set");
            turn[(place + 1) % parties].set();
        }
    });
    turn[0].set();
    runners.join();
    r.check(passed == static_cast<long>(parties) * laps, "the baton is passed on every time");
});

const scene waiter_destroys("event_destroyed_by_its_waiter", [](round& r) {
    for (int i = r.between(1, 20); i > 0; --i) {
        auto e = std::make_unique<event>();
        troupe both(r);
        both.start(1, [&](actor& a) {
            a.doing("wait");
            e->wait();
            e.reset();
        });
        both.start(1, [&, raised = e.get()](actor& a) {
            a.doing("set");
            raised->set();
        });
    }
});

} // namespace
} // namespace plait::stress
