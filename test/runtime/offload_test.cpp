// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/parties.hpp"

#include <plait/runtime/event.hpp>
#include <plait/runtime/loop.hpp>
#include <plait/runtime/offload.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <thread>

using namespace plait;

BOOST_AUTO_TEST_SUITE(offload_suite)

BOOST_AUTO_TEST_CASE(an_offloaded_call_runs_on_another_thread_and_its_result_comes_back) {
    test::for_every_kind([](test::parties& party) {
        std::unique_ptr<int> got;
        bool elsewhere = false;
        party([&] {
            auto here = std::this_thread::get_id();
            got = offload([&] {
                elsewhere = here != std::this_thread::get_id();
                return std::make_unique<int>(3);
            });
        });
        party.join();
        BOOST_TEST(elsewhere);
        BOOST_TEST(*got == 3);
    });
}

BOOST_AUTO_TEST_CASE(an_exception_of_an_offloaded_call_comes_back_with_its_type) {
    test::for_every_kind([](test::parties& party) {
        bool caught = false;
        party([&] {
            try {
                offload([] { throw std::out_of_range("x"); });
            } catch (const std::out_of_range&) {
                caught = true;
            }
        });
        party.join();
        BOOST_TEST(caught);
    });
}

BOOST_AUTO_TEST_CASE(a_loop_goes_on_while_a_call_is_offloaded) {
    run([] {
        event may_return;
        auto blocked = spawn([&] { offload([&] { may_return.wait(); }); });
        yield();
        may_return.set();
        blocked.join();
        BOOST_TEST(blocked.is_done());
    });
}

BOOST_AUTO_TEST_CASE(calls_that_block_do_not_wait_for_each_other) {
    run([] {
        std::atomic<int> there{0};
        std::vector<task<void>> calls;
        for (int i = 0; i < 8; ++i)
            calls.push_back(spawn([&] {
                offload([&] {
                    ++there;
                    while (there < 8)
                        std::this_thread::yield();
                });
            }));
        for (auto& c : calls)
            c.join();
        BOOST_TEST(there == 8);
    });
}

BOOST_AUTO_TEST_CASE(an_offloaded_call_that_offloads_is_simply_called) {
    auto [outer, inner] = offload([] {
        auto id = std::this_thread::get_id();
        return std::pair(id, offload([] { return std::this_thread::get_id(); }));
    });
    BOOST_TEST((outer == inner));
}

BOOST_AUTO_TEST_CASE(cancelling_the_caller_reaches_the_wait_of_the_offloaded_call) {
    run([] {
        event begun, never;
        bool call_was_cancelled = false;
        auto caller = spawn([&] {
            offload([&] {
                begun.set();
                try {
                    never.wait();
                } catch (const cancelled&) {
                    call_was_cancelled = true;
                    throw;
                }
            });
        });
        begun.wait();
        caller.cancel();
        BOOST_TEST((test::code_of([&] { caller.join(); }) == errc::task_cancelled));
        BOOST_TEST(call_was_cancelled);
    });
}

BOOST_AUTO_TEST_CASE(the_result_of_a_call_that_takes_no_notice_of_being_cancelled_is_returned) {
    run([] {
        event begun;
        std::atomic<bool> may_return{false};
        int got = 0;
        auto caller = spawn([&] {
            got = offload([&] {
                begun.set();
                while (!may_return)
                    std::this_thread::yield();
                return 3;
            });
        });
        begun.wait();
        caller.cancel();
        yield();
        BOOST_TEST(!caller.is_done());
        may_return = true;
        caller.wait();
        BOOST_TEST(got == 3);
    });
}

BOOST_AUTO_TEST_CASE(a_call_that_has_not_begun_when_its_caller_is_cancelled_is_not_made) {
    run([] {
        thread_pool pool({.threads = 1});
        event begun, may_go;
        auto block = pool.submit([&] {
            begun.set();
            may_go.wait();
        });
        begun.wait();
        bool was_called = false;
        auto caller = spawn([&] { offload(pool, [&] { was_called = true; }); });
        yield();
        caller.cancel();
        may_go.set();
        BOOST_TEST((test::code_of([&] { caller.join(); }) == errc::task_cancelled));
        BOOST_TEST(!was_called);
    });
}

BOOST_AUTO_TEST_CASE(a_call_that_a_pool_drops_throws_at_the_caller) {
    test::for_every_kind([](test::parties& party) {
        thread_pool pool({.threads = 1});
        event begun, may_go;
        auto block = pool.submit([&] {
            begun.set();
            may_go.wait();
        });
        begun.wait();
        boost::system::error_code code;
        party([&] { code = test::code_of([&] { offload(pool, [] {}); }); });
        while (pool.stats().queued == 0)
            yield();
        pool.close(unstarted_tasks::drop);
        may_go.set();
        party.join();
        BOOST_TEST((code == errc::task_cancelled));
    });
}

BOOST_AUTO_TEST_CASE(a_handler_on_a_loop_cannot_offload) {
    boost::asio::io_context context;
    loop guest(context);
    boost::system::error_code code;
    spawn([] {}, {.on = &guest}).detach(); // binds the loop to this thread
    boost::asio::post(context, [&] { code = test::code_of([] { offload([] {}); }); });
    context.run();
    BOOST_TEST((code == errc::would_block_loop));
}

BOOST_AUTO_TEST_CASE(the_options_of_a_pool_in_use_cannot_be_changed) {
    static_cast<void>(offload_pool());
    static_cast<void>(default_pool());
    BOOST_TEST((test::code_of([] { set_offload_pool_options({}); }) == errc::invalid_argument));
    BOOST_TEST((test::code_of([] { set_default_pool_options({}); }) == errc::invalid_argument));
}

BOOST_AUTO_TEST_SUITE_END()
