// Copyright 2026 the plait authors. Boost Software License 1.0
#include "../scene.hpp"

#include <plait/runtime/condition_variable.hpp>
#include <plait/runtime/mutex.hpp>

#include <mutex>

namespace plait::stress {
namespace {

const scene every_change_is_noticed("condition_variable", [](round& r) {
    mutex m;
    condition_variable changed;
    int takers = r.between(1, 6), each = r.between(1, 50);
    int items = 0, to_bring = takers * each; // guarded by m
    troupe patient(r), others(r);
    patient.start(takers, [&](actor& a) {
        for (int i = 0; i < each; ++i) {
            std::unique_lock lock(m);
            a.doing("wait");
            changed.wait(lock, [&] { return items > 0; });
            --items;
        }
    });
    // They take nothing, and whatever wakes them they pass on.
    others.start(r.between(0, 4), [&](actor& a) {
        std::unique_lock lock(m);
        struct passes_on {
            condition_variable& changed;
            ~passes_on() { changed.notify_one(); }
        } at_the_end{changed};
        for (int i = 0; i < each; ++i) {
            a.doing("wait_for");
            if (changed.wait_for(lock, std::chrono::microseconds(a.between(0, 300)))) changed.notify_one();
        }
    });
    patient.start(r.between(1, 3), [&](actor& a) {
        for (;;) {
            {
                std::lock_guard lock(m);
                if (to_bring == 0) return;
                --to_bring;
                ++items;
            }
            a.doing("notify");
            changed.notify_one();
            if (a.chance(10)) a.dawdle();
        }
    });
    for (int i = r.between(0, 4); i > 0; --i)
        others.cancel_one();
    patient.join();
    others.join();
    r.check(items == 0, "every item is taken");
    r.check(changed.waiters() == 0, "nobody is left waiting");
});

} // namespace
} // namespace plait::stress
