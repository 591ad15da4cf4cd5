// Copyright 2026 the plait authors. Boost Software License 1.0
#include "coro/src/stack_arena.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/coro/stack.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/event.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

using namespace plait;
using namespace plait::detail;

namespace {

constexpr std::size_t stack_bytes = 64 * 1024;

// The signal that ends a child which writes to `address`; 0 if the write succeeds.
int signal_of_a_write_to(char* address) {
    pid_t child = fork();
    if (child == 0) {
        std::signal(SIGSEGV, SIG_DFL); // a sanitizer would catch it
        std::signal(SIGBUS, SIG_DFL);
        *static_cast<volatile char*>(address) = 1;
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

void check_guards_and_reuse(guard_kind kind) {
    stack_arena arena(stack_bytes, kind);
    std::set<char*> tops;
    for (int i = 0; i < 100; ++i)
        tops.insert(arena.allocate());
    BOOST_TEST(tops.size() == 100u);
    char* top = *tops.begin();
    BOOST_TEST(signal_of_a_write_to(arena.bottom(top)) == 0);
    BOOST_TEST(signal_of_a_write_to(top - 1) == 0);
    BOOST_TEST(signal_of_a_write_to(arena.bottom(top) - 1) == SIGSEGV);
    arena.release(top);
    BOOST_TEST((arena.allocate() == top)); // in brackets: Boost.Test would print, and read, a char* as a string
    BOOST_TEST(signal_of_a_write_to(arena.bottom(top) - 1) == SIGSEGV);
}

// Of the size that no other test uses.
constexpr std::size_t rare_size = 512 * 1024;
stack_stats stats_of_rare_size() {
    for (const stack_stats& s : stack_statistics())
        if (s.stack_bytes == rare_size) return s;
    return {};
}

// Writes to this much of the stack.
[[gnu::noinline]] int use_stack(std::size_t kilobytes) { // NOLINT(misc-no-recursion)
    volatile char frame[1024];
    std::fill(std::begin(frame), std::end(frame), '\1');
    return kilobytes <= 1 ? frame[0] : use_stack(kilobytes - 1) + frame[kilobytes % 1024] - 1;
}

} // namespace

BOOST_AUTO_TEST_SUITE(stack_arena_suite)

BOOST_AUTO_TEST_CASE(every_stack_has_a_guard_page_by_mprotect) { check_guards_and_reuse(guard_kind::mprotect); }

BOOST_AUTO_TEST_CASE(every_stack_has_a_guard_page_by_madvise_where_the_kernel_has_it) {
    if (best_guard_kind() != guard_kind::madvise) {
        BOOST_TEST_MESSAGE("this kernel has no guard regions; nothing to test");
        return;
    }
    check_guards_and_reuse(guard_kind::madvise);
}

BOOST_AUTO_TEST_CASE(sizes_are_rounded_up_and_bounded) {
    BOOST_TEST(arena_for(1).stack_bytes() == 16u * 1024);
    BOOST_TEST(arena_for(100'000).stack_bytes() == 128u * 1024);
    BOOST_CHECK_EXCEPTION(static_cast<void>(arena_for((std::size_t(1) << 30) + 1)), error, [](const error& e) {
        return e.code() == errc::invalid_argument;
    });
}

BOOST_AUTO_TEST_CASE(trimming_gives_the_memory_of_freed_stacks_back_and_they_can_be_used_again) {
    stack_arena arena(stack_bytes, best_guard_kind());
    std::vector<char*> tops;
    for (int i = 0; i < 10; ++i)
        tops.push_back(arena.allocate());
    for (char* top : tops)
        std::fill(arena.bottom(top), top, '\1');
    for (std::size_t i = 1; i < tops.size(); ++i)
        arena.release(tops[i]);
    BOOST_TEST(arena.resident_bytes() == 10 * (stack_bytes - 4096));
    BOOST_TEST(arena.trim() == 9u);
    BOOST_TEST(arena.resident_bytes() == stack_bytes - 4096); // the one in use
    BOOST_TEST(tops[0][-1] == 1);
    char* again = arena.allocate();
    BOOST_TEST(again[-1] == 0);
    again[-1] = 1;
    arena.release(again);
    BOOST_TEST(arena.trim() == 9u);
    BOOST_TEST(arena.how_many().cut == 10u);
    BOOST_TEST(signal_of_a_write_to(arena.bottom(again) - 1) == SIGSEGV);
}

BOOST_AUTO_TEST_CASE(a_large_stack_that_is_freed_keeps_what_is_near_its_top) {
    stack_arena arena(4 << 20, best_guard_kind());
    char* top = arena.allocate();
    std::fill(arena.bottom(top), top, '\1');
    arena.give_depths_back(top);
    BOOST_TEST(arena.resident_bytes() == 256u * 1024);
    BOOST_TEST(top[-1] == 1);
}

BOOST_AUTO_TEST_CASE(the_statistics_count_stacks_in_use_and_idle) {
    run([] {
        event go;
        std::vector<task<void>> tasks;
        for (int i = 0; i < 5; ++i)
            tasks.push_back(spawn([&] { go.wait(); }, {.stack_bytes = rare_size}));
        yield();
        stack_stats during = stats_of_rare_size();
        BOOST_TEST(during.in_use == 5u);
        BOOST_TEST(during.reserved_bytes == (during.in_use + during.idle) * rare_size);
        BOOST_TEST(during.resident_bytes >= 5u * 4096);
        go.set();
        tasks.clear();
        stack_stats after = stats_of_rare_size();
        BOOST_TEST(after.in_use == 0u);
        BOOST_TEST(after.idle == during.in_use + during.idle);
        BOOST_TEST(trim_stacks() >= 5u);
        BOOST_TEST(stats_of_rare_size().resident_bytes == 0u);
        BOOST_TEST(stats_of_rare_size().idle == after.idle);
    });
}

BOOST_AUTO_TEST_CASE(a_stack_that_another_thread_frees_is_idle_too) {
    run([] {
        auto t = spawn([] {}, {.stack_bytes = rare_size});
        t.wait();
        yield(); // its stack is nobody's but the handle's
        std::size_t in_use = stats_of_rare_size().in_use;
        std::thread([t = std::move(t)]() mutable { t = {}; }).join();
        BOOST_TEST(stats_of_rare_size().in_use == in_use - 1);
    });
}

BOOST_AUTO_TEST_CASE(the_depth_of_stacks_is_measured_for_each_place_that_spawns) {
    run([] {
        measure_stack_depths(true);
        auto spawn_here = [](std::size_t kilobytes) {
            spawn([=] { return use_stack(kilobytes); }, {.stack_bytes = rare_size}).join();
        };
        spawn_here(200);
        spawn_here(10); // on the same stack, whose memory has gone
        spawn([] { return use_stack(10); }, {.stack_bytes = rare_size}).join();
        measure_stack_depths(false);
        spawn_here(300);
    });
    std::vector<stack_depth> depths = stack_depths();
    BOOST_REQUIRE(depths.size() == 2u);
    BOOST_TEST(depths[0].coroutines == 2u);
    BOOST_TEST(depths[0].deepest_bytes >= 200u * 1024);
    BOOST_TEST(depths[0].deepest_bytes < 300u * 1024);
    BOOST_TEST(depths[0].stack_bytes == rare_size);
    BOOST_TEST(depths[1].coroutines == 1u);
    BOOST_TEST(depths[1].deepest_bytes < 100u * 1024);
    BOOST_TEST((depths[0].site.line() < depths[1].site.line()));
}

BOOST_AUTO_TEST_CASE(on_a_big_stack_a_function_has_room_and_returns_its_value) {
    run([] {
        auto deep = [] { return on_big_stack([] { return use_stack(2'000); }); };
        BOOST_TEST(spawn(deep, {.stack_bytes = 32 * 1024}).join() == 1);
    });
    BOOST_TEST(on_big_stack([] { return use_stack(10'000); }, 16 << 20) == 1); // on a thread
    int referred = 0;
    BOOST_TEST(&on_big_stack([&]() -> int& { return referred; }) == &referred);
    on_big_stack([&] { referred = 1; });
    BOOST_TEST(referred == 1);
}

BOOST_AUTO_TEST_CASE(what_is_thrown_on_a_big_stack_is_thrown_to_its_caller) {
    BOOST_CHECK_THROW(on_big_stack([] { throw std::out_of_range("no"); }), std::out_of_range);
    run([] { BOOST_CHECK_THROW(on_big_stack([]() -> int { throw std::out_of_range("no"); }), std::out_of_range); });
}

BOOST_AUTO_TEST_CASE(on_a_big_stack_one_may_wait_and_is_the_same_coroutine) {
    run([] {
        event there, back;
        std::string order;
        auto big = spawn([&] {
            detail::party* self = &detail::party::current();
            on_big_stack([&] {
                BOOST_TEST((&detail::party::current() == self));
                order += 'a';
                there.set();
                back.wait();
                on_big_stack([&] { yield(); }); // another on top of it
                order += 'c';
            });
            yield();
            order += 'd';
        });
        there.wait();
        order += 'b';
        back.set();
        big.join();
        BOOST_TEST(order == "abcd");
    });
}

BOOST_AUTO_TEST_CASE(a_wait_on_a_big_stack_can_be_cancelled) {
    run([] {
        auto t = spawn([] { on_big_stack([] { event().wait(); }); });
        yield();
        t.cancel();
        t.wait();
        BOOST_TEST(t.is_cancelled());
    });
}

BOOST_AUTO_TEST_SUITE_END()
