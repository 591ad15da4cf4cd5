// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What plait-intake can be told, and the command line that tells it.

#include "handler.hpp"
#include "retry.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

namespace plait::intake {

struct settings {
    boost::asio::ip::tcp::endpoint listen{
        boost::asio::ip::make_address_v4("127.0.0.1"), 8080}; ///< port 0: any free one
    unsigned workers = 2;                                     ///< 1 to 1,024
    handler_settings handler{};
    std::size_t queue_capacity = 1024;    ///< requests waiting for a worker; 1 to 1,048,576
    std::uint64_t max_body = 1024 * 1024; ///< bytes; 0 to 64 MiB
    retry_policy retry = retry_policy::idempotent;
};

/// The program is to end at once: after --help (0), or because an argument is malformed (2).
struct early_exit {
    int code;
    std::string text; ///< for standard output if the code is 0, otherwise for standard error
};

/// Reads the command line. An error names the flag and the form it accepts.
[[nodiscard]] std::variant<settings, early_exit> read_command_line(int argc, const char* const* argv);

} // namespace plait::intake
