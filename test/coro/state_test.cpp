// Copyright 2026 the plait authors. Boost Software License 1.0
//
// What every coroutine has for itself: exceptions, errno, identity.
#include "support/scale.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <csignal>
#include <exception>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

using namespace plait;

namespace {

struct yields_when_destroyed {
    int& uncaught_before;
    int& uncaught_after;
    ~yields_when_destroyed() {
        uncaught_before = std::uncaught_exceptions();
        yield();
        uncaught_after = std::uncaught_exceptions();
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(state_suite)

BOOST_AUTO_TEST_CASE(a_coroutine_can_park_inside_catch_and_rethrow) {
    run([] {
        auto throws = [](const std::string& what) {
            return [what] {
                try {
                    throw std::runtime_error(what);
                } catch (const std::runtime_error& e) {
                    for (int i = 0; i < 5; ++i) {
                        yield();
                        BOOST_TEST(e.what() == what);
                    }
                    throw; // its own, not another coroutine's
                }
            };
        };
        auto a = spawn(throws("first")), b = spawn(throws("second"));
        BOOST_CHECK_EXCEPTION(
            a.join(), std::runtime_error, [](const auto& e) { return e.what() == std::string("first"); });
        BOOST_CHECK_EXCEPTION(
            b.join(), std::runtime_error, [](const auto& e) { return e.what() == std::string("second"); });
    });
}

BOOST_AUTO_TEST_CASE(a_coroutine_can_park_in_a_destructor_during_unwinding) {
    run([] {
        int before = 0, after = 0, seen_by_other = -1;
        auto unwinding = spawn([&] {
            yields_when_destroyed guard{before, after};
            throw std::runtime_error("unwinding");
        });
        auto other = spawn([&] { seen_by_other = std::uncaught_exceptions(); });
        other.join();
        BOOST_CHECK_THROW(unwinding.join(), std::runtime_error);
        BOOST_TEST(before == 1);
        BOOST_TEST(after == 1);
        BOOST_TEST(seen_by_other == 0);
    });
}

BOOST_AUTO_TEST_CASE(many_coroutines_throw_at_once) {
    run([] {
        std::vector<task<void>> tasks;
        for (int i = 0; i < 200; ++i)
            tasks.push_back(spawn([i] {
                for (int n = 0; n < 10; ++n)
                    try {
                        throw i * 100 + n;
                    } catch (int thrown) {
                        yield();
                        BOOST_REQUIRE(thrown == i * 100 + n);
                    }
            }));
        for (auto& t : tasks)
            t.join();
    });
}

BOOST_AUTO_TEST_CASE(errno_belongs_to_the_coroutine) {
    run([] {
        auto a = spawn([] {
            errno = 7;
            yield();
            BOOST_TEST(errno == 7);
        });
        auto b = spawn([] {
            errno = 9;
            yield();
            BOOST_TEST(errno == 9);
        });
        a.join();
        b.join();
    });
}

BOOST_AUTO_TEST_CASE(every_coroutine_has_an_id_and_a_name) {
    run([] {
        std::set<std::uint64_t> ids;
        for (int i = 0; i < 3'000; ++i) {
            auto t = spawn([] {}, {.name = "worker with a rather long name"});
            BOOST_REQUIRE(t.name() == "worker with a rather long name");
            ids.insert(t.id());
            t.join();
        }
        BOOST_TEST(ids.size() == 3'000u);
    });
}

BOOST_AUTO_TEST_CASE(deep_recursion_fits_the_stack_that_was_asked_for) {
    run([] {
        struct recursion {
            static int depth(int n) {
                volatile char frame[1024];
                frame[0] = static_cast<char>(n);
                return n == 0 ? 0 : depth(n - 1) + 1 + (frame[0] - static_cast<char>(n));
            }
        };
        int levels = test::under_asan || test::under_tsan ? 500 : 3'000;
        BOOST_TEST(spawn([&] { return recursion::depth(levels); }, {.stack_bytes = 4 << 20}).join() == levels);
    });
}

BOOST_AUTO_TEST_CASE(a_frame_larger_than_the_guard_page_does_not_jump_over_it) {
    if (test::under_asan || test::under_tsan) return; // they catch the signal, and report in their own way
    struct large_frame {
        [[gnu::noinline]] static char touch_the_far_end() {
            volatile char frame[64 * 1024];
            frame[0] = 1;
            return frame[0];
        }
    };
    pid_t child = fork();
    if (child == 0) {
        std::signal(SIGSEGV, SIG_DFL); // instead of Boost.Test's
        run([] {
            std::vector<task<void>> below; // other stacks, which such a frame would reach
            for (int i = 0; i < 8; ++i)
                below.push_back(spawn([] { yield(); }, {.stack_bytes = 16 * 1024}));
            spawn([] { return large_frame::touch_the_far_end(); }, {.stack_bytes = 16 * 1024}).join();
        });
        _exit(0);
    }
    int status = 0;
    BOOST_REQUIRE(waitpid(child, &status, 0) == child);
    BOOST_TEST(WIFSIGNALED(status));
    BOOST_TEST(WTERMSIG(status) == SIGSEGV);
}

BOOST_AUTO_TEST_SUITE_END()
