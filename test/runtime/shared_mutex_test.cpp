// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/parties.hpp"

#include <plait/runtime/async.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/shared_mutex.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <utility>

using namespace plait;
namespace asio = boost::asio;
using boost::system::error_code;

BOOST_AUTO_TEST_SUITE(shared_mutex_suite)

BOOST_AUTO_TEST_CASE(readers_share_and_a_writer_is_alone) {
    test::for_every_kind([](test::parties& party) {
        shared_mutex m;
        long first = 0, second = 0; // equal whenever nobody writes
        std::atomic<int> torn{0};
        constexpr int parties = 6, rounds = 600;
        for (int i = 0; i < parties; ++i)
            party([&, i] {
                for (int n = 0; n < rounds; ++n) {
                    if (n % 3 == i % 3) {
                        std::lock_guard writes(m);
                        ++first;
                        if (n % 16 == 0) yield();
                        ++second;
                    } else {
                        std::shared_lock reads(m);
                        long seen = first;
                        if (n % 16 == 0) yield();
                        if (second != seen) ++torn;
                    }
                }
            });
        party.join();
        BOOST_TEST(torn == 0);
        BOOST_TEST(first == parties * rounds / 3);
    });
}

BOOST_AUTO_TEST_CASE(several_readers_are_inside_at_once) {
    test::for_every_kind([](test::parties& party) {
        shared_mutex m;
        event first_is_inside, second_is_inside;
        party([&] {
            std::shared_lock reads(m);
            first_is_inside.set();
            second_is_inside.wait(); // would wait for ever if readers excluded each other
        });
        party([&] {
            first_is_inside.wait();
            std::shared_lock reads(m);
            second_is_inside.set();
        });
        party.join();
        BOOST_TEST(m.try_lock());
        m.unlock();
    });
}

