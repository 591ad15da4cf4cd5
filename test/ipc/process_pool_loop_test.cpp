// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Pools and loops: results are collected on the loop of those who wait for them.
#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/ipc/process_pool.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/loop.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <thread>
#include <vector>

using namespace plait;
using namespace std::chrono_literals;
using ipc::process_pool;

namespace {

int twice(int n) { return 2 * n; }
void die() { ::raise(SIGKILL); }

} // namespace

BOOST_AUTO_TEST_SUITE(ipc_process_pool_loops)

BOOST_AUTO_TEST_CASE(no_other_thread_makes_a_coroutine_ready_that_waits_for_a_result) {
    run([] {
        process_pool pool({.workers = 2});
        constexpr int trips = 2000;
        const auto before = loop::current()->stats().wakes_from_outside;
        for (int i = 0; i < trips; ++i)
            BOOST_REQUIRE(pool.submit(fn<&twice>, i).get() == 2 * i);
        // Ten times a second the pool's own thread looks around, and may find a result before the loop does.
        BOOST_TEST(loop::current()->stats().wakes_from_outside - before < trips / 4);
    });
}

BOOST_AUTO_TEST_CASE(many_coroutines_get_each_their_own_result) {
    run([] {
        process_pool pool({.workers = 2});
        std::vector<task<void>> clients;
        for (int c = 0; c < 50; ++c)
            clients.push_back(spawn([&pool, c] {
                for (int i = 0; i < 50; ++i)
                    BOOST_REQUIRE(pool.submit(fn<&twice>, 100 * c + i).get() == 2 * (100 * c + i));
            }));
        for (auto& c : clients)
            c.join();
    });
}

BOOST_AUTO_TEST_CASE(loops_and_threads_share_a_pool) {
    process_pool pool({.workers = 2});
    std::atomic<int> right{0}; // the checks of the framework are for one thread
    auto use = [&] {
        for (int i = 0; i < 500; ++i)
            right += pool.submit(fn<&twice>, i).get() == 2 * i;
    };
    std::thread plain(use), on_a_loop([&] { run(use); }), on_another([&] {
        for (int i = 0; i < 500; ++i) // by the pool's own thread
            right += pool.submit(fn<&twice>, i).get_for(1h) == 2 * i;
    });
    plain.join();
    on_a_loop.join();
    on_another.join();
    BOOST_TEST(right == 1500);
}

BOOST_AUTO_TEST_CASE(a_thread_gets_a_result_for_which_a_loop_waits_too_that_is_held) {
    process_pool pool({.workers = 1});
    run([&] {
        int seen = 0;
        auto result = pool.submit(fn<&twice>, 21).share();
        auto waiting = spawn(launch::now, [&] { return result.get(); });
        event got;
        // The loop's thread is blocked until the other thread has it.
        boost::asio::post(loop::current()->context(), [&] {
            std::thread([&] { seen = result.get_for(1h); }).join();
            got.set();
        });
        got.wait();
        BOOST_TEST(seen == 42);
        BOOST_TEST(waiting.join() == 42);
    });
}

BOOST_AUTO_TEST_CASE(a_coroutine_is_told_what_became_of_the_worker) {
    run([] {
        process_pool pool({.workers = 1});
        try {
            pool.submit(fn<&die>).get();
            BOOST_TEST(false, "the worker has killed itself");
        } catch (const ipc::worker_exited& e) {
            BOOST_TEST(e.exit_code() == -SIGKILL);
            BOOST_TEST(e.pid() > 0);
        }
        BOOST_TEST(pool.submit(fn<&twice>, 1).get() == 2);
    });
}

BOOST_AUTO_TEST_CASE(a_loop_on_which_nobody_waits_any_more_runs_out_of_work) {
    process_pool pool({.workers = 1});
    boost::asio::io_context context;
    loop guest(context);
    int seen = 0;
    boost::asio::post(context, [&] { pool.submit(fn<&twice>, 4).on_done([&] { ++seen; }); });
    context.run();
    BOOST_TEST(seen == 1);
}

BOOST_AUTO_TEST_CASE(an_io_context_may_go_while_a_result_is_awaited_there) {
    process_pool pool({.workers = 1});
    auto context = std::make_unique<boost::asio::io_context>();
    auto guest = std::make_unique<loop>(*context);
    bool called = false;
    shared_future<int> result;
    boost::asio::post(*context, [&] {
        result = pool.submit(fn<&twice>, 4).share();
        result.on_done([&] { called = true; });
    });
    context->run_one();
    guest.reset();
    context.reset();
    BOOST_TEST(result.get_for(1h) == 8);
    BOOST_TEST(!called);
    BOOST_TEST(pool.submit(fn<&twice>, 5).get() == 10);
}

BOOST_AUTO_TEST_SUITE_END()
