// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/parties.hpp"

#include <plait/runtime/async.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/latch.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <optional>

using namespace plait;
namespace asio = boost::asio;

BOOST_AUTO_TEST_SUITE(latch_suite)

BOOST_AUTO_TEST_CASE(everybody_goes_on_when_all_is_counted_down) {
    test::for_every_kind([](test::parties& party) {
        latch all_done(4);
        std::atomic<int> done{0}, too_early{0};
        for (int i = 0; i < 3; ++i)
            party([&] {
                all_done.wait();
                too_early += done != 4;
            });
        for (int i = 0; i < 4; ++i)
            party([&] {
                ++done;
                all_done.count_down();
            });
        party.join();
        BOOST_TEST(too_early == 0);
        BOOST_TEST(all_done.try_wait());
    });
}

BOOST_AUTO_TEST_CASE(arriving_counts_down_and_waits) {
    test::for_every_kind([](test::parties& party) {
        latch all_here(3);
        std::atomic<int> here{0}, too_early{0};
        for (int i = 0; i < 3; ++i)
            party([&] {
                ++here;
                all_here.arrive_and_wait();
                too_early += here != 3;
            });
        party.join();
        BOOST_TEST(too_early == 0);
    });
}

BOOST_AUTO_TEST_CASE(several_are_counted_at_once) {
    latch l(5);
    l.count_down(2);
    l.count_down(0);
    BOOST_TEST(!l.try_wait());
    l.count_down(3);
    BOOST_TEST(l.try_wait());
    l.wait();
}

BOOST_AUTO_TEST_CASE(a_timed_wait_gives_up) {
    test::for_every_kind([](test::parties& party) {
        latch l(1);
        bool in_time = true, after = false;
        party([&] {
            in_time = l.wait_for(duration(1'000));
            l.count_down();
            after = l.wait_for(duration(0));
        });
        party.join();
        BOOST_TEST(!in_time);
        BOOST_TEST(after);
    });
}

BOOST_AUTO_TEST_CASE(a_cancelled_wait_leaves_the_count_as_it_is) {
    run([] {
        latch l(2);
        auto waits = spawn([&] { l.arrive_and_wait(); });
        yield();
        waits.cancel();
        waits.wait();
        BOOST_TEST(!l.try_wait());
        l.count_down();
        BOOST_TEST(l.try_wait());
    });
}

BOOST_AUTO_TEST_CASE(counting_below_zero_is_refused_and_counts_nothing) {
    latch l(1);
    BOOST_TEST((test::code_of([&] { l.count_down(2); }) == errc::invalid_argument));
    BOOST_TEST((test::code_of([&] { l.count_down(-1); }) == errc::invalid_argument));
    BOOST_TEST(!l.try_wait());
    l.count_down();
    BOOST_TEST((test::code_of([&] { l.count_down(); }) == errc::invalid_argument));
    BOOST_TEST((test::code_of([] { latch negative(-1); }) == errc::invalid_argument));
}

BOOST_AUTO_TEST_CASE(a_handler_waits_too) {
    asio::io_context context;
    latch l(1);
    std::optional<boost::system::error_code> seen;
    l.async_wait(asio::bind_executor(context, [&](boost::system::error_code ec) { seen = ec; }));
    context.poll();
    BOOST_TEST(!seen.has_value());
    l.count_down();
    context.run();
    BOOST_TEST((seen == boost::system::error_code()));
}

BOOST_AUTO_TEST_CASE(the_one_that_waited_may_destroy_the_latch) {
    test::for_every_kind([](test::parties& party) {
        for (int round = 0; round < 200; ++round) {
            auto* l = new latch(2);
            party([l] { l->count_down(); });
            party([l] { l->count_down(); });
            party([l] {
                l->wait();
                delete l;
            });
            party.join();
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()
