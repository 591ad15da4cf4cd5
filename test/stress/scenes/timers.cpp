// Copyright 2026 the plait authors. Boost Software License 1.0
#include "../scene.hpp"

#include <plait/runtime/error.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/timeout.hpp>
#include <plait/runtime/wait.hpp>

#include <algorithm>

namespace plait::stress {
namespace {

using clock = std::chrono::steady_clock;

const scene nobody_wakes_too_early("timers", [](round& r) {
    troupe sleepers(r);
    sleepers.start(r.between(1, 8), [&](actor& a) {
        for (int i = a.between(1, 10); i > 0; --i) {
            auto until = clock::now() + std::chrono::microseconds(a.between(0, 1000));
            a.doing("sleep_until");
            sleep_until(until);
            r.check(clock::now() >= until, "a sleeper does not wake before its time");
        }
    });
    for (int i = r.between(0, 4); i > 0; --i)
        sleepers.cancel_one();
});

// Deadline, wake-up and cancellation at the same moment: one of them decides the wait.
const scene timeout_or_event("timers_against_events", [](round& r) {
    for (int i = r.between(1, 20); i > 0; --i) {
        event e;
        auto wait = std::chrono::microseconds(r.between(0, 300));
        troupe waiters(r), setters(r);
        waiters.start(r.between(1, 3), [&](actor& a) {
            auto until = clock::now() + wait;
            a.doing("wait_until");
            if (e.wait_until(until))
                r.check(e.is_set(), "a wait that is not timed out was for the event");
            else
                r.check(clock::now() >= until, "a wait does not time out before its time");
        });
        setters.start(1, [&](actor& a) {
            a.doing("sleep_for");
            sleep_for(wait);
            e.set();
        });
        if (r.chance(30)) waiters.cancel_one();
    }
});

const scene inner_and_outer_timeout("timers_nested", [](round& r) {
    troupe workers(r);
    workers.start(r.between(1, 6), [&](actor& a) {
        event never;
        auto limit = [&] { return clock::now() + std::chrono::microseconds(a.between(0, 400)); };
        for (int i = a.between(1, 10); i > 0; --i) {
            auto outer = limit(), inner = limit();
            bool inner_timed_out = false;
            a.doing("timeout_at");
            try {
                timeout_at(outer, [&] {
                    try {
                        timeout_at(inner, [&] { never.wait(); });
                    } catch (const timeout_error&) {
                        inner_timed_out = true;
                    }
                    r.check(clock::now() >= inner, "the inner timeout does not come before its time");
                    never.wait();
                });
                r.check(false, "nobody sets the event");
            } catch (const timeout_error&) {
                r.check(clock::now() >= outer, "the outer timeout does not come before its time");
            }
            r.check(inner_timed_out || outer <= inner || clock::now() >= outer, "what comes first ends the wait");
        }
    });
    for (int i = r.between(0, 3); i > 0; --i)
        workers.cancel_one();
});

} // namespace
} // namespace plait::stress
