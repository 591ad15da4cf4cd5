// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/subprocess.hpp>

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <string>
#include <string_view>

using namespace plait;

BOOST_AUTO_TEST_SUITE(stack_overflow_suite)

// AddressSanitizer reports overflows itself.
#if !defined(__SANITIZE_ADDRESS__)

// conformance 83
BOOST_AUTO_TEST_CASE(a_coroutine_that_runs_out_of_stack_is_named_with_its_stack_and_its_origin) {
    auto done = subprocess::run({PLAIT_STACK_OVERFLOW}, {.capture = true});
    auto says = [&](std::string_view what) { return done.err.find(what) != std::string::npos; };
    BOOST_TEST_INFO(done.err);
    BOOST_TEST(says("'deep'"));
    BOOST_TEST(says("stack_overflow_program.cpp:"));
    BOOST_TEST(says("its stack of 65536 bytes"));
    BOOST_TEST(!says("'fine'"));
#if !defined(__SANITIZE_THREAD__) // which then ends the program in its own way
    BOOST_TEST(done.exit_code == -SIGSEGV);
#endif
}

BOOST_AUTO_TEST_CASE(one_that_runs_out_of_a_big_stack_is_named_with_that_stack) {
    auto done = subprocess::run({PLAIT_STACK_OVERFLOW, "big"}, {.capture = true});
    BOOST_TEST_INFO(done.err);
    BOOST_TEST((done.err.find("'borrower'") != std::string::npos));
    BOOST_TEST((done.err.find("the stack of 131072 bytes that on_big_stack has given it") != std::string::npos));

    done = subprocess::run({PLAIT_STACK_OVERFLOW, "thread"}, {.capture = true});
    BOOST_TEST_INFO(done.err);
    BOOST_TEST((done.err.find("has used up the stack of 131072 bytes") != std::string::npos));
}

#endif

BOOST_AUTO_TEST_SUITE_END()
