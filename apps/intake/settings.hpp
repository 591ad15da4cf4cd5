// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What plait-intake can be told: by a flag, or by a key of a configuration file that has the flag's name. A flag goes before
// the file, and the file before the default.

#include "handler_settings.hpp"
#include "retry.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace plait::intake {

/// What becomes of a request that comes while as many wait as may.
enum class overload_policy {
    reject_newest, ///< it is turned away
    drop_oldest,   ///< the one that has waited longest is
    priority,      ///< the least urgent of all is: RFC 9218, Priority: u=0 to u=7, 3 if it does not say
};

enum class log_format { text, json };

struct settings {
    using endpoint = boost::asio::ip::tcp::endpoint;
    using milliseconds = std::chrono::milliseconds;

    // Where
    endpoint listen{boost::asio::ip::make_address_v4("127.0.0.1"), 8080}; ///< port 0: any free one
    std::optional<endpoint> admin = endpoint(boost::asio::ip::make_address_v4("127.0.0.1"), 8081); ///< nothing: none

    // Workers
    handler_settings handler{};
    unsigned workers = 2;                ///< at most; 1 to 1,024
    std::optional<unsigned> min_workers; ///< nothing: as many as `workers`
    std::size_t high_depth = 16;         ///< more requests than this wait: a worker more
    milliseconds high_age{10};           ///< one waits longer than this, or more than that for as long: a worker more
    milliseconds idle_time{10'000};      ///< so long there must have been one too many
    milliseconds work_time{30'000};      ///< a worker may work so long on one request; then it is killed: 504
    std::uint64_t max_requests_per_worker = 0; ///< then another takes its place; 0: no limit
    std::uint64_t max_worker_memory = 0;       ///< bytes; a worker that has grown beyond is replaced; 0: no limit
    std::uint64_t max_answer = 16 << 20;       ///< bytes of the body that a worker answers with; more: 502
    std::string front_cpus, worker_cpus;       ///< where they may run, as "0,2-3"; empty: anywhere

    // Requests
    std::size_t queue_capacity = 1024; ///< requests waiting for a worker; 1 to 1,048,576
    overload_policy overload = overload_policy::reject_newest;
    milliseconds deadline{30'000}; ///< a request may wait so long for a worker; then: 504
    retry_policy retry = retry_policy::idempotent;
    unsigned quarantine_after = 3;         ///< workers that a request may kill
    std::size_t quarantine_capacity = 100; ///< requests that are kept there; 0: none
    std::size_t async_capacity = 1000;     ///< requests with Prefer: respond-async, and their answers; 0: none
    milliseconds async_keep{600'000};      ///< so long an answer waits to be fetched

    // Clients
    std::size_t max_connections = 16'384;
    std::size_t max_connections_per_address = 16'384;
    std::uint64_t max_requests_per_connection = 100'000;
    milliseconds header_time{10'000};
    milliseconds idle_connection{75'000};
    std::uint64_t min_body_rate = 1024; ///< bytes a second
    std::size_t max_headers = 100;
    std::size_t max_header_bytes = 16 * 1024;
    std::size_t max_target = 8 * 1024;
    std::uint64_t max_body = 1024 * 1024; ///< bytes; 0 to 64 MiB

    // The rest
    milliseconds drain_time{30'000}; ///< after SIGTERM: requests that are not answered then are given up
    log_format log = log_format::text;
    std::string audit; ///< a file that gets a line for each request that a worker begins; empty: none

    friend bool operator==(const settings&, const settings&) = default;
};

} // namespace plait::intake
