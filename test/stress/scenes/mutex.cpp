// Copyright 2026 the plait authors. Boost Software License 1.0
#include "../lock_somehow.hpp"
#include "../scene.hpp"

#include <plait/runtime/mutex.hpp>

#include <memory>

namespace plait::stress {
namespace {

const scene one_owner_at_a_time("mutex", [](round& r) {
    mutex m;
    long inside = 0, counted = 0; // guarded by m
    std::atomic<long> locked{0};
    int times = r.between(1, 100);
    troupe owners(r);
    owners.start(r.between(2, 8), [&](actor& a) {
        for (int i = 0; i < times; ++i) {
            if (!lock_somehow(a, m)) continue;
            std::lock_guard owned(m, std::adopt_lock);
            shield until_it_has_left;
            r.check(++inside == 1, "one at a time owns the mutex");
            ++counted;
            ++locked;
            if (a.chance(10)) a.dawdle();
            --inside;
        }
    });
    for (int i = r.between(0, 4); i > 0; --i)
        owners.cancel_one();
    owners.join();
    r.check(counted == locked, "what is done under the mutex is seen by the next owner");
    r.check(m.try_lock(), "a mutex that nobody owns is free");
    m.unlock();
});

const scene last_owner_destroys("mutex_destroyed_by_its_last_owner", [](round& r) {
    for (int i = r.between(1, 20); i > 0; --i) {
        auto m = std::make_unique<mutex>();
        std::atomic<int> still_to_come{2};
        troupe owners(r);
        owners.start(2, [&](actor& a) {
            a.doing("lock");
            m->lock();
            bool last = --still_to_come == 0;
            m->unlock();
            if (last) m.reset();
        });
    }
});

} // namespace
} // namespace plait::stress
