// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Coroutines that wait for other processes: they block neither their thread nor each other.
#include "conversation.hpp"
#include "support/child_program.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/ipc/queue.hpp>
#include <plait/runtime/error.hpp>

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <thread>
#include <vector>

using namespace plait;
using namespace std::chrono_literals;
using ipc::segment;

namespace {

using numbers = ipc::queue<int>;

// Sleeping in a loop between the numbers.
const test::child_function answers("answers", [](segment& s, const auto&) {
    return run([&] { return test::answer_each(s); });
});

const test::child_function takes_slowly("takes_slowly", [](segment& s, const std::vector<std::string>&) {
    auto in = numbers::open(s, "in");
    for (int i = 0; i < 1000; ++i)
        if (in.get() != i) return 1;
    return 0;
});

} // namespace

BOOST_FIXTURE_TEST_SUITE(coroutines_and_processes, test::conversation)

BOOST_AUTO_TEST_CASE(two_event_loops_talk_through_queues) {
    test::child c(answers, s);
    run([&] {
        for (int i = 0; i < 1000; ++i) {
            in.put(i);
            BOOST_REQUIRE(out.get() == i + 1);
        }
    });
    in.close();
    BOOST_TEST(c.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_coroutine_that_waits_for_a_process_leaves_its_thread_to_the_others) {
    run([&] {
        auto waiting = spawn([&] { return out.get(); });
        auto helping = spawn([&] { out.put(5); });
        BOOST_TEST(waiting.join() == 5);
        helping.join();
    });
}

BOOST_AUTO_TEST_CASE(many_coroutines_share_what_a_process_sends) {
    test::child c(answers, s);
    long sum = 0;
    run([&] {
        std::vector<task<void>> readers;
        for (int r = 0; r < 50; ++r)
            readers.push_back(spawn([&] {
                for (int i = 0; i < 10; ++i)
                    sum += out.get();
            }));
        for (int i = 0; i < 500; ++i)
            in.put(i);
        for (auto& r : readers)
            r.join();
    });
    in.close();
    BOOST_TEST(c.wait() == 0);
    BOOST_TEST(sum == 500L * 501 / 2);
}

BOOST_AUTO_TEST_CASE(a_coroutine_waits_for_room) {
    test::child c(takes_slowly, s);
    run([&] {
        for (int i = 0; i < 1000; ++i)
            in.put(i);
    });
    BOOST_TEST(c.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_thread_and_a_coroutine_of_one_process_meet) {
    std::thread echo([&] {
        for (int i = 0; i < 1000; ++i)
            out.put(in.get());
    });
    run([&] {
        for (int i = 0; i < 1000; ++i) {
            in.put(i);
            BOOST_REQUIRE(out.get() == i);
        }
    });
    echo.join();
}

BOOST_AUTO_TEST_CASE(a_coroutine_s_wait_times_out_and_takes_nothing) {
    run([&] { BOOST_CHECK_THROW(static_cast<void>(out.get_for(1ms)), timeout_error); });
    out.put(1);
    BOOST_TEST(out.get() == 1);
}

BOOST_AUTO_TEST_CASE(a_cancelled_coroutine_has_taken_nothing) {
    run([&] {
        auto waiting = spawn([&] { return out.get(); });
        yield();
        waiting.cancel();
        BOOST_CHECK_THROW(static_cast<void>(waiting.join()), error);
        out.put(1);
        BOOST_TEST(out.get() == 1);
    });
}

BOOST_AUTO_TEST_CASE(a_close_wakes_waiting_coroutines) {
    run([&] {
        auto waiting = spawn([&] { BOOST_CHECK_THROW(static_cast<void>(out.get()), queue_closed); });
        yield();
        out.close();
        waiting.join();
    });
}

BOOST_AUTO_TEST_CASE(a_killed_loop_s_message_goes_to_another) {
    test::child victim(answers, s);
    run([&] {
        in.put(1);
        BOOST_TEST(out.get() == 2);
        victim.kill(); // it waits in its loop, and its bit is set
        test::child heir(answers, s);
        in.put(2);
        BOOST_TEST(out.get() == 3);
        in.close();
        BOOST_TEST(heir.wait() == 0);
    });
}

BOOST_AUTO_TEST_CASE(a_stopped_process_that_was_woken_holds_up_nobody) {
    test::child first(answers, s), second(answers, s);
    run([&] {
        in.put(1);
        BOOST_TEST(out.get() == 2);
        first.signal(SIGSTOP);
        for (int i = 0; i < 5; ++i) {
            in.put(i);
            BOOST_TEST(out.get() == i + 1);
        }
        first.signal(SIGCONT);
        in.close();
    });
    BOOST_TEST(first.wait() == 0);
    BOOST_TEST(second.wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
