// Copyright 2026 the plait authors. Boost Software License 1.0
//
// What happens when there is no memory, and what takes how much.
#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/future.hpp>
#include <plait/runtime/queue.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <thread>

using namespace plait;
using namespace std::chrono_literals;

namespace {
thread_local bool memory_is_exhausted = false;
thread_local std::size_t allocations = 0;
} // namespace

// Not inlined: the compiler would see free() called on what came from new.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
    ++allocations;
    void* p = memory_is_exhausted ? nullptr : std::malloc(bytes);
    if (!p) throw std::bad_alloc();
    return p;
}
[[gnu::noinline]] void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
    ++allocations;
    return memory_is_exhausted ? nullptr : std::malloc(bytes);
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }

BOOST_AUTO_TEST_SUITE(memory_suite)

BOOST_AUTO_TEST_CASE(a_deadline_that_no_memory_is_left_for_is_an_error_and_the_wait_took_nothing) {
    run([] {
        event e;
        int failures = 0;
        memory_is_exhausted = true;
        try {
            static_cast<void>(e.wait_for(1h));
        } catch (const std::bad_alloc&) {
            ++failures;
        }
        try {
            sleep_for(1h);
        } catch (const std::bad_alloc&) {
            ++failures;
        }
        memory_is_exhausted = false;
        BOOST_TEST(failures == 2);
        e.set();
        e.wait();
    });
}

BOOST_AUTO_TEST_CASE(a_put_that_no_memory_is_left_for_leaves_the_item_and_the_queue_as_they_were) {
    queue<std::unique_ptr<int>> q;
    auto item = std::make_unique<int>(1);
    bool failed = false;
    memory_is_exhausted = true;
    try {
        q.put(std::move(item));
    } catch (const std::bad_alloc&) {
        failed = true;
    }
    memory_is_exhausted = false;
    BOOST_TEST(failed);
    BOOST_TEST(item != nullptr);
    BOOST_TEST(q.empty());
    q.put(std::move(item));
    BOOST_TEST(*q.get() == 1);
}

BOOST_AUTO_TEST_CASE(a_loop_is_rung_without_memory) {
    run([] {
        event e;
        std::jthread ringer([&] {
            memory_is_exhausted = true;
            e.set();
            memory_is_exhausted = false;
        });
        e.wait();
    });
}

BOOST_AUTO_TEST_CASE(a_loop_whose_alarm_has_no_memory_keeps_its_deadlines) {
    run([] {
        sleep_for(duration(1)); // the heap of the deadlines has its memory now
        auto d = 100us;
        auto start = loop::current()->now();
        memory_is_exhausted = true;
        sleep_for(d);
        memory_is_exhausted = false;
        BOOST_TEST((loop::current()->now() - start >= d));
    });
}

BOOST_AUTO_TEST_CASE(a_promise_and_its_future_are_one_allocation) {
    std::size_t before = allocations;
    promise<int> p;
    auto f = p.get_future();
    p.set_value(1);
    int value = std::move(f).get();
    std::size_t made = allocations - before;
    BOOST_TEST(made == 1u);
    BOOST_TEST(value == 1);
}

BOOST_AUTO_TEST_SUITE_END()
