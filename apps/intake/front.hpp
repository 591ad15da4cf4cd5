// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//                  ┌──────────── front: one loop ────────────┐
//   client ═══════▶│ connection ─ read ─▶ service ───────────│──▶ ┌──────────────┐
//   client ═══════▶│ connection   …                          │    │ process_pool │ workers × N
//   client ◀═══════│ connection ◀─ write ─ its verdict ◀─────│─── └──────────────┘
//   operator ═════▶│ admin: health, metrics, quarantine      │    shared memory
//                  └─────────────────────────────────────────┘
//
// The front door: a coroutine for each connection reads a request, has the service see to it, and writes the answer. The front
// never runs a handler, so no request can hurt it.

#include "answer.hpp"
#include "command_line.hpp"
#include "deferred.hpp"
#include "metrics.hpp"
#include "quarantine.hpp"
#include "service.hpp"
#include "sockets.hpp"

#include <plait/coro/task.hpp>
#include <plait/http/server_connection.hpp>
#include <plait/http/watchdog.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/signal.hpp>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace plait::intake {

class front {
public:
    using tcp = boost::asio::ip::tcp;

    /// Listens, and starts the workers. `line` is where `s` comes from, to be read again. Throws system_error if an address
    /// cannot be had; what service throws. Call it from a coroutine; everything happens on that coroutine's loop.
    front(const settings& s, invocation line);

    /// Serves until a signal comes and everything in flight is answered; then returns.
    void run();

    /// Where it listens: the port that was found, if any was asked for.
    [[nodiscard]] tcp::endpoint address() const { return clients_.address(); }
    [[nodiscard]] std::optional<tcp::endpoint> admin_address() const;

private:
    // front.cpp
    [[nodiscard]] std::shared_ptr<service> first_service(const settings& s);
    void handle_signals();
    void stop_at_the_next_signal();
    [[noreturn]] static void stop_at_once(int signal, std::string_view why);
    void reload_when_wanted();
    void reload();
    void adopt(const settings& s);
    void end_after_its_requests(std::shared_ptr<service> old);
    [[nodiscard]] std::size_t requests_in_flight() const;
    void drain(task<void>& accepting);
    void give_up_after(std::chrono::milliseconds time);
    void take_in(tcp::socket socket);
    void serve(tcp::socket socket, const std::shared_ptr<const http::limits>& limits);

    // conversation.cpp
    void converse(http::server_connection& client);
    [[nodiscard]] bool answer_request(http::server_connection& client, bool is_last);
    [[nodiscard]] service::verdict perform(http::server_connection& client, request_id id);
    [[nodiscard]] request_traits traits_of(const http::server_connection& client, request_id id) const;
    [[nodiscard]] bool pass_on(http::server_connection& client, answer& a, service::verdict v);
    [[nodiscard]] bool say(http::server_connection& client, answer& a, const std::string& text);
    [[nodiscard]] bool send(http::server_connection& client, answer& a, std::string_view body);
    [[nodiscard]] bool explain(http::server_connection& client, answer& a, const service::verdict& v);
    void refuse(http::server_connection& client, answer a);
    void count(const answer& a) noexcept;
    [[nodiscard]] answer new_answer(const http::server_connection& client);
    void set_aside(const service::verdict& v, request_id id, std::string_view head, std::string_view body);

    // deferring.cpp
    [[nodiscard]] bool defer(http::server_connection& client, answer& a, const std::string& id);
    void
    perform_deferred(const std::string& id, const request_traits& of, const std::string& head, const std::string& body);
    [[nodiscard]] bool answer_about_deferred(http::server_connection& client, answer& a);

    // admin.cpp
    void take_in_admin(tcp::socket socket);
    void converse_with_operator(http::server_connection& client);
    [[nodiscard]] answer new_operator_answer(const http::server_connection& client);
    [[nodiscard]] bool answer_operator(http::server_connection& client);
    [[nodiscard]] bool answer_about_quarantine(http::server_connection& client, answer& a, std::string_view rest);
    [[nodiscard]] gauges look() const;

    settings settings_;
    invocation line_;
    loop& loop_;
    signal_set signals_; // from the start, so that no signal finds the default action
    door clients_;
    std::optional<door> operators_;
    metrics metrics_;
    std::shared_ptr<const http::limits> limits_;
    event reload_wanted_;
    std::shared_ptr<service> service_;
    std::vector<std::shared_ptr<service>> old_services_; // of settings before; until their last request has ended
    quarantine quarantine_;
    deferred_answers deferred_;
    http::watchdog watchdog_;
    http::watchdog watchdog_of_operators_; // who may still ask while clients are answered for the last time
    request_id last_id_;
    std::unordered_map<boost::asio::ip::address, std::size_t> connections_of_;
    std::size_t connections_ = 0; // of clients
    std::size_t admin_connections_ = 0;
    std::size_t others_ = 0; // coroutines that have something to do yet
    bool drains_ = false;
    event drain_wanted_;
    event something_ended_;
};

} // namespace plait::intake
