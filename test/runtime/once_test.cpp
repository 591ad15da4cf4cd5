// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/parties.hpp"

#include <plait/runtime/error.hpp>
#include <plait/runtime/once.hpp>

#include <atomic>
#include <memory>
#include <stdexcept>

using namespace plait;

BOOST_AUTO_TEST_SUITE(once_suite)

BOOST_AUTO_TEST_CASE(one_calls_and_the_others_wait_for_it) {
    test::for_every_kind([](test::parties& party) {
        once_flag flag;
        int calls = 0;
        std::atomic<int> too_early{0};
        for (int i = 0; i < 6; ++i)
            party([&] {
                call_once(flag, [&] {
                    yield(); // the others come in the middle of it
                    ++calls;
                });
                too_early += calls != 1;
            });
        party.join();
        BOOST_TEST(calls == 1);
        BOOST_TEST(too_early == 0);
    });
}

BOOST_AUTO_TEST_CASE(an_exception_lets_the_next_one_call) {
    test::for_every_kind([](test::parties& party) {
        once_flag flag;
        std::atomic<int> calls{0}, threw{0};
        for (int i = 0; i < 5; ++i)
            party([&] {
                try {
                    call_once(flag, [&] {
                        yield();
                        if (++calls < 3) throw std::runtime_error("not yet");
                    });
                } catch (const std::runtime_error&) {
                    ++threw;
                }
            });
        party.join();
        BOOST_TEST(calls == 3);
        BOOST_TEST(threw == 2);
    });
}

BOOST_AUTO_TEST_CASE(a_call_inside_the_call_throws) {
    test::for_every_kind([](test::parties& party) {
        once_flag flag;
        boost::system::error_code inner;
        party([&] {
            call_once(flag, [&] {
                yield();
                inner = test::code_of([&] { call_once(flag, [] {}); });
            });
        });
        party.join();
        BOOST_TEST((inner == errc::resource_deadlock_would_occur));
    });
}

BOOST_AUTO_TEST_CASE(a_cancelled_caller_has_called_nothing) {
    run([] {
        once_flag flag;
        event go;
        bool called = false;
        auto first = spawn([&] { call_once(flag, [&] { go.wait(); }); });
        auto second = spawn([&] { call_once(flag, [&] { called = true; }); });
        yield();
        second.cancel();
        second.wait();
        go.set();
        first.join();
        BOOST_TEST(!called);
    });
}

BOOST_AUTO_TEST_CASE(a_cancellation_inside_the_call_lets_the_next_one_call) {
    run([] {
        once_flag flag;
        event never;
        bool called = false;
        auto first = spawn([&] { call_once(flag, [&] { never.wait(); }); });
        auto second = spawn([&] { call_once(flag, [&] { called = true; }); });
        yield();
        first.cancel();
        second.join();
        BOOST_TEST(called);
    });
}

BOOST_AUTO_TEST_CASE(arguments_are_passed_on) {
    once_flag flag;
    std::unique_ptr<int> kept;
    call_once(
        flag, [&](std::unique_ptr<int> p) { kept = std::move(p); }, std::make_unique<int>(3));
    BOOST_TEST(*kept == 3);
}

BOOST_AUTO_TEST_CASE(the_one_that_returns_last_may_destroy_the_flag) {
    test::for_every_kind([](test::parties& party) {
        struct shared {
            once_flag flag;
            std::atomic<int> returned{0};
        };
        for (int round = 0; round < 200; ++round) {
            auto* s = new shared;
            for (int i = 0; i < 3; ++i)
                party([s] {
                    call_once(s->flag, [] {});
                    if (++s->returned == 3) delete s;
                });
            party.join();
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()
