// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/parties.hpp"

#include <plait/runtime/error.hpp>
#include <plait/runtime/locals.hpp>
#include <plait/runtime/mutex.hpp>
#include <plait/runtime/thread.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace plait;

namespace {

// Calls `at_end` when it is destroyed.
struct noting {
    std::function<void()> at_end;
    explicit noting(std::function<void()> f) : at_end(std::move(f)) {}
    noting(noting&& other) noexcept : at_end(std::exchange(other.at_end, nullptr)) {}
    noting& operator=(noting&&) = delete;
    ~noting() {
        if (at_end) at_end();
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(locals_suite)

BOOST_AUTO_TEST_CASE(each_party_has_its_own_value) {
    test::for_every_kind([](test::parties& party) {
        local<int> mine([] { return 100; });
        std::vector<int> seen(6);
        for (std::size_t i = 0; i < seen.size(); ++i)
            party([&, i] {
                for (std::size_t n = 0; n < i; ++n) {
                    ++*mine;
                    yield(); // the others change theirs
                }
                seen[i] = *mine;
            });
        party.join();
        BOOST_TEST(seen == (std::vector{100, 101, 102, 103, 104, 105}), boost::test_tools::per_element());
        BOOST_TEST(!mine.has());
    });
}

BOOST_AUTO_TEST_CASE(a_coroutine_does_not_share_the_value_of_its_thread) {
    local<int> l;
    l.set(1);
    int in_coroutine = -1;
    run([&] {
        in_coroutine = *l;
        l.set(2);
    });
    BOOST_TEST(in_coroutine == 0);
    BOOST_TEST(*l == 1);
    l.reset();
}

BOOST_AUTO_TEST_CASE(a_value_is_made_once_and_when_it_is_first_used) {
    int made = 0;
    local<int> l([&] { return ++made; });
    BOOST_TEST(!l.has());
    BOOST_TEST(made == 0);
    BOOST_TEST(*l == 1);
    BOOST_TEST(*l == 1);
    BOOST_TEST(l.has());
    l.reset();
    BOOST_TEST(!l.has());
    BOOST_TEST(*l == 2);
    l.reset();
}

BOOST_AUTO_TEST_CASE(a_set_value_needs_no_factory_and_may_be_move_only) {
    local<std::unique_ptr<int>> l([]() -> std::unique_ptr<int> { throw std::logic_error("not needed"); });
    l.set(std::make_unique<int>(7));
    BOOST_TEST(**l == 7);
    l.set(std::make_unique<int>(8));
    BOOST_TEST(**l == 8);
    l.reset();
}

BOOST_AUTO_TEST_CASE(a_factory_that_throws_leaves_no_value) {
    bool fails = true;
    local<int> l([&] { return fails ? throw std::runtime_error("not yet") : 5; });
    BOOST_CHECK_THROW(static_cast<void>(l.get()), std::runtime_error);
    BOOST_TEST(!l.has());
    fails = false;
    BOOST_TEST(*l == 5);
    l.reset();
}

BOOST_AUTO_TEST_CASE(values_are_destroyed_when_their_party_ends_the_last_made_first) {
    test::for_every_kind([](test::parties& party) {
        local<std::unique_ptr<noting>> first, second;
        std::string order;
        party([&] {
            first.set(std::make_unique<noting>([&] { order += "1"; }));
            second.set(std::make_unique<noting>([&] { order += "2"; }));
            order += "body ";
        });
        party.join();
        BOOST_TEST(order == "body 21");
    });
}

BOOST_AUTO_TEST_CASE(values_of_a_coroutine_that_failed_or_was_cancelled_are_destroyed_too) {
    run([] {
        local<std::unique_ptr<noting>> l;
        int destroyed = 0;
        auto failing = spawn([&] {
            l.set(std::make_unique<noting>([&] { ++destroyed; }));
            throw std::runtime_error("as expected");
        });
        BOOST_CHECK_THROW(failing.join(), std::runtime_error);
        BOOST_TEST(destroyed == 1);
        auto waiting = spawn([&] {
            l.set(std::make_unique<noting>([&] { ++destroyed; }));
            sleep_until(time_point::max());
        });
        yield();
        waiting.cancel();
        waiting.wait();
        BOOST_TEST(destroyed == 2);
    });
}

BOOST_AUTO_TEST_CASE(a_destructor_may_use_other_locals_and_wait) {
    test::for_every_kind([](test::parties& party) {
        local<int> number;
        local<std::unique_ptr<noting>> user;
        mutex m;
        std::atomic<int> seen{0};
        for (int i = 0; i < 4; ++i)
            party([&] {
                user.set(std::make_unique<noting>([&] {
                    std::lock_guard guard(m);
                    yield();
                    seen += *number; // destroyed already, as it was made later: made anew
                }));
                number.set(10);
                ++*number;
            });
        party.join();
        BOOST_TEST(seen == 0);
        party([&] {
            number.set(10);
            user.set(std::make_unique<noting>([&] { seen += *number; }));
        });
        party.join();
        BOOST_TEST(seen == 10);
    });
}

BOOST_AUTO_TEST_CASE(a_value_outlives_its_local_and_a_new_local_does_not_see_it) {
    int destroyed = 0;
    bool seen = true;
    std::thread([&] {
        std::optional<local<std::unique_ptr<noting>>> l;
        l.emplace();
        l->set(std::make_unique<noting>([&] { ++destroyed; }));
        l.emplace(); // at the same address
        seen = l->has();
    }).join();
    BOOST_TEST(!seen);
    BOOST_TEST(destroyed == 1);
}

BOOST_AUTO_TEST_CASE(a_thread_local_object_may_use_locals_in_its_destructor) {
    static local<std::unique_ptr<noting>>* l;
    local<std::unique_ptr<noting>> the_local;
    l = &the_local;
    static int destroyed;
    destroyed = 0;
    std::thread([] {
        struct late {
            ~late() {
                l->set(std::make_unique<noting>([] { ++destroyed; }));
            }
        };
        static thread_local late object;
        static_cast<void>(&object);
        l->set(std::make_unique<noting>([] { ++destroyed; }));
    }).join();
    BOOST_TEST(destroyed == 2);
}

BOOST_AUTO_TEST_CASE(a_coroutine_begins_with_a_copy_of_what_it_inherits) {
    run([] {
        local<std::string> request(inherited), own;
        request.set("first");
        own.set("not inherited");
        auto child = spawn([&] {
            BOOST_TEST(*request == "first"); // as it was when it was spawned
            BOOST_TEST(!own.has());
            *request += ", child's";
            BOOST_TEST(spawn([&] { return *request; }).join() == "first, child's");
        });
        request.set("second");
        auto later = spawn([&] { return *request; });
        child.join();
        BOOST_TEST(later.join() == "second");
        BOOST_TEST(*request == "second");
    });
}

BOOST_AUTO_TEST_CASE(what_the_spawner_has_not_is_not_inherited) {
    run([] {
        int made = 0;
        local<int> l(inherited, [&] { return ++made; });
        spawn([&] { BOOST_TEST(!l.has()); }).join();
        BOOST_TEST(*l == 1);
        l.reset();
        spawn([&] { BOOST_TEST(*l == 2); }).join();
    });
}

BOOST_AUTO_TEST_CASE(a_coroutine_inherits_from_a_thread_that_spawns_it) {
    local<int> l(inherited);
    l.set(7);
    run([&] {
        BOOST_TEST(*l == 7);
        *l = 8;
    });
    BOOST_TEST(*l == 7);
    l.reset(); // no other test's coroutines begin with it
}

BOOST_AUTO_TEST_CASE(a_thread_inherits_nothing) {
    run([] {
        local<int> l(inherited);
        l.set(7);
        thread t([&] { BOOST_TEST(!l.has()); });
        t.join();
    });
}

BOOST_AUTO_TEST_CASE(inherited_values_of_a_coroutine_that_never_begins_are_destroyed) {
    auto value = std::make_shared<int>(1);
    local<std::shared_ptr<int>> l(inherited);
    run([&] {
        l.set(value);
        auto never = spawn([] {});
        BOOST_TEST(value.use_count() == 3);
        never.cancel();
        BOOST_CHECK_THROW(never.join(), error);
        BOOST_TEST(value.use_count() == 2);
    });
    BOOST_TEST(value.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(a_copy_that_throws_is_thrown_by_spawn) {
    struct throws_when_copied {
        throws_when_copied() = default;
        throws_when_copied(throws_when_copied&&) noexcept = default;
        throws_when_copied(const throws_when_copied&) { throw std::runtime_error("no copy"); }
        throws_when_copied& operator=(throws_when_copied&&) noexcept = default;
    };
    run([] {
        auto counted = std::make_shared<int>(1);
        local<std::shared_ptr<int>> first(inherited);
        local<throws_when_copied> second(inherited);
        first.set(counted);
        second.set({});
        BOOST_CHECK_THROW(static_cast<void>(spawn([] {})), std::runtime_error);
        BOOST_TEST(counted.use_count() == 2); // nothing of the attempt is left
        second.reset();
        spawn([] {}).join();
    });
}

BOOST_AUTO_TEST_SUITE_END()
