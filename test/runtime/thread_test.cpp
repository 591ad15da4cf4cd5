// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/parties.hpp"

#include <plait/runtime/async.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/locals.hpp>
#include <plait/runtime/observe.hpp>
#include <plait/runtime/subprocess.hpp>
#include <plait/runtime/thread.hpp>
#include <plait/runtime/unhandled.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <pthread.h>

using namespace plait;

namespace {

// Collects what nobody observed.
struct unhandled_exceptions {
    std::mutex lock;
    std::vector<std::string> names;
    unhandled_exceptions() {
        on_unhandled_exception([this](const unhandled_exception& e) {
            std::lock_guard guard(lock);
            names.emplace_back(e.name);
        });
    }
    unhandled_exceptions(const unhandled_exceptions&) = delete;
    unhandled_exceptions& operator=(const unhandled_exceptions&) = delete;
    ~unhandled_exceptions() { on_unhandled_exception({}); }
};

struct multiply {
    int by;
    std::vector<int>* results;
    void operator()(int n) const { results->push_back(n * by); }
};

bool is_enumerated(const thread_ref& t) {
    auto alive = thread::enumerate();
    return std::find(alive.begin(), alive.end(), t) != alive.end();
}

} // namespace

BOOST_AUTO_TEST_SUITE(thread_suite)

