// Copyright 2026 the plait authors. Boost Software License 1.0
#include "../lock_somehow.hpp"
#include "../scene.hpp"

#include <plait/runtime/recursive_mutex.hpp>

#include <mutex>

namespace plait::stress {
namespace {

/// What the mutex guards.
struct guarded {
    int parties = 0;
    long entered = 0;
};

/// Owns the mutex `depth` times at once, if it gets it the first time. Returns how often it did.
int enter(actor& a, const round& r, recursive_mutex& m, guarded& g, int depth, bool is_owner = false) {
    if (depth == 0) return 0;
    if (!lock_somehow(a, m)) {
        r.check(!is_owner, "who owns the mutex gets it again at once");
        return 0;
    }
    std::lock_guard owned(m, std::adopt_lock);
    shield until_it_has_left;
    if (!is_owner) r.check(++g.parties == 1, "one at a time owns the mutex");
    ++g.entered;
    if (a.chance(10)) a.dawdle();
    int deeper = enter(a, r, m, g, depth - 1, true);
    if (!is_owner) --g.parties;
    return 1 + deeper;
}

const scene one_owner_however_often("recursive_mutex", [](round& r) {
    recursive_mutex m;
    guarded g;
    std::atomic<long> entered{0};
    int times = r.between(1, 50);
    troupe owners(r);
    owners.start(r.between(2, 8), [&](actor& a) {
        for (int i = 0; i < times; ++i)
            entered += enter(a, r, m, g, a.between(1, 4));
    });
    for (int i = r.between(0, 4); i > 0; --i)
        owners.cancel_one();
    owners.join();
    r.check(g.entered == entered, "what is done under the mutex is seen by the next owner");
    r.check(m.try_lock(), "a mutex that nobody owns is free");
    m.unlock();
});

} // namespace
} // namespace plait::stress
