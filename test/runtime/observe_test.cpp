// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/observe.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace plait;

namespace {

struct till {
    struct till_stats {
        static constexpr std::string_view kind = "till";
        std::uint64_t sold;

        template <class Visit>
        void each(Visit visit) const {
            visit("sold", sold);
            visit("left", 9 - sold);
        }
    };
    explicit till(unsigned n) : sold(n) {}
    [[nodiscard]] till_stats stats() const noexcept { return {sold}; }
    std::uint64_t sold;
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::vector<std::pair<detail::trace_event, std::string>> traced;

} // namespace

BOOST_AUTO_TEST_SUITE(observe_suite)

BOOST_AUTO_TEST_CASE(a_named_object_is_shown_with_its_counters_while_it_lives) {
    {
        named<till> counter("north door", 2u);
        BOOST_TEST(has(dump_all(), "till 'north door': sold 2, left 7\n"));
    }
    BOOST_TEST(!has(dump_all(), "north door"));
}

BOOST_AUTO_TEST_CASE(objects_may_come_and_go_while_everything_is_shown) {
    std::atomic<bool> over{false};
    std::jthread comes_and_goes([&] {
        while (!over.load(std::memory_order_relaxed))
            named<till> counter("brief", 1u);
    });
    named<till> stays("lasting", 1u);
    int missing = 0;
    for (int i = 0; i < 1000; ++i)
        missing += !has(dump_all(), "lasting");
    over.store(true, std::memory_order_relaxed);
    BOOST_TEST(missing == 0);
}

BOOST_AUTO_TEST_CASE(every_coroutine_is_shown_with_what_it_does) {
    run([] {
        event e;
        auto waiting = spawn([&] { e.wait(); }, {.name = "waiting"});
        auto ready = spawn([] { yield(); }, {.name = "ready"});
        yield();
        std::string text = dump_all();
        BOOST_TEST(has(text, "loop 'loop 0': batches "));
        BOOST_TEST(has(text, "'main'"));
        BOOST_TEST(has(text, "'waiting', spawned at " __FILE__));
        BOOST_TEST(has(text, ", waits for event.wait\n"));
        BOOST_TEST(has(text, ", is ready\n"));
        BOOST_TEST(has(text, ", runs\n"));
        e.set();
        waiting.join();
        BOOST_TEST(!has(dump_all(), "'waiting'"));
    });
}

BOOST_AUTO_TEST_CASE(coroutines_are_shown_to_another_thread_while_one_of_them_holds_the_loop) {
    run([] {
        std::string text;
        std::atomic<bool> shown{false};
        std::jthread onlooker;
        spawn(
            [&] {
                onlooker = std::jthread([&] {
                    text = dump_all();
                    shown.store(true);
                });
                while (!shown.load())
                    std::this_thread::yield(); // the thread, not the coroutine
            },
            {.name = "busy"})
            .join();
        BOOST_TEST(has(text, "'main'"));
        BOOST_TEST(has(text, "waits for task.join"));
        BOOST_TEST(has(text, "'busy'"));
        BOOST_TEST(has(text, ", runs\n"));
    });
}

BOOST_AUTO_TEST_CASE(coroutines_may_come_and_go_while_everything_is_shown) {
    std::atomic<bool> over{false};
    int missing = 0;
    std::jthread onlooker;
    run(
        [&] {
            onlooker = std::jthread([&] {
                for (int i = 0; i < 300; ++i)
                    missing += !has(dump_all(), "'main'");
                over.store(true);
            });
            while (!over.load())
                for (loop* l : loops())
                    spawn([] { yield(); }, {.on = l}).join();
        },
        {.loops = 2});
    BOOST_TEST(missing == 0);
}

BOOST_AUTO_TEST_CASE(a_tracer_is_told_of_the_life_of_a_coroutine_in_order) {
    using enum detail::trace_event;
    traced.clear();
    plait::run([] {
        event e;
        detail::tracer.store([](detail::trace_event what, std::uint64_t, const char* for_what) noexcept {
            traced.emplace_back(what, what == park ? for_what : "");
        });
        auto t = plait::spawn([&] { e.wait(); });
        yield();
        e.set();
        yield();
        detail::tracer.store(nullptr);
    });
    std::vector<std::pair<detail::trace_event, std::string>> expected{
        {spawn, ""}, {start, ""}, {park, "event.wait"}, {wake, ""}, {end, ""}};
    BOOST_TEST((traced == expected));
}

BOOST_AUTO_TEST_CASE(observation_is_off_until_it_is_asked_for) {
    BOOST_TEST(!observing());
    observe(true);
    BOOST_TEST(observing());
    observe(false);
    BOOST_TEST(!observing());
}

BOOST_AUTO_TEST_SUITE_END()
