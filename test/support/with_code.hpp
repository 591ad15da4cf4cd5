// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// BOOST_CHECK_EXCEPTION(q.put(1), error, with_code(errc::queue_closed)): of an error that is of a certain class, too.

#include <plait/runtime/error.hpp>

#include <boost/system/system_error.hpp>

namespace test {

inline auto with_code(plait::errc code) {
    return [code](const boost::system::system_error& e) { return e.code() == code; };
}

} // namespace test
