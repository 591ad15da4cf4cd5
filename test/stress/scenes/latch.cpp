// Copyright 2026 the plait authors. Boost Software License 1.0
#include "../scene.hpp"

#include <plait/runtime/latch.hpp>

namespace plait::stress {
namespace {

const scene opens_when_all_have_counted("latch", [](round& r) {
    for (int i = r.between(1, 10); i > 0; --i) {
        int count = r.between(1, 4);
        latch gate(count);
        std::atomic<int> counted{0};
        troupe waiters(r), counters(r);
        waiters.start(r.between(1, 4), [&](actor& a) {
            a.doing("wait");
            gate.wait();
            r.check(counted == count, "a latch opens when all have counted");
        });
        counters.start(count, [&](actor& a) {
            a.dawdle();
            ++counted;
            gate.count_down();
        });
        if (r.chance(30)) waiters.cancel_one();
    }
});

} // namespace
} // namespace plait::stress
