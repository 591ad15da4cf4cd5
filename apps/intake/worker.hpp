// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What the pool's processes run: one call for each request. Nothing here is the front's; a worker may be killed at any
// instant, and ends nothing but the request that it had started.

#include "exchange.hpp"
#include "handlers/handlers.hpp"

#include <cstddef>
#include <span>

namespace plait::intake {

/// The function of handler_kind::linked. Set in main(), which workers run through too.
void link_handler(handler function) noexcept;

/// The first thing that a worker does. Ignores SIGTERM and SIGINT, which a terminal or a service manager sends to the whole
/// group: the front decides when its workers end. Throws what says why the handler cannot work.
void prepare_worker(const worker_settings& settings);

/// Looks in a worker whether its handler can work; throws what says why it cannot.
void prove_worker();

/// Answers one request, which lies in shared memory. Blocks the thread as long as the handler takes. Throws what the handler
/// throws; system_error if there is an audit that cannot be written, and then the request was not begun.
[[nodiscard]] work_result
answer_in_worker(work_ticket ticket, std::span<const std::byte> head, std::span<const std::byte> body);

} // namespace plait::intake
