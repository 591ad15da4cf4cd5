// Copyright 2026 the plait authors. Boost Software License 1.0
//
// task_done and join between processes: what is kept, whose a task_done is, and that nobody's death leaves a join hanging.
#include "queue_core.hpp"
#include "support/child_program.hpp"
#include "support/fails_with.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/ipc/queue.hpp>
#include <plait/runtime/error.hpp>

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <thread>
#include <vector>

#include <unistd.h>

using namespace plait;
using namespace std::chrono_literals;
using ipc::segment;
using plait::test::fails_with;

namespace {

using numbers = ipc::queue<int>;

const ::test::child_function works("works", [](segment& s, const std::vector<std::string>&) {
    auto q = numbers::open(s, "q");
    auto done = numbers::open(s, "done");
    try {
        for (;;) {
            int n = q.get();
            // What follows from a task is put before the task is done: at no time is nothing left to do.
            if (n > 0) q.put(n - 1);
            done.put(n);
            q.task_done();
        }
    } catch (const queue_closed&) {
    }
    return 0;
});
const ::test::child_function gets_and_hangs("gets_and_hangs", [](segment& s, const std::vector<std::string>&) {
    auto q = numbers::open(s, "q");
    auto n = q.get();
    numbers::open(s, "done").put(n);
    for (;;)
        ::pause();
    return 0;
});

struct fixture {
    segment s = segment::create({.bytes = 4 << 20, .max_participants = 8});
    numbers q = numbers::create(s, "q", {.bytes = 64 << 10, .joinable = true});
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(joinable_queue, fixture)

BOOST_AUTO_TEST_CASE(an_empty_queue_is_joined_at_once) {
    q.join();
    BOOST_TEST(q.try_join());
    BOOST_TEST(q.join_for(0ms));
    BOOST_TEST(q.is_joinable());
}

BOOST_AUTO_TEST_CASE(what_waits_or_is_held_is_left_to_do) {
    BOOST_TEST(fails_with(errc::invalid_argument, [&] { static_cast<void>(q.join_for(-1ms)); }));
    q.put(1);
    BOOST_TEST(!q.try_join());
    BOOST_TEST(!q.join_for(1ms));
    BOOST_TEST(q.get() == 1);
    BOOST_TEST(q.empty());
    BOOST_TEST(!q.join_until(std::chrono::steady_clock::now()));
    q.task_done();
    q.join();
}

BOOST_AUTO_TEST_CASE(leases_and_loans_are_left_to_do_too_on_any_queue) {
    auto plain = numbers::create(s, "plain");
    {
        auto room = plain.bytes().prepare(4);
        BOOST_TEST(!plain.try_join());
    }
    plain.put(1);
    auto held = plain.receive();
    BOOST_TEST(!plain.try_join());
    held.ack();
    BOOST_TEST(plain.try_join());
}

BOOST_AUTO_TEST_CASE(task_done_without_a_get_is_an_error) {
    q.put(1);
    BOOST_TEST(fails_with(errc::task_done_without_get, [&] { q.task_done(); }));
    static_cast<void>(q.get());
    q.task_done();
    BOOST_TEST(fails_with(errc::task_done_without_get, [&] { q.task_done(); }));
    auto plain = numbers::create(s, "plain");
    plain.put(1);
    static_cast<void>(plain.get()); // which acknowledges it
    BOOST_TEST(fails_with(errc::task_done_without_get, [&] { plain.task_done(); }));
}

BOOST_AUTO_TEST_CASE(every_face_of_get_keeps_what_it_takes) {
    for (int i = 0; i < 6; ++i)
        q.put(i);
    static_cast<void>(q.get());
    static_cast<void>(q.get_for(1ms));
    static_cast<void>(q.try_get().value());
    BOOST_TEST(q.get_many(2).size() == 2U);
    BOOST_TEST(q.try_get_many(2)->size() == 1U);
    for (int i = 0; i < 6; ++i) {
        BOOST_TEST(!q.try_join());
        q.task_done();
    }
    BOOST_TEST(q.try_join());
}

BOOST_AUTO_TEST_CASE(two_handles_of_a_process_are_one_queue) {
    auto other = numbers::open(s, "q");
    q.put(1);
    static_cast<void>(other.get());
    q.task_done();
    BOOST_TEST(other.try_join());
}

BOOST_AUTO_TEST_CASE(task_done_is_about_the_oldest_message_and_the_last_handle_gives_back_the_others) {
    auto r = numbers::create(s, "r", {.joinable = true});
    r.put(1);
    r.put(2);
    static_cast<void>(r.get());
    static_cast<void>(r.get());
    r.task_done();
    r = q; // the last handle is gone
    r = numbers::open(s, "r");
    BOOST_TEST(r.get() == 2);
    r.task_done();
    BOOST_TEST(r.try_join());
}

BOOST_AUTO_TEST_CASE(task_done_is_about_a_message_of_the_caller_s_own_if_there_is_one) {
    auto r = numbers::create(s, "r", {.joinable = true});
    r.put(1);
    r.put(2);
    static_cast<void>(r.get());
    std::thread([&] {
        static_cast<void>(r.get());
        r.task_done();
    }).join();
    r = q; // the last handle is gone
    BOOST_TEST(numbers::open(s, "r").get() == 1);
}

BOOST_AUTO_TEST_CASE(any_thread_may_say_task_done_for_another) {
    q.put(1);
    std::thread([&] { static_cast<void>(q.get()); }).join();
    q.task_done();
    BOOST_TEST(q.try_join());
}

BOOST_AUTO_TEST_CASE(a_malformed_message_is_not_left_to_do) {
    q.bytes().put(std::as_bytes(std::span("abc", 3)));
    BOOST_TEST(fails_with(errc::message_malformed, [&] { static_cast<void>(q.get()); }));
    BOOST_TEST(q.try_join());
}

BOOST_AUTO_TEST_CASE(threads_and_coroutines_join_and_the_queue_is_used_again) {
    for (int round = 0; round < 3; ++round) {
        q.put(round);
        int joined = 0;
        std::jthread thread([&] { q.join(); });
        run([&] {
            auto first = spawn([&] { q.join(), ++joined; });
            auto second = spawn([&] { q.join(), ++joined; });
            yield();
            BOOST_TEST(joined == 0);
            BOOST_TEST(q.get() == round);
            q.task_done();
            first.join();
            second.join();
        });
        thread.join();
        BOOST_TEST(joined == 2);
    }
}

BOOST_AUTO_TEST_CASE(join_returns_although_something_was_put_once_the_queue_was_idle) {
    q.put(1);
    run([&] {
        auto joins = spawn([&] { q.join(); });
        yield();
        static_cast<void>(q.get());
        q.task_done();
        q.put(2); // before the one who joins has had a look
        joins.join();
    });
}

BOOST_AUTO_TEST_CASE(what_somebody_saw_before_a_join_began_does_not_end_it_however_late_it_is_told) {
    auto& core = q.bytes().core();
    auto first = core.begin_join();
    q.put(1);
    auto second = core.begin_join();
    BOOST_TEST(!core.try_join(first));
    core.tell_idle(core.shared(), core.idle().on, first); // by one who looked before the put, and was held up
    BOOST_TEST(core.try_join(first).has_value());
    BOOST_TEST(!core.try_join(second));
    core.tell_idle(core.shared(), core.idle().on, second);
    core.tell_idle(core.shared(), core.idle().on, first);
    BOOST_TEST(core.try_join(second).has_value());
}

BOOST_AUTO_TEST_CASE(a_dropped_loan_and_a_failed_put_let_a_join_go_on) {
    auto room = q.bytes().prepare(4);
    std::jthread joins([&] { q.join(); });
    { auto dropped = std::move(room); }
    joins.join();
    std::jthread joins_again;
    auto fails = [](const void* start, std::span<std::byte>) {
        (*static_cast<const std::function<void()>*>(start))();
        throw std::runtime_error("no");
    };
    std::function<void()> start = [&] { joins_again = std::jthread([&] { q.join(); }); };
    BOOST_CHECK_THROW(q.bytes().put_written(4, {fails, &start}, deadline::never()), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(what_follows_from_a_task_keeps_join_waiting) {
    auto done = numbers::create(s, "done");
    ::test::child a(works, s), b(works, s);
    for (int round = 0; round < 200; ++round) {
        q.put(10);
        q.join();
        BOOST_REQUIRE(done.size() == 11U);
        BOOST_TEST(done.get_many(100).size() == 11U);
    }
    q.close();
    BOOST_TEST(a.wait() == 0);
    BOOST_TEST(b.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_killed_worker_s_task_is_done_by_another_before_join_returns) {
    auto done = numbers::create(s, "done");
    q.put(0);
    ::test::child dies(gets_and_hangs, s);
    BOOST_TEST(done.get() == 0);
    BOOST_TEST(!q.try_join());
    std::jthread joins([&] { q.join(); });
    dies.kill();
    s.sweep();
    BOOST_TEST(!q.try_join());
    ::test::child heir(works, s);
    joins.join();
    BOOST_TEST(done.try_get().value() == 0);
    q.close();
    BOOST_TEST(heir.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_join_hears_of_the_end_that_a_killed_process_could_not_tell) {
    auto done = numbers::create(s, "done");
    q.put(1);
    ::test::child dies(gets_and_hangs, s);
    static_cast<void>(done.get());
    std::jthread joins([&] { q.join(); });
    dies.kill();
    q.close_now(); // what comes back from the dead is dropped
    joins.join();
}

BOOST_AUTO_TEST_SUITE_END()
