// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/parties.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/await.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/locals.hpp>
#include <plait/runtime/loop.hpp>
#include <plait/runtime/queue.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <memory>
#include <set>
#include <thread>
#include <vector>

using namespace plait;
namespace asio = boost::asio;

BOOST_AUTO_TEST_SUITE(loop_suite)

BOOST_AUTO_TEST_CASE(a_program_s_own_io_context_drives_coroutines) {
    asio::io_context context;
    loop guest(context);
    std::vector<int> order;
    auto t = spawn(
        [&] {
            order.push_back(1);
            yield();
            order.push_back(3);
        },
        {.on = &guest});
    asio::post(context, [&] { order.push_back(2); });
    context.run();
    BOOST_TEST(t.is_done());
    BOOST_TEST(order.size() == 3u);
    BOOST_TEST(order.front() == 1);
}

BOOST_AUTO_TEST_CASE(a_second_thread_on_one_loop_is_detected) {
    asio::io_context context;
    loop guest(context);
    auto first = spawn([] {}, {.on = &guest});
    context.run();
    auto second = spawn([] {}, {.on = &guest});
    boost::system::error_code code;
    std::thread([&] {
        context.restart();
        try {
            context.run();
        } catch (const error& e) {
            code = e.code();
        }
    }).join();
    BOOST_TEST((code == errc::two_threads_on_one_loop));
    // The loop's own thread goes on with what the other one may not run.
    auto third = spawn([] {}, {.on = &guest});
    context.restart();
    context.run();
    BOOST_TEST(second.is_done());
    BOOST_TEST(third.is_done());
}

BOOST_AUTO_TEST_CASE(a_busy_coroutine_that_yields_lets_the_io_have_its_turn) {
    run([] {
        bool handler_ran = false;
        asio::post(loop::current()->context(), [&] { handler_ran = true; });
        long yields = 0;
        while (!handler_ran) {
            yield();
            BOOST_REQUIRE(++yields < 1'000'000);
        }
    });
}

BOOST_AUTO_TEST_CASE(other_threads_hand_over_work_without_losing_any) {
    loop l;
    constexpr int per_thread = 5'000;
    std::atomic<int> ran{0};
    std::vector<std::jthread> threads;
    for (int i = 0; i < 3; ++i)
        threads.emplace_back([&] {
            for (int n = 0; n < per_thread; ++n)
                spawn(
                    [&] {
                        if (ran.fetch_add(1) + 1 == 3 * per_thread) l.stop();
                    },
                    {.stack_bytes = 16 * 1024, .on = &l})
                    .detach();
        });
    l.run();
    BOOST_TEST(ran == 3 * per_thread);
}

BOOST_AUTO_TEST_CASE(a_stop_before_the_run_is_not_lost) {
    loop l;
    l.stop();
    l.run();
    BOOST_TEST(loop::current() == nullptr);
}

