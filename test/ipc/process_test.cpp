// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/ipc/process.hpp>

#include <boost/test/unit_test.hpp>

namespace ipc = plait::ipc;

BOOST_AUTO_TEST_SUITE(ipc_process)

BOOST_AUTO_TEST_CASE(what_the_function_returns_is_the_exit_code) {
    ipc::process p{[](int n) { return n; }, 7};
    BOOST_TEST(!p.is_alive());
    BOOST_TEST(!p.exit_code().has_value());
    p.start();
    p.join();
    BOOST_TEST(!p.is_alive());
    BOOST_TEST(p.exit_code().value() == 7);
}

BOOST_AUTO_TEST_SUITE_END()
