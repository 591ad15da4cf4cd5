// Copyright 2026 the plait authors. Boost Software License 1.0
#include "../scene.hpp"

#include <plait/runtime/semaphore.hpp>

#include <memory>

namespace plait::stress {
namespace {

/// Acquires in any of the ways that there are; false if the way chosen gave up.
bool acquire_somehow(actor& a, counting_semaphore& s) {
    switch (a.between(0, 3)) {
    case 0: a.doing("try_acquire"); return s.try_acquire();
    case 1: a.doing("try_acquire_for"); return s.try_acquire_for(std::chrono::microseconds(a.between(0, 300)));
    default:
        a.doing("acquire");
        s.acquire();
        return true;
    }
}

const scene as_many_inside_as_permits("semaphore", [](round& r) {
    int permits = r.between(1, 4), times = r.between(1, 100);
    bounded_semaphore s(permits);
    std::atomic<int> inside{0};
    troupe users(r);
    users.start(r.between(2, 8), [&](actor& a) {
        for (int i = 0; i < times; ++i) {
            if (!acquire_somehow(a, s)) continue;
            permit mine(s, std::adopt_lock);
            r.check(++inside <= permits, "no more are inside than there are permits");
            shield until_it_has_left;
            if (a.chance(10)) a.dawdle();
            --inside;
        }
    });
    for (int i = r.between(0, 4); i > 0; --i)
        users.cancel_one();
    users.join();
    r.check(s.available() == permits, "every permit comes back");
});

const scene every_permit_is_taken_once("semaphore_released_by_others", [](round& r) {
    counting_semaphore s(0);
    int takers = r.between(1, 6), each = r.between(1, 50);
    std::atomic<int> to_release{takers * each};
    troupe all(r);
    all.start(takers, [&](actor& a) {
        for (int i = 0; i < each; ++i) {
            a.doing("acquire");
            s.acquire();
        }
    });
    all.start(r.between(1, 3), [&](actor& a) {
        for (int left = to_release; left > 0;) {
            int n = std::min(left, a.between(1, 5));
            if (!to_release.compare_exchange_weak(left, left - n)) continue;
            a.doing("release");
            s.release(n);
            if (a.chance(10)) a.dawdle();
        }
    });
    all.join();
    r.check(s.available() == 0, "as many permits are taken as were released");
});

const scene last_taker_destroys("semaphore_destroyed_by_its_last_taker", [](round& r) {
    for (int i = r.between(1, 20); i > 0; --i) {
        auto s = std::make_unique<counting_semaphore>(0);
        troupe both(r);
        both.start(1, [&](actor& a) {
            a.doing("acquire");
            s->acquire();
            s.reset();
        });
        both.start(1, [of = s.get()](actor& a) {
            a.doing("release");
            of->release();
        });
        both.join();
    }
});

} // namespace
} // namespace plait::stress
