// Copyright 2026 the plait authors. Boost Software License 1.0
#include "../scene.hpp"

#include <plait/runtime/error.hpp>
#include <plait/runtime/mutex.hpp>
#include <plait/runtime/signal.hpp>

#include <mutex>

#include <signal.h>
#include <unistd.h>

namespace plait::stress {
namespace {

#if !defined(__SANITIZE_THREAD__) // which keeps one signal of a number for each thread, and drops more

// Signals belong to the process: one round at a time sends them.
mutex one_at_a_time;

// Real-time signals are counted, so each of those that were sent reaches one of those who wait.
const scene every_signal_arrives("signal", [](round& r) {
    std::lock_guard alone(one_at_a_time);
    const int number = SIGRTMIN + 3;
    signal_set signals{number};
    int sent = r.between(1, 30);
    std::atomic<int> seen{0};
    troupe waiters(r), patient(r);
    waiters.start(r.between(0, 4), [&](actor& a) {
        for (int i = a.between(1, 10); i > 0; --i)
            switch (a.between(0, 2)) {
            case 0:
                a.doing("try_wait");
                if (signals.try_wait()) ++seen;
                break;
            default:
                a.doing("wait_for");
                try {
                    r.check(signals.wait_for(std::chrono::microseconds(a.between(0, 300))) == number, "it is that one");
                    ++seen;
                } catch (const timeout_error&) {
                }
            }
    });
    patient.start(1, [&](actor& a) {
        while (seen < sent) {
            a.doing("wait_for");
            try {
                signals.wait_for(std::chrono::milliseconds(1));
                ++seen;
            } catch (const timeout_error&) {
            }
        }
    });
    for (int i = 0; i < sent; ++i) {
        ::kill(::getpid(), number);
        if (r.chance(10)) std::this_thread::yield();
    }
    for (int i = r.between(0, 2); i > 0; --i)
        waiters.cancel_one();
    waiters.join();
    patient.join();
    r.check(seen == sent, "every signal is seen once");
    r.check(!signals.try_wait(), "no signal is left");
});

#endif

} // namespace
} // namespace plait::stress
