// Copyright 2026 the plait authors. Boost Software License 1.0
#include "coro/src/watchdog.hpp"

#include <plait/coro/spawn.hpp>
#include <plait/runtime/error.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

using namespace plait;
using namespace std::chrono_literals;

namespace {

// A loop on a thread of its own, watched with a limit of 100 ms by a test that owns the watchdog's time.
class watched_loop {
public:
    watched_loop() : runner_([this] { home().run(); }) {}
    ~watched_loop() {
        home().stop();
        runner_.join();
    }
    watched_loop(const watched_loop&) = delete;
    watched_loop& operator=(const watched_loop&) = delete;

    loop& home() { return *loops_.front(); }

    /// Runs `f` on the loop, as a coroutine or as a handler, and returns when it has begun.
    void hold_with_coroutine(std::function<void()> f) {
        begun_ = false;
        spawn([this, f = std::move(f)] { begin(f); }, {.name = "hog", .on = &home()}).detach();
        wait_until_begun();
    }
    void hold_with_handler(std::function<void()> f) {
        begun_ = false;
        boost::asio::post(home().context(), [this, f = std::move(f)] { begin(f); });
        wait_until_begun();
    }

    /// A look of the watchdog's, `d` after the one before.
    void look_after(duration d) {
        now_ += d;
        dog_.look(now_);
    }
    /// What the watchdog has reported.
    std::vector<stall> reports;

private:
    void begin(const std::function<void()>& f) {
        begun_ = true;
        f();
    }
    void wait_until_begun() {
        while (!begun_)
            std::this_thread::yield();
    }
    static std::vector<std::unique_ptr<loop>> one_loop() {
        std::vector<std::unique_ptr<loop>> loops;
        loops.push_back(std::make_unique<loop>(loop_options{.name = "watched"}));
        return loops;
    }

    std::vector<std::unique_ptr<loop>> loops_ = one_loop();
    detail::watchdog dog_{loops_, 100ms, [this](const stall& s) { reports.push_back(s); }};
    time_point now_{1h};
    std::atomic<bool> begun_{false};
    std::thread runner_;
};

// Something to hold a loop with.
class gate {
public:
    void open() { open_ = true; }
    void pass() const {
        while (!open_)
            std::this_thread::yield();
    }

private:
    std::atomic<bool> open_{false};
};

} // namespace

BOOST_AUTO_TEST_SUITE(watchdog_suite)

BOOST_AUTO_TEST_CASE(a_coroutine_that_holds_its_loop_is_reported_once_with_its_name_and_site) {
    watched_loop l;
    gate g;
    l.hold_with_coroutine([&] { g.pass(); });
    l.look_after(25ms); // asks
    l.look_after(25ms); // sees who it is
    l.look_after(99ms);
    BOOST_TEST(l.reports.empty());
    l.look_after(1ms);
    l.look_after(50ms);
    g.open();
    BOOST_REQUIRE(l.reports.size() == 1u);
    const stall& s = l.reports.front();
    BOOST_TEST(&s.on == &l.home());
    BOOST_TEST((s.held == 100ms));
    BOOST_REQUIRE(s.by.has_value());
    BOOST_TEST(s.by->name == "hog");
    BOOST_TEST(std::string(s.by->site.file_name()) == __FILE__);
    BOOST_TEST((l.home().stats().longest_hold == 150ms));
}

BOOST_AUTO_TEST_CASE(a_handler_that_holds_a_loop_is_reported_without_a_coroutine) {
    watched_loop l;
    gate g;
    l.hold_with_handler([&] { g.pass(); });
    for (int i = 0; i < 6; ++i)
        l.look_after(25ms);
    g.open();
    BOOST_REQUIRE(l.reports.size() == 1u);
    BOOST_TEST(!l.reports.front().by.has_value());
}

BOOST_AUTO_TEST_CASE(coroutines_that_take_turns_hold_nothing) {
    watched_loop l;
    gate first, second;
    l.hold_with_coroutine([&] { first.pass(); });
    for (int i = 0; i < 4; ++i)
        l.look_after(25ms);
    std::atomic<bool> next{false};
    spawn(
        [&] {
            next = true;
            second.pass();
        },
        {.on = &l.home()})
        .detach();
    first.open();
    while (!next)
        std::this_thread::yield();
    for (int i = 0; i < 4; ++i)
        l.look_after(25ms);
    second.open();
    BOOST_TEST(l.reports.empty());
}

BOOST_AUTO_TEST_CASE(two_holds_are_reported_twice) {
    watched_loop l;
    for (int hold = 0; hold < 2; ++hold) {
        gate g;
        std::atomic<bool> over{false};
        l.hold_with_coroutine([&] {
            g.pass();
            over = true;
        });
        for (int i = 0; i < 7; ++i)
            l.look_after(25ms);
        g.open();
        while (!over)
            std::this_thread::yield();
    }
    BOOST_TEST(l.reports.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_watchdog_that_was_stopped_itself_accuses_nobody) {
    watched_loop l;
    gate g;
    l.hold_with_coroutine([&] { g.pass(); });
    l.look_after(25ms);
    l.look_after(25ms);
    l.look_after(10s); // the machine slept
    g.open();
    BOOST_TEST(l.reports.empty());
}

BOOST_AUTO_TEST_CASE(a_watchdog_of_less_than_a_millisecond_is_refused) {
    BOOST_CHECK_EXCEPTION(
        run([] {}, {.watchdog = 999us}), error, [](const error& e) { return e.code() == errc::invalid_argument; });
}

BOOST_AUTO_TEST_SUITE_END()
