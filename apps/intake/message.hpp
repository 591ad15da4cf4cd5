// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   request:  [ request_header | target | body ]     front ──▶ worker
//   reply:    [ reply_header | body ]                worker ──▶ front
//
// What lies in shared memory. Both sides are the same build of the same program, but a worker may be killed at any
// instant, so nothing here is believed to be whole unless the queue has committed it, and every length is checked
// against the bytes that are there.

#include <plait/http/request_head.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include <sys/types.h>

namespace plait::intake {

/// Which request, among those that wait for their answer; see waiting_table.
using request_id = std::uint64_t;

/// Who has started a request, and how many it has outlived: one word, so that a kill cannot tear it.
class start_mark {
public:
    struct value {
        pid_t started_by = 0;    ///< 0: nobody has
        std::uint32_t kills = 0; ///< workers that died after they had started it
    };

    // relaxed: only the lease's holder touches the word, and leases are handed over by the queue
    [[nodiscard]] value read() const noexcept {
        const std::uint64_t word = word_.load(std::memory_order_relaxed);
        return {static_cast<pid_t>(word & 0xffff'ffff), static_cast<std::uint32_t>(word >> 32)};
    }
    void write(value v) noexcept {
        const auto pid = static_cast<std::uint64_t>(static_cast<std::uint32_t>(v.started_by));
        word_.store(pid | std::uint64_t{v.kills} << 32, std::memory_order_relaxed);
    }

private:
    std::atomic<std::uint64_t> word_{0};
    static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
};

struct request_header {
    request_id id = 0;
    start_mark mark{}; ///< written by the worker that starts the request
    http::verb method = http::verb::unknown;
    std::uint32_t target_bytes = 0;
    bool may_retry = false;
};

enum class reply_kind : std::uint32_t {
    answer,  ///< the handler's result follows
    failure, ///< the handler failed; its reason follows
    lost,    ///< `dead_worker` died on the request, which may not be started again
    deadly,  ///< too many workers died on the request, `dead_worker` last
};

struct reply_header {
    request_id id = 0;
    reply_kind kind = reply_kind::answer;
    pid_t worker = 0; ///< who answers
    pid_t dead_worker = 0;
    std::uint32_t kills = 0;
};

/// A request as a worker sees it.
struct request_view {
    request_header* header;
    std::string_view target;
    std::span<std::byte> body;
};

/// A reply as the front sees it.
struct reply_view {
    reply_header header;
    std::span<const std::byte> body;
};

[[nodiscard]] constexpr std::size_t request_bytes(std::size_t target, std::size_t body) noexcept {
    return sizeof(request_header) + target + body;
}

/// Writes a request into memory of request_bytes(…) bytes that is aligned for a request_header.
inline void write_request(
    std::span<std::byte> to, request_id id, const http::request_head& head, std::string_view body,
    bool may_retry) noexcept {
    auto* header = new (to.data()) request_header;
    header->id = id;
    header->method = head.method;
    header->target_bytes = static_cast<std::uint32_t>(head.target.size());
    header->may_retry = may_retry;
    char* at = reinterpret_cast<char*>(to.data()) + sizeof(request_header);
    at += head.target.copy(at, head.target.size());
    body.copy(at, body.size());
}

/// Nothing if the bytes cannot be a request.
[[nodiscard]] inline std::optional<request_view> read_request(std::span<std::byte> from) noexcept {
    if (from.size() < sizeof(request_header)) return std::nullopt;
    auto* header = reinterpret_cast<request_header*>(from.data());
    const std::span<std::byte> rest = from.subspan(sizeof(request_header));
    if (header->target_bytes > rest.size()) return std::nullopt;
    return request_view{
        header, {reinterpret_cast<const char*>(rest.data()), header->target_bytes}, rest.subspan(header->target_bytes)};
}

inline void write_reply(std::span<std::byte> to, const reply_header& header, std::span<const std::byte> body) noexcept {
    std::memcpy(to.data(), &header, sizeof(header));
    if (!body.empty()) std::memcpy(to.data() + sizeof(header), body.data(), body.size());
}

/// Nothing if the bytes cannot be a reply.
[[nodiscard]] inline std::optional<reply_view> read_reply(std::span<const std::byte> from) noexcept {
    if (from.size() < sizeof(reply_header)) return std::nullopt;
    reply_view view;
    std::memcpy(&view.header, from.data(), sizeof(reply_header));
    view.body = from.subspan(sizeof(reply_header));
    return view;
}

} // namespace plait::intake
