// Copyright 2026 the plait authors. Boost Software License 1.0
#include "../head_count.hpp"
#include "../scene.hpp"

#include <plait/runtime/error.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/locals.hpp>
#include <plait/runtime/thread.hpp>

#include <memory>

namespace plait::stress {
namespace {

struct failed {};

// A thread ends with or without an exception, or by being cancelled. When it was joined, its locals are gone.
const scene every_thread_ends("thread", [](round& r) {
    std::atomic<long> alive{0};
    local<std::unique_ptr<head_count>> own([] { return nullptr; });
    event never;
    troupe parents(r);
    parents.start(r.between(1, 3), [&](actor& a) {
        for (int i = a.between(1, 6); i > 0; --i) {
            int fate = a.between(0, 3);
            a.doing("start");
            thread t([&, fate] {
                own.set(std::make_unique<head_count>(alive));
                if (fate == 0) throw failed();
                if (fate == 1) never.wait();
                if (fate == 2) std::this_thread::yield();
            });
            if (fate == 1 || a.chance(20)) t.cancel();
            shield until_it_has_ended; // a handle that goes waits, too, and would report what is thrown here
            a.doing("join");
            try {
                bool has_ended = false;
                if (a.chance(30)) has_ended = t.join_for(std::chrono::microseconds(a.between(0, 300)));
                if (!has_ended) t.join();
                r.check(fate != 0 && fate != 1, "who fails, or waits for ever, does not end well");
            } catch (const failed&) {
                r.check(fate == 0, "an exception comes from who threw it");
            } catch (const error& e) {
                r.check(e.code() == errc::task_cancelled, "who was cancelled says so");
            }
            r.check(!t.is_alive(), "who was joined is not alive");
        }
    });
    for (int i = r.between(0, 2); i > 0; --i)
        parents.cancel_one();
    parents.join();
    r.check(alive == 0, "nothing that a thread had is left");
});

const scene many_join_one("thread_joined_by_many", [](round& r) {
    event begin;
    std::atomic<bool> has_run{false};
    thread one([&] {
        begin.wait();
        has_run = true;
    });
    troupe joiners(r);
    joiners.start(r.between(1, 6), [&](actor& a) {
        a.dawdle();
        a.doing("join");
        one.join();
        r.check(has_run, "a join returns when the thread has ended");
    });
    for (int i = r.between(0, 2); i > 0; --i)
        joiners.cancel_one();
    begin.set();
});

} // namespace
} // namespace plait::stress
