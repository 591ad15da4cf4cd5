// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/await.hpp>
#include <plait/runtime/clock.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/queue.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace plait;
using namespace std::chrono_literals;

namespace {

std::string order_with_seed(std::uint64_t seed) {
    std::string order;
    run(
        [&] {
            std::vector<task<void>> tasks;
            for (char name = 'a'; name < 'a' + 10; ++name)
                tasks.push_back(spawn([&order, name] {
                    for (int i = 0; i < 3; ++i) {
                        order += name;
                        yield();
                    }
                }));
            for (auto& t : tasks)
                t.join();
        },
        {.seed = seed});
    return order;
}

} // namespace

BOOST_AUTO_TEST_SUITE(clock_suite)

BOOST_AUTO_TEST_CASE(virtual_time_jumps_to_the_next_deadline_when_everything_waits) {
    virtual_clock clock;
    std::vector<int> woke;
    run(
        [&] {
            time_point start = clock.now();
            auto late = spawn([&] {
                sleep_for(24h);
                woke.push_back(24);
            });
            auto early = spawn([&] {
                sleep_for(1h);
                woke.push_back(1);
            });
            early.join();
            BOOST_TEST((clock.now() - start == 1h));
            late.join();
            BOOST_TEST((clock.now() - start == 24h));
        },
        {.clock = &clock});
    BOOST_TEST(woke == (std::vector{1, 24}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_timed_wait_waits_exactly_its_time_on_a_virtual_clock) {
    virtual_clock clock;
    run(
        [&] {
            queue<int> q;
            time_point start = clock.now();
            BOOST_CHECK_THROW(static_cast<void>(q.get_for(10min)), timeout_error);
            BOOST_TEST((clock.now() - start == 10min));
        },
        {.clock = &clock});
}

BOOST_AUTO_TEST_CASE(manual_time_passes_only_when_it_is_advanced) {
    virtual_clock clock(virtual_clock::mode::manual);
    run(
        [&] {
            bool woke = false;
            auto sleeper = spawn([&] {
                sleep_for(5s);
                woke = true;
            });
            for (int i = 0; i < 2000; ++i)
                yield();
            BOOST_TEST(!woke);
            clock.advance(5s);
            sleeper.join();
            BOOST_TEST(woke);
        },
        {.clock = &clock});
}

BOOST_AUTO_TEST_CASE(a_seed_repeats_its_interleaving_and_seeds_differ) {
    BOOST_TEST(order_with_seed(42) == order_with_seed(42));
    BOOST_TEST(order_with_seed(42) != order_with_seed(43));
}

BOOST_AUTO_TEST_CASE(a_virtual_clock_for_two_loops_is_refused) {
    virtual_clock clock;
    BOOST_CHECK_EXCEPTION(run([] {}, {.loops = 2, .clock = &clock}), error, [](const error& e) {
        return e.code() == errc::invalid_argument;
    });
}

BOOST_AUTO_TEST_CASE(a_time_too_far_to_say_is_the_end_of_time) {
    BOOST_TEST((saturating_add(time_point(duration(5)), duration::max()) == time_point::max()));
}

BOOST_AUTO_TEST_CASE(virtual_time_does_not_jump_past_io_that_is_ready) {
    virtual_clock clock;
    run(
        [&] {
            namespace asio = boost::asio;
            asio::local::stream_protocol::socket here(loop::current()->context()), there(loop::current()->context());
            asio::local::connect_pair(here, there);
            time_point posted, received, start = clock.now();
            auto posting = spawn([&] {
                asio::post(loop::current()->context(), await);
                posted = clock.now();
            });
            auto reading = spawn([&] {
                char byte;
                here.async_read_some(asio::buffer(&byte, 1), await);
                received = clock.now();
            });
            yield();
            asio::write(there, asio::buffer("x", 1));
            sleep_for(1h);
            posting.join();
            reading.join();
            BOOST_TEST((posted == start));
            BOOST_TEST((received == start));
        },
        {.clock = &clock});
}

BOOST_AUTO_TEST_SUITE_END()
