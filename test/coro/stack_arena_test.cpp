// Copyright 2026 the plait authors. Boost Software License 1.0
#include "coro/src/stack_arena.hpp"

#include <plait/runtime/error.hpp>

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <cstdlib>
#include <set>
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

BOOST_AUTO_TEST_SUITE_END()