BOOST_AUTO_TEST_CASE(try_and_timed_forms_give_up_and_take_nothing) {
    test::for_every_kind([](test::parties& party) {
        shared_mutex m;
        bool shared_beside_writer = true, timed_shared_beside_writer = true, writer_beside_reader = true,
             timed_writer_beside_reader = true, shared_beside_reader = false;
        m.lock();
        party([&] {
            shared_beside_writer = m.try_lock_shared();
            timed_shared_beside_writer = m.try_lock_shared_for(duration(1'000));
        });
        party.join();
        m.unlock();
        m.lock_shared();
        party([&] {
            writer_beside_reader = m.try_lock();
            timed_writer_beside_reader = m.try_lock_for(duration(1'000));
            shared_beside_reader = m.try_lock_shared();
            if (shared_beside_reader) m.unlock_shared();
        });
        party.join();
        m.unlock_shared();
        BOOST_TEST(!shared_beside_writer);
        BOOST_TEST(!timed_shared_beside_writer);
        BOOST_TEST(!writer_beside_reader);
        BOOST_TEST(!timed_writer_beside_reader);
        BOOST_TEST(shared_beside_reader);
        BOOST_TEST(m.try_lock());
        m.unlock();
    });
}

BOOST_AUTO_TEST_CASE(a_writer_that_locks_again_either_way_gets_an_error) {
    shared_mutex m;
    m.lock();
    BOOST_TEST((test::code_of([&] { m.lock(); }) == errc::resource_deadlock_would_occur));
    BOOST_TEST((test::code_of([&] { m.lock_shared(); }) == errc::resource_deadlock_would_occur));
    BOOST_TEST(!m.try_lock());
    BOOST_TEST(!m.try_lock_shared());
    m.unlock();
}

BOOST_AUTO_TEST_CASE(unlocking_what_one_does_not_have_throws) {
    test::for_every_kind([](test::parties& party) {
        shared_mutex m;
        error_code by_another, of_a_reader, of_a_writer_s, of_nothing;
        m.lock();
        party([&] { by_another = test::code_of([&] { m.unlock(); }); });
        party.join();
        of_a_writer_s = test::code_of([&] { m.unlock_shared(); });
        m.unlock();
        of_nothing = test::code_of([&] { m.unlock_shared(); });
        m.lock_shared();
        of_a_reader = test::code_of([&] { m.unlock(); });
        m.unlock_shared();
        for (auto code : {by_another, of_a_reader, of_a_writer_s, of_nothing})
            BOOST_TEST((code == errc::not_owner));
        BOOST_TEST(m.try_lock());
        m.unlock();
    });
}

// On one loop the order of events is what the test says: each yield lets the others run until they wait.
BOOST_AUTO_TEST_CASE(phases_take_turns) {
    run([] {
        shared_mutex m;
        std::string order;
        auto reader = [&](char name) {
            return [&, name] {
                std::shared_lock reads(m);
                order += name;
                yield();
            };
        };
        auto writer = [&](char name) {
            return [&, name] {
                std::lock_guard writes(m);
                order += name;
                yield();
            };
        };
        m.lock_shared();
        auto W = spawn(writer('W'));
        yield();
        auto b = spawn(reader('b')); // behind the writer, though a reader is inside
        auto X = spawn(writer('X'));
        auto c = spawn(reader('c'));
        yield();
        BOOST_TEST(order == "");
        m.unlock_shared();
        W.join(), b.join(), X.join(), c.join();
        BOOST_TEST(order == "WbcX"); // after a writer, all the readers that waited; then the next writer
    });
}

BOOST_AUTO_TEST_CASE(a_writer_that_gives_up_lets_the_readers_behind_it_in) {
    virtual_clock clock; // moves when everybody waits
    run(
        [] {
            shared_mutex m;
            m.lock_shared();
            auto writer = spawn([&] { return m.try_lock_for(std::chrono::hours(1)); });
            yield();
            BOOST_TEST(!m.try_lock_shared());
            m.lock_shared();
            BOOST_TEST(!writer.join());
            m.unlock_shared();
            m.unlock_shared();
            BOOST_TEST(m.try_lock());
            m.unlock();
        },
        {.clock = &clock});
}

BOOST_AUTO_TEST_CASE(writers_that_give_up_leave_no_reader_behind) {
    test::for_every_kind([](test::parties& party) {
        shared_mutex m;
        std::atomic<int> writers_inside{0}, reads{0};
        constexpr int rounds = 200;
        m.lock_shared(); // no writer gets in
        for (int i = 0; i < 6; ++i)
            party([&, i] {
                for (int n = 0; n < rounds; ++n) {
                    if (i % 2 == 0) {
                        if (m.try_lock_for(std::chrono::microseconds(5 * (n % 5)))) ++writers_inside;
                    } else {
                        std::shared_lock reader(m);
                        ++reads;
                    }
                }
            });
        party.join();
        m.unlock_shared();
        BOOST_TEST(writers_inside == 0);
        BOOST_TEST(reads == 3 * rounds);
    });
}

BOOST_AUTO_TEST_CASE(a_cancelled_writer_lets_the_readers_behind_it_in) {
    run([] {
        shared_mutex m;
        m.lock_shared();
        bool reader_was_inside = false;
        auto writer = spawn([&] { m.lock(); });
        yield();
        auto reader = spawn([&] {
            std::shared_lock reads(m);
            reader_was_inside = true;
        });
        yield();
        BOOST_TEST(!reader_was_inside);
        writer.cancel();
        reader.join();
        BOOST_TEST(reader_was_inside);
        m.unlock_shared();
    });
}

BOOST_AUTO_TEST_CASE(a_handler_gets_a_guard_that_is_the_ownership) {
    asio::io_context context;
    shared_mutex m;
    shared_mutex::async_guard writer;
    shared_mutex::async_shared_guard reader;
    m.async_lock_shared(asio::bind_executor(
        context, [&](error_code, shared_mutex::async_shared_guard guard) { reader = std::move(guard); }));
    context.run();
    BOOST_TEST(reader.owns_lock());
    m.async_lock(
        asio::bind_executor(context, [&](error_code, shared_mutex::async_guard guard) { writer = std::move(guard); }));
    context.restart();
    context.poll();
    BOOST_TEST(!writer.owns_lock());
    BOOST_TEST(!m.try_lock_shared()); // the writer waits
    std::jthread([&] { reader.unlock(); }).join();
    context.run();
    BOOST_TEST(writer.owns_lock());
    writer.unlock();
    BOOST_TEST(m.try_lock());
    m.unlock();
}

BOOST_AUTO_TEST_CASE(a_handler_that_is_cancelled_lets_the_readers_behind_it_in) {
    asio::io_context context;
    shared_mutex m;
    asio::cancellation_signal stop;
    error_code seen;
    bool reader_is_inside = false;
    m.lock_shared();
    m.async_lock(asio::bind_cancellation_slot(
        stop.slot(), asio::bind_executor(context, [&](error_code ec, shared_mutex::async_guard) { seen = ec; })));
    m.async_lock_shared(
        asio::bind_executor(context, [&](error_code, shared_mutex::async_shared_guard) { reader_is_inside = true; }));
    stop.emit(asio::cancellation_type::total);
    context.run();
    BOOST_TEST(seen == asio::error::operation_aborted);
    BOOST_TEST(reader_is_inside);
    m.unlock_shared();
}

BOOST_AUTO_TEST_CASE(a_handler_whose_executor_goes_passes_its_turn_on) {
    shared_mutex m;
    m.lock();
    {
        asio::io_context context;
        auto never_called = asio::bind_executor(context, [](error_code, auto) {});
        m.async_lock_shared(never_called);
        m.async_lock(never_called);
        m.unlock(); // the reader's turn, then the writer's; neither will be called
    }
    BOOST_TEST(m.try_lock());
    m.unlock();
}

BOOST_AUTO_TEST_CASE(the_last_one_that_has_it_alone_may_destroy_it) {
    test::for_every_kind([](test::parties& party) {
        struct shared_thing {
            shared_mutex m;
            std::atomic<int> readers_to_come{2};
        };
        for (int round = 0; round < 200; ++round) {
            auto* s = new shared_thing;
            for (int i = 0; i < 2; ++i)
                party([s] {
                    std::shared_lock reads(s->m);
                    --s->readers_to_come;
                });
            party([s] {
                bool is_last = false;
                while (!is_last) {
                    s->m.lock();
                    is_last = s->readers_to_come == 0;
                    s->m.unlock(); // the readers may still be on their way out
                    if (!is_last) sleep_for(duration(1));
                }
                delete s;
            });
            party.join();
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()
