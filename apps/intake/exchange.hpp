// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   front ──  ticket │ head as it came │ body  ──▶ worker
//   front ◀──  reply │ header lines + body      ── worker
//
// What travels between the front and its workers, through shared memory. The front has checked the head; the worker reads it
// again only if its handler wants to know it.

#include <plait/ipc/message_bytes.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <tuple>

#include <sys/types.h>

namespace plait::intake {

/// What names a request for people: X-Request-Id.
struct request_id {
    std::uint32_t run = 0; ///< of the program: the ids of different runs differ
    std::uint64_t number = 0;
};

/// CLOCK_MONOTONIC, which all processes of a machine share.
using nanoseconds = std::chrono::nanoseconds;

/// An IPv6 address, or an IPv4 address mapped into one (RFC 4291 §2.5.5.2). All zero: not known.
using client_address = std::array<unsigned char, 16>;

struct work_ticket {
    request_id id;
    client_address client{};
    nanoseconds give_up_at{}; ///< whoever starts it later does not
};

struct reply {
    enum class content : std::uint8_t {
        octets,   ///< application/octet-stream
        text,     ///< text/plain
        in_lines, ///< the header lines say it, or nothing does
    };
    enum class outcome : std::uint8_t {
        answered,
        too_late,   ///< it was not started
        faulty,     ///< the handler has answered what cannot be sent; the body says what
        unanswered, ///< the server behind the worker gave no answer; the body says why, and the worker's log
    };
    enum class sizing : std::uint8_t {
        of_body,
        stated, ///< `stated_size`: the answer to HEAD has no body, but may say how large it would be
        untold, ///< the same, and it does not say
    };

    pid_t worker = 0;
    std::uint16_t status = 200;
    content type = content::octets;
    outcome how = outcome::answered;
    sizing size = sizing::of_body;
    std::uint32_t line_bytes = 0; ///< whole header lines, in front of the body
    std::uint64_t stated_size = 0;
    nanoseconds began{}, ended{};
};

using work_result = std::tuple<reply, ipc::message_bytes>;

} // namespace plait::intake
