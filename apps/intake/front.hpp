// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//                  ┌────────────────── front: one loop ──────────────────┐
//   client ═══════▶│ connection ─ read ─▶ waiting_table ─▶ requests ─────│──▶ ┌────────┐
//   client ═══════▶│ connection   …            ▲                         │    │ worker │ × N
//   client ◀═══════│ connection ◀─ wake ─ deliver ◀────── replies ◀──────│─── └────────┘
//                  └─────────────────────────────────────────────────────┘   shared memory
//
// The front door: a coroutine for each connection reads a request, puts it on the queue and waits; one coroutine takes
// the replies and wakes those who wait. The front never runs a handler, so no request can hurt it.
//
// A request is in the waiting table from before it is put until it is answered, once: a second reply finds nobody.

#include "answer.hpp"
#include "crew.hpp"
#include "settings.hpp"
#include "signals.hpp"
#include "waiting_table.hpp"

#include <plait/http/server_connection.hpp>
#include <plait/http/watchdog.hpp>
#include <plait/ipc/queue.hpp>
#include <plait/ipc/segment.hpp>
#include <plait/runtime/event.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace plait::intake {

class front {
public:
    /// Listens. Throws system_error if the address cannot be had, or there is no memory for the queues.
    /// Call it from a coroutine; everything happens on that coroutine's loop.
    explicit front(const settings& s);

    /// Starts the workers and serves until a signal comes and everything in flight is answered; then returns.
    void run();

    /// Where it listens: the port that was found, if any was asked for.
    [[nodiscard]] boost::asio::ip::tcp::endpoint address() const { return listener_.local_endpoint(); }

private:
    /// One request that waits for its reply, on the stack of its connection.
    struct waiting {
        event done{};
        std::optional<ipc::byte_lease> message{};
        reply_view reply{};
    };

    void handle_signals();
    void accept_connections();
    void take_in(boost::asio::ip::tcp::socket socket);
    void take_replies();
    void deliver(ipc::byte_lease message);
    void drain();

    void serve(boost::asio::ip::tcp::socket socket);
    void converse(http::server_connection& client);
    [[nodiscard]] bool answer_request(http::server_connection& client);
    [[nodiscard]] bool put_request(http::server_connection& client, request_id id);
    [[nodiscard]] bool pass_on(http::server_connection& client, waiting& w, answer& a);
    [[nodiscard]] bool say(http::server_connection& client, answer& a, const std::string& text);
    void refuse(http::server_connection& client);
    [[nodiscard]] answer new_answer(const http::server_connection& client);

    settings settings_;
    http::limits limits_;
    loop& loop_;
    signals signals_; // from the start, so that no signal finds the default action
    boost::asio::ip::tcp::acceptor listener_;
    ipc::segment segment_;
    ipc::byte_queue requests_, replies_;
    std::size_t free_at_start_; // bytes of both queues
    crew crew_;
    http::watchdog watchdog_;
    waiting_table<waiting> waiting_;
    std::uint32_t run_id_; // tells the request ids of different runs apart
    std::uint64_t requests_seen_ = 0;
    std::uint64_t answered_ = 0; // by workers
    std::size_t connections_ = 0;
    event drain_wanted_;
    event connection_ended_;
};

} // namespace plait::intake
