// Copyright 2026 the plait authors. Boost Software License 1.0
#include "../scene.hpp"

#include <plait/runtime/latch.hpp>
#include <plait/runtime/once.hpp>

#include <stdexcept>

namespace plait::stress {
namespace {

const scene called_once("once", [](round& r) {
    once_flag flag;
    int failures = r.between(0, 3), callers = r.between(4, 8), calls = 0;
    latch all_called(callers);
    troupe all(r);
    all.start(callers, [&](actor& a) {
        try {
            a.doing("call_once");
            call_once(flag, [&] {
                if (a.chance(50)) a.dawdle();
                if (calls < failures) {
                    ++calls;
                    throw std::runtime_error("not yet");
                }
                ++calls;
            });
            r.check(calls == failures + 1, "what was called is seen by everybody");
        } catch (const std::runtime_error&) {
        }
        a.doing("arrive_and_wait");
        all_called.arrive_and_wait();
    });
    all.join();
    r.check(calls == failures + 1, "it is called until it succeeds, and then no more");
});

} // namespace
} // namespace plait::stress
