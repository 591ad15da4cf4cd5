// Copyright 2026 the plait authors. Boost Software License 1.0
#include "../head_count.hpp"
#include "../scene.hpp"

#include <plait/coro/coro_pool.hpp>
#include <plait/coro/run.hpp>
#include <plait/coro/scope.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/timeout.hpp>

namespace plait::stress {
namespace {

struct failed {};

loop& any_loop(dice& d) { return *loops()[d.next() % loops().size()]; }

// Children on all loops that spawn, fail, wait for ever and cancel their scope; nobody is left when it has ended.
void grow(scope& s, std::atomic<long>& alive, event& never, dice d, int depth) {
    for (int i = d.between(0, 3); i > 0; --i)
        s.spawn(
            [&, depth, seed = d.next()] {
                head_count here(alive);
                dice mine(seed);
                if (depth > 0) grow(s, alive, never, dice(mine.next()), depth - 1);
                if (mine.chance(20)) yield();
                if (mine.chance(10)) s.cancel();
                if (mine.chance(10)) throw failed();
                if (mine.chance(30)) static_cast<void>(never.wait_for(std::chrono::microseconds(mine.between(1, 200))));
            },
            {.on = &any_loop(d)});
}

const scene scopes_end("scopes", [](round& r) {
    event never;
    troupe bodies(r);
    bodies.start_coroutines(r.between(1, 3), [&](actor& a) {
        for (int i = a.between(1, 5); i > 0; --i) {
            a.doing("in_scope");
            std::atomic<long> alive{0};
            struct nobody_left {
                round& of;
                std::atomic<long>& alive;
                ~nobody_left() { of.check(alive == 0, "no child outlives its scope, however that ends"); }
            } checked{r, alive};
            try {
                timeout(std::chrono::microseconds(a.between(1, 500)), [&] {
                    in_scope([&](scope& s) {
                        grow(s, alive, never, dice(a.next()), 2);
                        if (a.chance(30)) yield();
                        if (a.chance(10)) throw failed();
                        if (a.chance(10)) s.cancel();
                    });
                });
            } catch (const failed&) {
            } catch (const exception_group&) {
            } catch (const timeout_error&) {
            }
        }
    });
    for (int i = r.between(0, 2); i > 0; --i)
        bodies.cancel_one();
    bodies.join();
});

const scene places_of_a_pool("coro_pool", [](round& r) {
    const int places = r.between(1, 4);
    std::atomic<long> inside{0}, called{0}, started{0};
    {
        coro_pool pool(static_cast<std::size_t>(places), loops());
        troupe parties(r);
        parties.start(r.between(1, 4), [&](actor& a) {
            for (int i = a.between(1, 20); i > 0; --i) {
                a.doing("spawn");
                auto f = [&] {
                    head_count here(inside);
                    r.check(inside <= places, "no more run than there are places");
                    yield();
                    ++called;
                };
                try {
                    if (a.chance(50))
                        pool.spawn(f);
                    else
                        pool.spawn_for(std::chrono::microseconds(a.between(1, 100)), f);
                    ++started;
                } catch (const timeout_error&) {
                }
            }
        });
        for (int i = r.between(0, 2); i > 0; --i)
            parties.cancel_one();
        parties.join();
        pool.join();
        r.check(called == started, "all that were started have ended");
        r.check(pool.running() == 0, "all places are free again");
    }
});

} // namespace
} // namespace plait::stress