BOOST_AUTO_TEST_CASE(one_thread_may_run_several_loops_in_turn) {
    asio::io_context first_context, second_context;
    loop first(first_context);
    auto second = std::make_unique<loop>(second_context);
    std::vector<int> order;
    auto yields = [&](int name) {
        return [&order, name] {
            order.push_back(name);
            yield();
            order.push_back(-name);
        };
    };
    auto once = [&](loop& l, asio::io_context& context, int name) {
        auto t = spawn(yields(name), {.on = &l});
        context.restart();
        context.run();
        BOOST_TEST(t.is_done());
    };
    once(first, first_context, 1);
    once(*second, second_context, 2);
    once(first, first_context, 3);
    second.reset();
    once(first, first_context, 4);
    BOOST_TEST(order == (std::vector{1, -1, 2, -2, 3, -3, 4, -4}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_thread_that_ran_a_loop_is_a_plain_thread_again) {
    auto l = std::make_unique<loop>();
    event ran, gone;
    bool waited = false;
    std::jthread runner([&] {
        l->stop();
        l->run();
        ran.set();
        gone.wait();
        waited = loop::current() == nullptr;
    });
    ran.wait();
    l.reset(); // on another thread than the one that ran it
    gone.set();
    runner.join();
    BOOST_TEST(waited);
}

BOOST_AUTO_TEST_CASE(a_loop_may_go_as_soon_as_its_last_coroutine_was_woken_from_outside) {
    for (int round = 0; round < 300; ++round) {
        queue<int> q;
        std::jthread putter;
        int got = 0;
        run([&] {
            bool over = false;
            auto busy = spawn([&] { // keeps the loop awake, so that nobody has to ring
                while (!over)
                    yield();
            });
            putter = std::jthread([&] { q.put(1); });
            got = q.get();
            over = true;
        });
        BOOST_REQUIRE(got == 1);
    }
}

BOOST_AUTO_TEST_CASE(a_loop_may_go_while_a_coroutine_of_its_awaits_something) {
    loop l;
    spawn(
        [&] {
            l.stop();
            asio::post(l.context(), await); // behind the stop
        },
        {.on = &l})
        .detach();
    l.run();
}

BOOST_AUTO_TEST_CASE(a_handler_that_comes_after_its_loop_went_wakes_nobody) {
    asio::io_context context;
    auto guest = std::make_unique<loop>(context);
    bool went_on = false;
    spawn(
        [&] {
            asio::post(context, await);
            asio::post(context, await);
            went_on = true;
        },
        {.on = guest.get()})
        .detach();
    context.run_one();
    guest.reset();
    context.run();
    BOOST_TEST(!went_on);
}

BOOST_AUTO_TEST_CASE(a_guest_is_the_current_loop_in_a_handler_before_its_first_batch) {
    asio::io_context context;
    loop guest(context);
    loop* current = nullptr;
    bool ran = false;
    asio::post(context, [&] {
        current = loop::current();
        spawn([&] { ran = true; }).detach();
    });
    context.run();
    BOOST_TEST(current == &guest);
    BOOST_TEST(ran);
}

BOOST_AUTO_TEST_CASE(a_guest_may_go_on_another_thread_than_the_one_that_ran_it) {
    asio::io_context context;
    auto guest = std::make_unique<loop>(context);
    spawn([] {}, {.on = guest.get()}).detach();
    event ran, gone;
    bool is_plain_again = false;
    std::jthread runner([&] {
        context.run();
        ran.set();
        gone.wait();
        is_plain_again = loop::current() == nullptr;
    });
    ran.wait();
    guest.reset();
    gone.set();
    runner.join();
    BOOST_TEST(is_plain_again);
}

BOOST_AUTO_TEST_CASE(several_stops_before_a_run_end_that_run_alone) {
    loop l;
    l.stop();
    l.stop();
    l.run();
    bool ran = false;
    spawn(
        [&] {
            yield(); // a stop that was left over would have come by now
            ran = true;
            l.stop();
        },
        {.on = &l})
        .detach();
    l.run();
    BOOST_TEST(ran);
}

BOOST_AUTO_TEST_CASE(a_loop_belongs_to_the_first_thread_that_is_bound_to_it) {
    loop l;
    l.bind_to_this_thread();
    l.bind_to_this_thread();
    boost::system::error_code code;
    std::jthread([&] { code = test::code_of([&] { l.run(); }); }).join();
    BOOST_TEST((code == errc::two_threads_on_one_loop));
}

BOOST_AUTO_TEST_CASE(a_loop_of_a_run_belongs_to_its_thread_before_the_first_coroutine_begins) {
    run(
        [] {
            boost::system::error_code code;
            event over;
            std::jthread foreigner([&] {
                spawn([] {}, {.on = loops()[1]}).detach(); // so that there is something to run
                code = test::code_of([] { loops()[1]->bind_to_this_thread(); });
                over.set();
            });
            over.wait();
            BOOST_TEST((code == errc::two_threads_on_one_loop));
        },
        {.loops = 2});
}

BOOST_AUTO_TEST_CASE(a_run_to_standstill_ends_when_nothing_is_left_that_could_happen) {
    loop l;
    event never;
    auto waiting = spawn(
        [&] {
            sleep_for(std::chrono::microseconds(100));
            asio::post(l.context(), await);
            never.wait();
        },
        {.on = &l});
    BOOST_TEST(!l.run_to_standstill());
    BOOST_TEST(!waiting.is_done());
    l.stop();
    BOOST_TEST(l.run_to_standstill());
    never.set();
    BOOST_TEST(!l.run_to_standstill());
    BOOST_TEST(waiting.is_done());
}

BOOST_AUTO_TEST_CASE(tasks_that_outlive_their_loop_end_with_loop_stopped) {
    event never;
    auto l = std::make_unique<loop>();
    auto parked = spawn([&] { never.wait(); }, {.on = l.get()});
    BOOST_TEST(!l->run_to_standstill());
    auto kept = std::make_shared<int>();
    auto not_begun = spawn([kept] {}, {.on = l.get()});
    boost::system::error_code seen_by_joiner;
    std::jthread joiner([&] { seen_by_joiner = test::code_of([&] { parked.join(); }); });
    l.reset();
    joiner.join();
    BOOST_TEST((seen_by_joiner == errc::loop_stopped));
    BOOST_TEST((test::code_of([&] { not_begun.join(); }) == errc::loop_stopped));
    BOOST_TEST(kept.use_count() == 1);
    parked.cancel();
    not_begun.cancel();
    never.set(); // wakes nobody
}

BOOST_AUTO_TEST_CASE(a_cancellation_that_is_on_its_way_when_the_loop_goes_is_forgotten) {
    event never;
    auto l = std::make_unique<loop>();
    auto parked = spawn([&] { never.wait(); }, {.on = l.get()});
    BOOST_TEST(!l->run_to_standstill());
    parked.cancel(); // asks the loop, which does not run
    l.reset();
    BOOST_TEST((test::code_of([&] { parked.join(); }) == errc::loop_stopped));
}

BOOST_AUTO_TEST_CASE(what_is_cancelled_by_what_a_loop_destroys_as_it_goes_gives_its_stack_back) {
    struct notes_where_it_is {
        std::set<const void*>& places;
        ~notes_where_it_is() { places.insert(this); }
    };
    std::set<const void*> places;
    constexpr std::size_t rounds = 100;
    for (std::size_t i = 0; i < rounds; ++i) {
        auto l = std::make_unique<loop>();
        task<void> second;
        std::shared_ptr<void> cancels(nullptr, [&](void*) { second.cancel(); });
        spawn([held = std::move(cancels)] {}, {.on = l.get()}).detach();
        second = spawn([on_its_stack = notes_where_it_is{places}] {}, {.on = l.get()});
        l.reset();
    }
    BOOST_TEST(places.size() < rounds);
}

BOOST_AUTO_TEST_CASE(a_coroutine_that_has_ended_but_still_destroys_its_result_is_abandoned_with_its_loop) {
    event locals_go, go_on, never;
    struct waits {
        event &gone, &until;
        ~waits() {
            gone.set();
            until.wait();
        }
    };
    struct waits_for {
        void operator()(event* e) const { e->wait(); }
    };
    local<std::unique_ptr<waits>> last_of_all;
    auto l = std::make_unique<loop>();
    auto t = spawn(
        [&] {
            last_of_all.get().reset(new waits{locals_go, go_on});
            return std::unique_ptr<event, waits_for>(&never); // without memory of its own, as it is never destroyed
        },
        {.on = l.get()});
    BOOST_TEST(!l->run_to_standstill());
    BOOST_TEST(locals_go.is_set());
    t.detach();
    go_on.set();
    BOOST_TEST(!l->run_to_standstill());
    l.reset();
    never.set(); // wakes nobody
}

BOOST_AUTO_TEST_CASE(a_loop_that_goes_waits_for_those_who_are_waking_its_coroutines) {
    detail::raw_lock lock;
    detail::wait_list waiters;
    auto l = std::make_unique<loop>();
    auto waits = spawn(
        [&] {
            std::unique_lock guard(lock);
            waiters.wait(guard, deadline::never());
        },
        {.on = l.get()});
    static_cast<void>(l->run_to_standstill());
    lock.lock();
    auto chosen = waiters.choose();
    lock.unlock();
    std::jthread destroyer([&] { l.reset(); });
    auto code = test::code_of([&] { waits.join(); }); // the loop is going
    chosen.unblock();
    BOOST_TEST((code == errc::loop_stopped));
}

BOOST_AUTO_TEST_CASE(a_sleep_too_short_for_an_alarm_waits_at_least_its_time) {
    run([] {
        auto d = std::chrono::microseconds(2);
        auto start = loop::current()->now();
        sleep_for(d);
        BOOST_TEST((loop::current()->now() - start >= d));
    });
}

BOOST_AUTO_TEST_CASE(a_sleep_until_the_first_moment_of_time_ends_at_once) {
    run([] { sleep_until(time_point::min()); });
}

BOOST_AUTO_TEST_CASE(a_loop_counts_what_it_does) {
    run([] {
        loop& here = *loop::current();
        loop_stats before = here.stats();
        event e;
        std::jthread outside([&] { e.set(); });
        e.wait();
        static_cast<void>(event().wait_for(duration(1)));
        loop_stats after = here.stats();
        BOOST_TEST(after.items_run >= before.items_run + 1);
        BOOST_TEST(after.batches >= before.batches + 1);
        BOOST_TEST(after.timers_armed == before.timers_armed + 1);
        BOOST_TEST(after.timers_expired == before.timers_expired + 1);
    });
}

BOOST_AUTO_TEST_SUITE_END()
