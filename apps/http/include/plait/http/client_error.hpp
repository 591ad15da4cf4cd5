// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The one exception of the client, beside `cancelled`: which fault, and a text that names the host and what was wrong.

#include <plait/http/fault.hpp>

#include <boost/system/system_error.hpp>

#include <string>

namespace plait::http {

class client_error : public boost::system::system_error {
public:
    client_error(fault what, const std::string& text, boost::system::error_code cause = {})
        : system_error(make_error_code(what), text), what_(what), cause_(cause) {}

    [[nodiscard]] fault what_failed() const noexcept { return what_; }
    /// What the system, or TLS, said, if it was one of them: ECONNREFUSED.
    [[nodiscard]] const boost::system::error_code& cause() const noexcept { return cause_; }

private:
    fault what_;
    boost::system::error_code cause_;
};

} // namespace plait::http
