// Copyright 2026 the plait authors. Boost Software License 1.0
#include "../lock_somehow.hpp"
#include "../scene.hpp"

#include <plait/runtime/shared_mutex.hpp>
#include <plait/runtime/wait.hpp>

namespace plait::stress {
namespace {

bool lock_shared_somehow(actor& a, shared_mutex& m) {
    switch (a.between(0, 3)) {
    case 0: a.doing("try_lock_shared"); return m.try_lock_shared();
    case 1: a.doing("try_lock_shared_for"); return m.try_lock_shared_for(std::chrono::microseconds(a.between(0, 300)));
    default:
        a.doing("lock_shared");
        m.lock_shared();
        return true;
    }
}

const scene readers_or_one_writer("shared_mutex", [](round& r) {
    shared_mutex m;
    std::atomic<int> readers{0}, writers{0};
    long written = 0; // guarded by m
    int times = r.between(1, 100), writing_percent = r.between(5, 60);
    troupe parties(r);
    parties.start(r.between(2, 8), [&](actor& a) {
        for (int i = 0; i < times; ++i) {
            if (a.chance(writing_percent)) {
                if (!lock_somehow(a, m)) continue;
                shield until_it_has_left;
                r.check(++writers == 1 && readers == 0, "a writer is alone");
                ++written;
                if (a.chance(10)) a.dawdle();
                --writers;
                m.unlock();
            } else {
                if (!lock_shared_somehow(a, m)) continue;
                shield until_it_has_left;
                ++readers;
                long before = written;
                r.check(writers == 0, "no writer is among readers");
                if (a.chance(10)) a.dawdle();
                r.check(written == before, "nothing changes while somebody reads");
                --readers;
                m.unlock_shared();
            }
        }
    });
    for (int i = r.between(0, 4); i > 0; --i)
        parties.cancel_one();
    parties.join();
    r.check(m.try_lock(), "a lock that nobody has is free");
    m.unlock();
});

} // namespace
} // namespace plait::stress
