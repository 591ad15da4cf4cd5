// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The life of the front: listening, signals, workers, the drain. What happens on one connection is in conversation.cpp.
#include "front.hpp"
#include "log.hpp"

#include <plait/coro/spawn.hpp>
#include <plait/runtime/await.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/loop.hpp>
#include <plait/runtime/wait.hpp>

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <sstream>

namespace plait::intake {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

/// Room for requests, and as much for answers: a kilobyte for each that may wait, and a few of the largest in any case.
std::size_t message_bytes(const settings& s, const http::limits& l) {
    const std::size_t largest = l.target + static_cast<std::size_t>(s.max_body) + 1024;
    constexpr std::size_t enough_for_large_ones = 32 << 20, most = 1 << 30;
    return std::min(
        most, std::max({s.queue_capacity * 1024, 2 * largest, std::min(8 * largest, enough_for_large_ones)}));
}

void log_worker(const ipc::worker_event& e) {
    const std::string worker = "worker " + std::to_string(e.pid);
    switch (e.what) {
    case ipc::worker_event::kind::started:
        if (e.predecessor != 0) log(worker + " takes the place of " + std::to_string(e.predecessor));
        return;
    case ipc::worker_event::kind::ended: log(worker + " " + ipc::describe_end(e.exit_code)); return;
    case ipc::worker_event::kind::held_back:
        log("workers die too often, the last one " + worker + "; the next is started in a few seconds");
        return;
    }
}

// Bounded as in OTP supervisors: so many workers may die in vain in so long a time, then the next one waits until the time
// is over. Requests wait meanwhile; they are not lost.
ipc::process_pool_options pool_options(const settings& s, const http::limits& l) {
    return {
        .workers = s.workers,
        .name = "intake",
        .max_restarts = 50,
        .restart_period = std::chrono::seconds(5),
        .gives_up = false,
        .on_worker = &log_worker,
        .message_bytes = message_bytes(s, l)};
}

http::limits limits_for(const settings& s) {
    http::limits l;
    l.body = s.max_body;
    return l;
}

/// Throws system_error, naming the address that cannot be listened on.
tcp::acceptor listen(loop& on, const tcp::endpoint& at) {
    tcp::acceptor acceptor(on.context());
    try {
        acceptor.open(at.protocol());
        acceptor.set_option(tcp::acceptor::reuse_address(true));
        acceptor.bind(at);
        acceptor.listen();
    } catch (const boost::system::system_error& e) {
        // The code anew, for the person who reads it: Asio's remembers a line of Asio.
        const error_code plain(e.code().value(), e.code().category());
        std::ostringstream what;
        what << "cannot listen on " << at;
        throw boost::system::system_error(plain, what.str());
    }
    return acceptor;
}

/// The process has no room for another connection; one that ends makes some.
bool is_exhaustion(const error_code& ec) {
    return ec == error_code(EMFILE, boost::system::system_category()) ||
           ec == error_code(ENFILE, boost::system::system_category()) ||
           ec == error_code(ENOBUFS, boost::system::system_category()) ||
           ec == error_code(ENOMEM, boost::system::system_category());
}

} // namespace

front::front(const settings& s)
    : settings_(s),
      limits_(limits_for(s)),
      loop_(*loop::current()),
      signals_(loop_.context()),
      listener_(listen(loop_, s.listen)),
      workers_(pool_options(s, limits_), plait::fn<&prepare_worker>, s.handler),
      admission_(s.queue_capacity + s.workers, message_bytes(s, limits_)),
      run_id_(std::random_device{}()) {}

void front::run() {
    const auto watching = spawn([this] { watchdog_.run(); }, {.name = "watchdog"});
    const auto signalling = spawn([this] { handle_signals(); }, {.name = "signals"});
    const auto accepting = spawn([this] { accept_connections(); }, {.name = "accept"});
    drain_wanted_.wait();
    drain();
}

void front::handle_signals() {
    static_cast<void>(signals_.next());
    drain_wanted_.set();
    const int again = signals_.next();
    log("a second signal: stopping at once");
    std::_Exit(128 + again); // the workers are daemons: they end with this process
}

void front::take_in(tcp::socket socket) {
    ++connections_;
    spawn([this, s = std::move(socket)]() mutable { serve(std::move(s)); }, {.name = "connection"}).detach();
}

void front::accept_connections() {
    while (!drain_wanted_.is_set()) {
        error_code ec;
        tcp::socket socket = listener_.async_accept(plait::await(ec));
        if (!ec) {
            take_in(std::move(socket));
        } else if (is_exhaustion(ec)) {
            log("no connection can be accepted for the moment: " + ec.message());
            connection_ended_.clear();
            [[maybe_unused]] const bool ended = connection_ended_.wait_for(std::chrono::seconds(1));
        }
        // Anything else is the failure of one connection that ended before it was accepted, or the drain.
    }
}

void front::drain() {
    // The kernel has accepted connections that the program has not: their clients may have asked already.
    error_code ec;
    listener_.non_blocking(true);
    for (;;) {
        tcp::socket socket = listener_.accept(ec);
        if (ec) break;
        take_in(std::move(socket));
    }
    listener_.close(ec);
    log("draining: no new connections, " + std::to_string(admission_.requests()) + " requests in flight");
    watchdog_.stop_idling();
    while (connections_ > 0) {
        connection_ended_.clear();
        connection_ended_.wait();
    }
    workers_.shutdown();
    const std::size_t taken = workers_.held_bytes();
    log(taken == 0 ? "memory: all memory of the queues is free, " +
                         std::to_string(2 * message_bytes(settings_, limits_)) + " bytes as at the start"
                   : "memory: " + std::to_string(taken) + " bytes of the queues are still taken");
    log("drained: " + std::to_string(requests_seen_) + " requests, " + std::to_string(answered_) +
        " answered by workers, " + std::to_string(workers_.stats().died) + " workers died");
}

} // namespace plait::intake
