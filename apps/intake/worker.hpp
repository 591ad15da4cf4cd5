// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   receive ─▶ mark as started ─▶ handle ─▶ reply ─▶ ack         killed here, the request …
//           │                  │         │       └─ comes back, is answered again; the front drops that answer
//           │                  └─────────┴───────── comes back marked: retried if it may be, otherwise "lost"
//           └────────────────────────────────────── comes back unmarked: nobody counts it
//
// The worker process. It answers first and acknowledges afterwards, so that a kill between the two costs nothing: the
// answer is committed, and it stands before any second one in the queue of replies.

#include "handler.hpp"

#include <plait/ipc/queue.hpp>

#include <cstdint>

namespace plait::intake {

/// A request that has outlived its worker this often is not given to another one.
inline constexpr std::uint32_t most_kills = 5;

/// Answers requests until their queue is closed. Runs in a process of its own; its main function.
/// Ignores SIGTERM and SIGINT, which a terminal or a service manager sends to the whole group: the front decides when
/// its workers end.
int worker_main(ipc::byte_queue requests, ipc::byte_queue replies, handler_settings handler);

} // namespace plait::intake
