// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   acceptor: wait for room ─▶ accept ─▶ admission ─▶ coroutine, detached: handler ─▶ admission ends
//                  ▲                                                                       │
//                  └───────────────────────────── news ────────────────────────────────────┘
//
// What a server is behind its handle. An admission stands for one connection from its accept on, so that one whose coroutine
// never begins is counted too. Who waits for connections to end waits for news, and looks.

#include "io_turns.hpp"
#include "watched_descriptor.hpp"

#include <plait/coro/detail/coroutine.hpp>
#include <plait/coro/start_server.hpp>
#include <plait/coro/task.hpp>
#include <plait/runtime/detail/counter.hpp>

#include <atomic>
#include <exception>
#include <string>

namespace plait::detail {

class server_core final : public std::enable_shared_from_this<server_core> {
public:
    /// `file`: of a UNIX socket, removed at the end; empty for none.
    server_core(
        unique_fd listener, std::string file, std::function<void(stream&)> handler, const server_options& options);
    server_core(const server_core&) = delete;
    server_core& operator=(const server_core&) = delete;

    void start(loop& acceptor_s);

    [[nodiscard]] const socket_address& address() const noexcept { return address_; }
    [[nodiscard]] std::size_t connections() const;
    [[nodiscard]] std::uint64_t accepted() const noexcept { return accepted_.get(); }
    [[nodiscard]] bool is_listening() const noexcept;

    void wait();
    bool stop(deadline until, cancellation c);
    /// Destroys what the user gave it: the last connection's coroutine may keep the rest for a moment longer. After stop().
    void forget_handler() noexcept;

private:
    class admission;
    struct connection; // one whose handler is running, in its own frame

    void accept_connections();
    unique_fd accept(socket_address& peer);
    void wait_for_relief(duration at_most);
    [[nodiscard]] boost::system::system_error accept_error(int code) const;
    void admit(unique_fd socket, const socket_address& peer);
    void serve(unique_fd socket, std::string peer);
    void report(std::exception_ptr what, std::string_view peer) const noexcept;
    void throw_if_handler(const char* what) const;
    void close_listener() noexcept;
    [[nodiscard]] std::uint64_t ended() const;
    void cancel_connections() noexcept;

    /// Waits until `condition()`, which is looked at with the lock held, at each news.
    template <class Condition>
    wait_state wait_until(Condition condition, deadline until, cancellation c);

    std::function<void(stream&)> handler_;
    server_options options_;
    const socket_address address_;
    const std::string file_;
    const std::string name_;
    watched_descriptor listener_;
    task<void> acceptor_;
    counter accepted_;
    std::size_t next_loop_ = 0; // the acceptor's, as turns_
    io_turns turns_;
    std::atomic<bool> stopped_{false}; // relaxed: the first to set it stops the server, others wait for the rest

    mutable raw_lock lock_; // guards what follows
    wait_list waiters_;
    std::size_t admitted_ = 0;
    std::uint64_t ended_ = 0;
    bool closed_ = false;     // the listener
    bool cancelling_ = false; // those that have not begun, too
    connection* first_ = nullptr;
};

} // namespace plait::detail
