// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//                  ┌──────────── front: one loop ────────────┐
//   client ═══════▶│ connection ─ read ─▶ submit ────────────│──▶ ┌──────────────┐
//   client ═══════▶│ connection   …                          │    │ process_pool │ workers × N
//   client ◀═══════│ connection ◀─ write ─ its future ◀──────│─── └──────────────┘
//                  └─────────────────────────────────────────┘    shared memory
//
// The front door: a coroutine for each connection reads a request, submits it to the pool, waits for the result and writes
// the answer. The front never runs a handler, so no request can hurt it. What becomes of a request whose worker died is the
// pool's to decide: see docs/guide/process-pools.md.

#include "admission.hpp"
#include "answer.hpp"
#include "settings.hpp"
#include "signals.hpp"
#include "worker.hpp"

#include <plait/http/server_connection.hpp>
#include <plait/http/watchdog.hpp>
#include <plait/ipc/process_pool.hpp>
#include <plait/runtime/event.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <exception>
#include <string>

namespace plait::intake {

class front {
public:
    /// Listens, and starts the workers. Throws system_error if the address cannot be had, or there is no memory for the
    /// messages; what starting throws. Call it from a coroutine; everything happens on that coroutine's loop.
    explicit front(const settings& s);

    /// Serves until a signal comes and everything in flight is answered; then returns.
    void run();

    /// Where it listens: the port that was found, if any was asked for.
    [[nodiscard]] boost::asio::ip::tcp::endpoint address() const { return listener_.local_endpoint(); }

private:
    void handle_signals();
    void accept_connections();
    void take_in(boost::asio::ip::tcp::socket socket);
    void drain();

    void serve(boost::asio::ip::tcp::socket socket);
    void converse(http::server_connection& client);
    [[nodiscard]] bool answer_request(http::server_connection& client);
    [[nodiscard]] future<work_result> submit(const http::server_connection& client);
    [[nodiscard]] bool pass_on(http::server_connection& client, answer& a, work_result result);
    [[nodiscard]] bool say(http::server_connection& client, answer& a, const std::string& text);
    void refuse(http::server_connection& client);
    [[nodiscard]] answer new_answer(const http::server_connection& client);

    settings settings_;
    http::limits limits_;
    loop& loop_;
    signals signals_; // from the start, so that no signal finds the default action
    boost::asio::ip::tcp::acceptor listener_;
    ipc::process_pool workers_;
    admission admission_;
    http::watchdog watchdog_;
    std::uint32_t run_id_; // tells the request ids of different runs apart
    std::uint64_t requests_seen_ = 0;
    std::uint64_t answered_ = 0; // by workers
    std::size_t connections_ = 0;
    event drain_wanted_;
    event connection_ended_;
};

} // namespace plait::intake
