// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/mutex.hpp>
#include <plait/runtime/queue.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <csignal>
#include <string>
#include <thread>

#include <unistd.h>

using namespace plait;
using namespace std::chrono_literals;

namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

void ask() { ::kill(::getpid(), SIGQUIT); }

[[gnu::noinline]] void wait_for_a_table(event& e) {
    e.wait();
    asm volatile("");
}

} // namespace

BOOST_AUTO_TEST_SUITE(dump_signal_suite)

BOOST_AUTO_TEST_CASE(a_signal_makes_the_run_tell_what_everybody_does_and_go_on) {
    queue<std::string> told;
    bool went_on = false;
    run(
        [&] {
            event table;
            mutex till("till");
            auto guest = spawn([&] { wait_for_a_table(table); }, {.name = "guest"});
            yield(); // the guest begins, and waits
            for (int i = 0; i < 2; ++i) {
                ask();
                std::string text = told.get();
                BOOST_TEST_INFO(text);
                BOOST_TEST(has(text, "plait: what process " + std::to_string(::getpid()) + " does\n"));
                BOOST_TEST(has(text, "loop 'loop 0': "));
                BOOST_TEST(has(text, "'guest', spawned at " __FILE__));
                BOOST_TEST(has(text, "wait_for_a_table"));
                BOOST_TEST(has(text, "'main', spawned at "));
                BOOST_TEST(has(text, "waits for event.wait"));
                BOOST_TEST(has(text, "mutex 'till': waits 0"));
                BOOST_TEST(!has(text, "has been held"));
            }
            table.set();
            guest.join();
            went_on = true;
        },
        {.dump_on = SIGQUIT, .on_dump = [&](const std::string& text) { told.put(text); }});
    BOOST_TEST(went_on);
}

BOOST_AUTO_TEST_CASE(a_coroutine_that_holds_a_loop_is_named_at_a_signal) {
    std::string text;
    std::atomic<bool> told{false};
    run(
        [&] {
            spawn(
                [&] {
                    ask();
                    while (!told)
                        std::this_thread::yield(); // the thread, not the coroutine
                },
                {.name = "hog", .on = loops()[1]})
                .join();
        },
        {.loops = 2, .dump_on = SIGQUIT, .on_dump = [&](const std::string& what) {
             text = what;
             told = true;
         }});
    BOOST_TEST_INFO(text);
    auto held = text.find("loop 1 has been held for ");
    BOOST_REQUIRE(held != std::string::npos);
    BOOST_TEST(text.substr(held, text.find('\n', held) - held).find("'hog'") != std::string::npos);
    BOOST_TEST(!has(text, "loop 0 has been held"));
}

BOOST_AUTO_TEST_CASE(a_signal_that_cannot_be_waited_for_is_refused) {
    for (int signal : {SIGKILL, SIGSEGV, -1, 1000})
        BOOST_CHECK_EXCEPTION(
            run([] {}, {.dump_on = signal}), error, [](const error& e) { return e.code() == errc::invalid_argument; });
}

BOOST_AUTO_TEST_CASE(after_the_run_the_signal_does_what_it_did_before) {
    struct sigaction before {
    }, after{};
    ::sigaction(SIGQUIT, nullptr, &before);
    run([] {}, {.dump_on = SIGQUIT});
    ::sigaction(SIGQUIT, nullptr, &after);
    BOOST_TEST((before.sa_handler == after.sa_handler));
}

BOOST_AUTO_TEST_SUITE_END()
