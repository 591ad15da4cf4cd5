// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What the pool's processes run: one call for each request. Nothing here is the front's; a worker may be killed at any
// instant, and ends nothing but the request that it had started.

#include "handler.hpp"

#include <plait/http/request_head.hpp>
#include <plait/ipc/message_bytes.hpp>

#include <cstddef>
#include <span>
#include <tuple>

#include <sys/types.h>

namespace plait::intake {

/// Who has answered, and the body of the answer.
using work_result = std::tuple<pid_t, ipc::message_bytes>;

/// The first thing that a worker does. Ignores SIGTERM and SIGINT, which a terminal or a service manager sends to the whole
/// group: the front decides when its workers end.
void prepare_worker(const handler_settings& handler);

/// Answers one request, which lies in shared memory. Blocks the thread as long as the handler takes. Throws what the handler
/// throws.
[[nodiscard]] work_result
answer_in_worker(http::verb method, std::span<const std::byte> target, std::span<const std::byte> body);

} // namespace plait::intake