BOOST_AUTO_TEST_CASE(a_function_or_an_object_runs_with_its_arguments) {
    std::vector<int> results;
    thread(multiply{3, &results}, 5).join();
    thread(
        [](std::unique_ptr<int> moved, std::vector<int>& out) { out.push_back(*moved); }, std::make_unique<int>(7),
        std::ref(results))
        .join();
    BOOST_TEST(results == (std::vector{15, 7}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(whoever_joins_waits_for_the_end) {
    test::for_every_kind([](test::parties& party) {
        event go;
        bool over = false;
        std::atomic<int> seen{0};
        thread t([&] {
            go.wait();
            over = true;
        });
        for (int i = 0; i < 4; ++i)
            party([&] {
                t.join();
                if (over && !t.is_alive()) ++seen;
            });
        party([&] { go.set(); });
        party.join();
        BOOST_TEST(seen == 4);
    });
}

BOOST_AUTO_TEST_CASE(a_timed_join_gives_up_and_a_try_does_not_wait) {
    event go;
    thread t([&] { go.wait(); });
    BOOST_TEST(t.is_alive());
    BOOST_TEST(!t.try_join());
    BOOST_TEST(!t.join_for(duration(0)));
    BOOST_TEST(!t.join_until(time_point()));
    BOOST_TEST((test::code_of([&] { static_cast<void>(t.join_for(duration(-1))); }) == errc::invalid_argument));
    go.set();
    BOOST_TEST(t.join_until(time_point::max()));
    BOOST_TEST(t.try_join());
    BOOST_TEST(!t.is_alive());
}

BOOST_AUTO_TEST_CASE(a_cancelled_join_leaves_the_thread_alone) {
    run([] {
        event go;
        thread t([&] { go.wait(); });
        auto joining = spawn([&] { t.join(); });
        yield();
        joining.cancel();
        BOOST_TEST((test::code_of([&] { joining.join(); }) == errc::task_cancelled));
        BOOST_TEST(t.is_alive());
        go.set();
        t.join();
    });
}

BOOST_AUTO_TEST_CASE(a_handler_can_wait_for_the_end) {
    boost::asio::io_context context;
    event go;
    thread t([&] { go.wait(); });
    std::optional<bool> ended;
    t.async_join(boost::asio::bind_executor(context, [&](boost::system::error_code) { ended = t.try_join(); }));
    context.poll();
    BOOST_TEST(!ended.has_value());
    go.set();
    context.run();
    BOOST_TEST((ended == true));
}

BOOST_AUTO_TEST_CASE(the_handle_waits_for_its_thread) {
    bool over = false;
    event begun;
    {
        thread t([&] {
            begun.set();
            over = true;
        });
        begun.wait();
    }
    BOOST_TEST(over);
    bool first_is_over = false;
    thread t([&] { first_is_over = true; });
    t = thread([] {});
    BOOST_TEST(first_is_over);
}

BOOST_AUTO_TEST_CASE(join_returns_when_the_thread_s_own_objects_are_gone) {
    static bool gone;
    for (int round = 0; round < 100; ++round) {
        gone = false;
        thread t([] {
            struct object {
                ~object() {
                    std::this_thread::yield();
                    gone = true;
                }
            };
            static thread_local object o;
            static_cast<void>(&o);
        });
        t.join();
        BOOST_REQUIRE(gone);
    }
}

BOOST_AUTO_TEST_CASE(locals_go_before_the_thread_has_ended) {
    struct looking {
        bool* alive;
        ~looking() { *alive = thread::current().is_alive(); }
    };
    local<std::unique_ptr<looking>> l;
    bool alive = false;
    thread([&] { l.set(std::unique_ptr<looking>(new looking{&alive})); }).join();
    BOOST_TEST(alive);
}

BOOST_AUTO_TEST_CASE(an_escaped_exception_is_thrown_by_each_join) {
    unhandled_exceptions reported;
    {
        thread t([] { throw std::out_of_range("too far"); });
        BOOST_CHECK_THROW(t.join(), std::out_of_range);
        BOOST_CHECK_THROW(static_cast<void>(t.try_join()), std::out_of_range);
    }
    BOOST_TEST(reported.names.empty());
}

BOOST_AUTO_TEST_CASE(an_exception_that_nobody_joins_for_is_reported) {
    unhandled_exceptions reported;
    {
        thread t({.name = "forgotten"}, [] { throw std::runtime_error("as expected"); });
    }
    event handle_is_gone;
    thread_ref r;
    {
        thread daemon({.name = "daemon", .daemon = true}, [&] {
            handle_is_gone.wait();
            throw std::runtime_error("as expected");
        });
        r = daemon;
    }
    handle_is_gone.set();
    BOOST_CHECK_THROW(r.join(), std::runtime_error);
    BOOST_TEST(
        reported.names == (std::vector<std::string>{"thread forgotten", "thread daemon"}),
        boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_cancelled_thread_leaves_its_wait_and_join_says_so) {
    event never, waiting;
    thread t([&] {
        waiting.set();
        never.wait();
    });
    waiting.wait();
    t.cancel();
    BOOST_TEST((test::code_of([&] { t.join(); }) == errc::task_cancelled));
    t.cancel(); // it has ended: nothing happens
}

BOOST_AUTO_TEST_CASE(a_thread_cancelled_right_after_its_start_never_waits) {
    for (int round = 0; round < 200; ++round) {
        event never;
        thread t([&] { never.wait(); });
        t.cancel();
        BOOST_REQUIRE((test::code_of([&] { t.join(); }) == errc::task_cancelled));
    }
}

BOOST_AUTO_TEST_CASE(a_thread_that_joins_itself_is_refused) {
    boost::system::error_code by_thread, by_its_coroutine;
    thread t([&] {
        by_thread = test::code_of([] { thread::current().join(); });
        run([&] { by_its_coroutine = test::code_of([] { thread::current().join(); }); });
    });
    t.join();
    BOOST_TEST((by_thread == errc::resource_deadlock_would_occur));
    BOOST_TEST((by_its_coroutine == errc::resource_deadlock_would_occur));
}

BOOST_AUTO_TEST_CASE(names_are_kept_whole_and_shown_to_the_system_shortened) {
    std::string own, shown(16, '\0');
    thread t({.name = "the cook of the night shift"}, [&] {
        own = thread::current().name();
        ::pthread_getname_np(::pthread_self(), shown.data(), shown.size());
    });
    t.join();
    BOOST_TEST(own == "the cook of the night shift");
    BOOST_TEST(shown.c_str() == std::string("the cook of the"));
    BOOST_TEST(thread([] {}).name().starts_with("thread-"));
    using namespace std::string_literals;
    BOOST_TEST((test::code_of([] { thread({.name = "a\0b"s}, [] {}); }) == errc::invalid_argument));
}

BOOST_AUTO_TEST_CASE(those_that_are_alive_are_enumerated_the_main_thread_too) {
    auto before = thread::active_count();
    event go;
    thread t([&] { go.wait(); });
    BOOST_TEST(thread::active_count() == before + 1);
    BOOST_TEST(is_enumerated(t));
    BOOST_TEST(is_enumerated(thread::current()));
    BOOST_TEST(thread::current().is_main());
    BOOST_TEST(thread::current().name() == "main");
    BOOST_TEST(!t.is_main());
    BOOST_TEST(t.id() != thread::current().id());
    go.set();
    t.join();
    BOOST_TEST(!is_enumerated(t));
    BOOST_TEST(thread::active_count() == before);
}

BOOST_AUTO_TEST_CASE(a_thread_that_was_started_otherwise_has_a_face_once_it_asks) {
    event seen, go;
    thread_ref found;
    std::thread t([&] {
        ::pthread_setname_np(::pthread_self(), "foreign");
        found = thread::current();
        seen.set();
        go.wait();
    });
    seen.wait();
    BOOST_TEST(is_enumerated(found));
    BOOST_TEST(found.name() == "foreign");
    BOOST_TEST(found.is_daemon());
    go.set();
    found.join();
    BOOST_TEST(!found.is_alive());
    BOOST_TEST(!is_enumerated(found));
    t.join();
}

BOOST_AUTO_TEST_CASE(an_empty_handle_says_so) {
    thread empty;
    BOOST_TEST(!empty.valid());
    BOOST_TEST((test::code_of([&] { empty.join(); }) == errc::no_state));
    thread t([] {});
    thread moved = std::move(t);
    BOOST_TEST(!t.valid()); // NOLINT(bugprone-use-after-move): that is what is tested
    moved.join();
}

BOOST_AUTO_TEST_CASE(the_arguments_are_destroyed_when_the_call_has_ended) {
    auto object = std::make_shared<int>(1);
    thread t([](const std::shared_ptr<int>&) {}, object);
    t.join();
    BOOST_TEST(object.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(a_thousand_short_lived_threads_leave_nothing) {
    auto before = thread::active_count();
    std::atomic<int> ran{0};
    for (int round = 0; round < 100; ++round) {
        std::vector<thread> threads;
        for (int i = 0; i < 10; ++i)
            threads.emplace_back([&] { ++ran; });
    }
    BOOST_TEST(ran == 1000);
    BOOST_TEST(thread::active_count() == before);
}

BOOST_AUTO_TEST_CASE(the_end_of_the_program_waits_for_threads) {
    subprocess::popen p({PLAIT_THREAD_AT_EXIT}, {.in = subprocess::pipe, .out = subprocess::pipe});
    BOOST_TEST(p.out().read_line().value_or("") == "leaving");
    p.in().write("!");
    BOOST_TEST(p.out().read_line().value_or("") == "done");
    BOOST_TEST(p.wait() == 3);
}

BOOST_AUTO_TEST_CASE(the_end_of_the_program_does_not_wait_for_daemons) {
    subprocess::popen p({PLAIT_THREAD_AT_EXIT, "daemon"}, {.in = subprocess::pipe, .out = subprocess::pipe});
    BOOST_TEST(p.wait() == 3);
    BOOST_TEST(p.out().read_all() == "leaving\n");
}

BOOST_AUTO_TEST_CASE(what_is_unhandled_while_the_program_ends_is_reported_too) {
    subprocess::popen p({PLAIT_UNHANDLED_AT_EXIT}, {.out = subprocess::pipe});
    BOOST_TEST(p.out().read_all() == std::string(100, '!'));
    BOOST_TEST(p.wait() == 0);
}

BOOST_AUTO_TEST_CASE(every_thread_is_shown_with_what_it_waits_for) {
    event go_on;
    thread cook({.name = "the cook"}, [&] { go_on.wait(); });
    std::string all;
    do // until it sleeps
        all = dump_all();
    while (all.find("'the cook', waits for event.wait\n") == std::string::npos);
    BOOST_TEST(all.find(" 'main', runs\n") != std::string::npos, all);
    go_on.set();
    cook.join();
    BOOST_TEST(dump_all().find("'the cook'") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
