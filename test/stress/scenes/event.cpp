// Copyright 2026 the plait authors. Boost Software License 1.0
#include "../scene.hpp"

#include <plait/runtime/async.hpp>
#include <plait/runtime/event.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <deque>
#include <memory>

namespace plait::stress {
namespace {

const scene everybody_is_let_through("event", [](round& r) {
    event gate;
    int written_before = 0;
    troupe waiters(r), setters(r);
    waiters.start(r.between(1, 8), [&](actor& a) {
        a.dawdle();
        if (a.chance(30)) {
            a.doing("wait_for");
            if (!gate.wait_for(std::chrono::microseconds(a.between(0, 300)))) return;
        } else {
            a.doing("wait");
            gate.wait();
        }
        r.check(written_before == 1, "what was written before set() is seen after the wait");
    });
    setters.start(1, [&](actor& a) {
        a.dawdle();
        written_before = 1;
        a.doing("set");
        gate.set();
    });
    for (int i = r.between(0, 4); i > 0; --i)
        waiters.cancel_one();
});

const scene baton("event_baton", [](round& r) {
    auto parties = static_cast<std::size_t>(r.between(2, 6));
    int laps = r.between(1, 100);
    std::deque<event> turn(parties);
    std::atomic<std::size_t> next_place{0};
    long passed = 0; // guarded by holding the baton
    troupe runners(r);
    runners.start(static_cast<int>(parties), [&](actor& a) {
        std::size_t place = next_place++;
        for (int i = 0; i < laps; ++i) {
            a.doing("wait");
            turn[place].wait();
            turn[place].clear();
            ++passed;
            a.doing("set");
            turn[(place + 1) % parties].set();
        }
    });
    turn[0].set();
    runners.join();
    r.check(passed == static_cast<long>(parties) * laps, "the baton is passed on every time");
});

const scene every_handler_once("event_async", [](round& r) {
    event gate;
    std::atomic<int> begun{0}, called{0};
    {
        troupe callers(r), setters(r);
        callers.start(r.between(1, 4), [&](actor& a) {
            int waits = a.between(1, 10);
            std::deque<boost::asio::cancellation_signal> stops(static_cast<std::size_t>(waits));
            std::atomic<int> own{0};
            event all_called;
            shield as_the_handlers_use_what_is_here;
            for (auto& stop : stops) {
                a.doing("async_wait");
                ++begun;
                gate.async_wait(
                    boost::asio::bind_cancellation_slot(stop.slot(), [&, waits](boost::system::error_code ec) {
                        r.check(!ec || ec == boost::asio::error::operation_aborted, "a wait ends well or is cancelled");
                        ++called;
                        if (++own == waits) all_called.set();
                    }));
                // On a loop alone: elsewhere the handler may run on another thread at the same time.
                if (a.is_coroutine() && a.chance(30)) stop.emit(boost::asio::cancellation_type::terminal);
                if (a.chance(20)) a.dawdle();
            }
            a.doing("wait for the handlers");
            all_called.wait();
        });
        setters.start(1, [&](actor& a) {
            a.dawdle();
            gate.set();
        });
    }
    r.check(begun == called, "every handler is called once");
});

const scene waiter_destroys("event_destroyed_by_its_waiter", [](round& r) {
    for (int i = r.between(1, 20); i > 0; --i) {
        auto e = std::make_unique<event>();
        troupe both(r);
        both.start(1, [&](actor& a) {
            a.doing("wait");
            e->wait();
            e.reset();
        });
        both.start(1, [&, raised = e.get()](actor& a) {
            a.doing("set");
            raised->set();
        });
    }
});

} // namespace
} // namespace plait::stress
