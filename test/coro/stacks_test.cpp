// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/coro/stack.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/observe.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace plait;

namespace {

// Each is a frame of its own, whatever the optimiser thinks.
[[gnu::noinline]] void wait_for_the_water(event& e) {
    e.wait();
    asm volatile("");
}
[[gnu::noinline]] void boil_noodles(event& e) {
    wait_for_the_water(e);
    asm volatile("");
}
[[gnu::noinline]] void hold_the_stove(const std::atomic<bool>& until) {
    while (!until.load(std::memory_order_acquire))
        std::this_thread::yield(); // the thread, not the coroutine
    asm volatile("");
}
[[gnu::noinline]] std::string look_around() {
    std::string all = dump_all();
    asm volatile("");
    return all;
}
// Others have their turn only while all plates are in the sink, never while they are being dried.
[[gnu::noinline]] void wash_up(int plates) { // NOLINT(misc-no-recursion)
    if (plates > 0)
        wash_up(plates - 1);
    else
        yield();
    asm volatile("");
}
[[gnu::noinline]] void dry_up(int plates) { // NOLINT(misc-no-recursion)
    if (plates > 0) dry_up(plates - 1);
    asm volatile("");
}

// What a dump says of the coroutine called `name`: its line and its stack.
std::string part_of(const std::string& dump, const std::string& name) {
    auto begin = dump.find("'" + name + "'");
    if (begin == std::string::npos) return {};
    auto is_end = [&](std::size_t at) { return dump[at] != '\n' || dump.compare(at, 6, "\n     ") == 0; };
    auto end = begin;
    while (end < dump.size() && is_end(end))
        ++end;
    return dump.substr(begin, end - begin);
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

bool has_in_order(const std::string& text, std::initializer_list<std::string_view> parts) {
    std::size_t at = 0;
    return std::all_of(parts.begin(), parts.end(), [&](std::string_view part) {
        at = text.find(part, at);
        return at != std::string::npos;
    });
}

/// Uses most of a page, and several of them.
[[gnu::noinline]] void dig(int pages) { // NOLINT(misc-no-recursion)
    volatile char room[3000];
    room[0] = static_cast<char>(pages);
    if (pages > 0) dig(pages - 1);
    asm volatile("" ::"r"(&room[0]));
}

} // namespace

BOOST_AUTO_TEST_SUITE(stacks_suite)

BOOST_AUTO_TEST_CASE(a_coroutine_that_waits_is_shown_with_the_functions_it_is_in) {
    run([] {
        event water_boils;
        auto cook = spawn([&] { boil_noodles(water_boils); }, {.name = "cook"});
        yield();
        std::string shown = part_of(dump_all(), "cook");
        BOOST_TEST_INFO(shown);
        BOOST_TEST(has_in_order(shown, {"waits for event.wait", "plait::event", "wait_for_the_water", "boil_noodles"}));
        BOOST_TEST(!has(shown, "plait::detail::waiter"));
        BOOST_TEST(!has(shown, "fcontext"));
        water_boils.set();
    });
}

BOOST_AUTO_TEST_CASE(a_coroutine_is_shown_with_the_one_that_spawned_it) {
    run([] {
        event shown;
        auto parent = spawn(
            [&] {
                auto child = spawn([&] { shown.wait(); }, {.name = "child"});
                child.join();
            },
            {.name = "parent"});
        yield();
        yield();
        std::string all = dump_all();
        auto before_name = all.substr(0, all.find(" 'parent'"));
        std::string id = before_name.substr(before_name.rfind(' ') + 1);
        BOOST_TEST_INFO(all);
        BOOST_TEST(
            has_in_order(part_of(all, "child"), {__FILE__, " under coroutine " + id + ", waits for event.wait"}));
        BOOST_TEST(!has(part_of(all, "main"), " under coroutine "));
        shown.set();
    });
}

BOOST_AUTO_TEST_CASE(the_coroutine_that_asks_is_shown_with_its_own_stack) {
    run([] {
        std::string shown = part_of(look_around(), "main");
        BOOST_TEST_INFO(shown);
        BOOST_TEST(has_in_order(shown, {"runs", "plait::dump_all", "look_around"}));
    });
}

BOOST_AUTO_TEST_CASE(of_coroutines_with_the_same_stack_it_is_shown_once) {
    run([] {
        event water_boils;
        std::vector<task<void>> cooks;
        for (int i = 0; i < 10; ++i)
            cooks.push_back(spawn([&] { boil_noodles(water_boils); }));
        yield();
        std::string all = dump_all();
        std::size_t shown = 0;
        for (auto at = all.find("boil_noodles"); at != std::string::npos; at = all.find("boil_noodles", at + 1))
            ++shown;
        BOOST_TEST_INFO(all);
        BOOST_TEST(shown == 1u);
        BOOST_TEST(has(all, "the same stack as coroutine "));
        water_boils.set();
    });
}

BOOST_AUTO_TEST_CASE(stacks_are_shown_to_another_thread_while_a_coroutine_holds_the_loop) {
    run([] {
        event water_boils;
        auto cook = spawn([&] { boil_noodles(water_boils); }, {.name = "cook"});
        yield();
        std::string all;
        std::atomic<bool> shown{false};
        std::jthread onlooker([&] {
            all = dump_all();
            shown.store(true, std::memory_order_release);
        });
        spawn([&] { hold_the_stove(shown); }, {.name = "hog"}).join();
        BOOST_TEST_INFO(all);
        BOOST_TEST(has_in_order(part_of(all, "cook"), {"wait_for_the_water", "boil_noodles"}));
        water_boils.set();
    });
}

BOOST_AUTO_TEST_CASE(a_thousand_coroutines_that_run_on_two_loops_are_shown_only_where_they_were_suspended) {
    std::atomic<bool> over{false};
    std::atomic<int> begun{0};
    int washing = 0, drying = 0;
    std::jthread onlooker;
    run(
        [&] {
            std::vector<task<void>> washers;
            for (std::size_t i = 0; i < 1000; ++i)
                washers.push_back(spawn(
                    [&, plates = static_cast<int>(i % 20)] {
                        begun.fetch_add(1, std::memory_order_relaxed);
                        while (!over.load(std::memory_order_relaxed)) {
                            wash_up(plates);
                            dry_up(plates);
                        }
                    },
                    {.on = loops()[i % 2]}));
            event shown;
            onlooker = std::jthread([&] {
                while (begun.load(std::memory_order_relaxed) < 1000)
                    std::this_thread::yield();
                for (int i = 0; i < 50; ++i) {
                    std::string all = dump_all();
                    washing += has(all, "wash_up");
                    drying += has(all, "dry_up");
                }
                over.store(true, std::memory_order_relaxed);
                shown.set();
            });
            shown.wait();
            for (auto& w : washers)
                w.join();
        },
        {.loops = 2});
    BOOST_TEST(washing == 50);
    BOOST_TEST(drying == 0);
}

BOOST_AUTO_TEST_CASE(a_coroutine_gives_back_what_its_stack_does_not_use_and_digs_again) {
    const auto resident = [] {
        std::size_t bytes = 0;
        for (const stack_stats& s : stack_statistics())
            bytes += s.resident_bytes;
        return bytes;
    };
    plait::run([&] {
        trim_stacks();
        spawn([&] {
            dig(20);
            const auto before = resident();
            trim_own_stack();
            BOOST_TEST(before - resident() >= 10U * 4096);
            dig(20);
            BOOST_TEST(resident() >= before);
        }).join();
        std::size_t on_a_big_stack = 0;
        on_big_stack([&] {
            dig(20);
            const auto before = resident();
            trim_own_stack(); // nothing
            on_a_big_stack = before - resident();
        });
        BOOST_TEST(on_a_big_stack == 0U);
    });
    trim_own_stack(); // of a thread: nothing
}

BOOST_AUTO_TEST_SUITE_END()
