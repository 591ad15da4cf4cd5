// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <exception>

namespace plait::test {

/// The code of the error that `e` holds; no error if it is nullptr.
inline boost::system::error_code code_in(const std::exception_ptr& e) {
    try {
        if (e) std::rethrow_exception(e);
    } catch (const boost::system::system_error& failed) {
        return failed.code();
    }
    return {};
}

} // namespace plait::test
