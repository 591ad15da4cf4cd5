// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// BOOST_TEST(fails_with(errc::no_state, [&] { s.write("x"); })): tells what happened instead.

#include "support/parties.hpp"

#include <boost/system/error_code.hpp>
#include <boost/test/unit_test.hpp>

#include <utility>

namespace plait::test {

inline boost::test_tools::assertion_result is(const boost::system::error_code& code, auto expected) {
    boost::test_tools::assertion_result result(code == expected);
    result.message() << (code ? "it failed with " + code.to_string() + ": " + code.message() : "it did not fail");
    return result;
}

template <class F>
boost::test_tools::assertion_result fails_with(auto expected, F f) {
    return is(code_of(std::move(f)), expected);
}

} // namespace plait::test
