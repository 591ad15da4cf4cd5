// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   fetch ──▶ status or fault ──▶ [ the tables below ] ──▶ may it be tried again?  what does it say of the host?
//                                                                 │                            │
//                                                         tries, retry budget          host_schedule: back-off
//
// Which fetches are tried again, how often, and when: at the back of the host's queue, not before the host may be asked
// again, which is later the worse it is off. The fetches of a crawler are GETs, so that trying again does no harm but load;
// how much of that, retry_budget and host_schedule bound.

#include <plait/http/fault.hpp>

#include <cstdint>

namespace plait::crawl {

/// What the end of a fetch says of its host.
enum class host_effect : std::uint8_t {
    none,    ///< nothing: it was not asked
    healthy, ///< it answers
    slowed,  ///< it asks to be asked less: back off
    failing, ///< it does not answer, or what stands before it cannot reach it: back off
};

struct fetch_verdict {
    bool again = false;
    host_effect host = host_effect::healthy;

    bool operator==(const fetch_verdict&) const = default;
};

struct status_row {
    unsigned status;
    fetch_verdict verdict;
};
/// Statuses that are not listed are final, and healthy.
inline constexpr status_row status_table[] = {
    {408, {true, host_effect::healthy}},  // it has waited too long for this one
    {425, {true, host_effect::healthy}},  // too early (RFC 8470)
    {429, {true, host_effect::slowed}},   // too many (RFC 6585)
    {500, {true, host_effect::healthy}},  // this page fails: others may not
    {502, {true, host_effect::failing}},  //
    {503, {true, host_effect::slowed}},   //
    {504, {true, host_effect::failing}},  //
    {520, {true, host_effect::failing}},  // Cloudflare's, from here on: an error of the origin
    {521, {true, host_effect::failing}},  // it is down
    {522, {true, host_effect::failing}},  // it does not connect
    {523, {true, host_effect::failing}},  // it is unreachable
    {524, {true, host_effect::failing}},  // it takes too long
    {525, {false, host_effect::failing}}, // TLS with it fails
    {526, {false, host_effect::failing}}, // its certificate is not valid
    {530, {false, host_effect::failing}}, // its name does not resolve
    {529, {true, host_effect::slowed}},   // it is overloaded
};

struct fault_row {
    http::fault fault;
    fetch_verdict verdict;
};
/// Every fault of the client is listed.
inline constexpr fault_row fault_table[] = {
    {http::fault::none, {false, host_effect::healthy}},

    {http::fault::invalid_request, {false, host_effect::none}},
    {http::fault::busy, {true, host_effect::none}},
    {http::fault::not_resolved, {true, host_effect::failing}}, // resolvers fail now and then
    {http::fault::address_refused, {false, host_effect::none}},
    {http::fault::not_connected, {true, host_effect::failing}},
    {http::fault::tls, {false, host_effect::failing}}, // certificates do not get better within a minute

    {http::fault::connect_timed_out, {true, host_effect::failing}},
    {http::fault::first_byte_timed_out, {true, host_effect::failing}},
    {http::fault::timed_out, {true, host_effect::failing}},

    {http::fault::closed, {true, host_effect::failing}},
    {http::fault::truncated, {true, host_effect::failing}},
    // What is no HTTP, or too much of it, will not be otherwise the next time.
    {http::fault::malformed, {false, host_effect::healthy}},
    {http::fault::version, {false, host_effect::healthy}},
    {http::fault::framing, {false, host_effect::healthy}},
    {http::fault::head_too_large, {false, host_effect::healthy}},
    {http::fault::body_too_large, {false, host_effect::healthy}},
    {http::fault::chunk, {false, host_effect::healthy}},
    {http::fault::too_many_interim, {false, host_effect::healthy}},
    {http::fault::upgrade, {false, host_effect::healthy}},
    {http::fault::unasked, {false, host_effect::healthy}},

    {http::fault::coding_unknown, {false, host_effect::healthy}},
    {http::fault::coding_damaged, {false, host_effect::healthy}},
    {http::fault::coding_truncated, {true, host_effect::healthy}}, // its end may have been lost on the way
    {http::fault::decoded_too_large, {false, host_effect::healthy}},
    {http::fault::decoded_ratio, {false, host_effect::healthy}},
};

[[nodiscard]] constexpr fetch_verdict verdict_on(unsigned status) noexcept {
    for (const status_row& row : status_table)
        if (row.status == status) return row.verdict;
    return {};
}
[[nodiscard]] constexpr fetch_verdict verdict_on(http::fault fault) noexcept {
    for (const fault_row& row : fault_table)
        if (row.fault == fault) return row.verdict;
    return {};
}

struct retry_policy {
    /// How often a fetch is tried again that may be.
    unsigned retries = 2;

    /// Whether to ask for another try of a fetch that was tried `tries` times, the last with this verdict.
    [[nodiscard]] constexpr bool wants_again(unsigned tries, fetch_verdict v) const noexcept {
        return v.again && tries <= retries;
    }
};

} // namespace plait::crawl
