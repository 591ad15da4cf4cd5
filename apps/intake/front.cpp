// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The life of the front: listening, signals, replies, the drain. What happens on one connection is in conversation.cpp.
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

constexpr std::size_t cell_bytes = 256; // a small request, with all that stands around it

/// Room for the messages of one queue: a kilobyte for each that may wait, and a few of the largest in any case.
std::size_t queue_bytes(const settings& s, const http::limits& l) {
    const std::size_t largest = request_bytes(l.target, static_cast<std::size_t>(s.max_body)) + 2 * cell_bytes;
    constexpr std::size_t enough_for_large_ones = 32 << 20;
    return std::max({s.queue_capacity * 1024, 2 * largest, std::min(8 * largest, enough_for_large_ones)});
}

/// The messages, the words about each cell, and the queues' own headers and rings.
std::size_t segment_bytes(const settings& s, const http::limits& l) {
    return 2 * (queue_bytes(s, l) * 5 / 4 + (1 << 20));
}

ipc::byte_queue make_queue(ipc::segment& in, std::string_view name, std::size_t capacity, std::size_t bytes) {
    return ipc::byte_queue::create(in, name, {.capacity = capacity, .bytes = bytes, .cell_bytes = cell_bytes});
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

// The queue of replies takes one for every request that can be on its way, so that no worker waits for the front.
front::front(const settings& s)
    : settings_(s),
      limits_(limits_for(s)),
      loop_(*loop::current()),
      signals_(loop_.context()),
      listener_(listen(loop_, s.listen)),
      segment_(ipc::segment::create({.bytes = segment_bytes(s, limits_), .max_participants = s.workers * 2 + 64})),
      requests_(make_queue(segment_, "requests", s.queue_capacity, queue_bytes(s, limits_))),
      replies_(make_queue(segment_, "replies", s.queue_capacity + s.workers, queue_bytes(s, limits_))),
      free_at_start_(requests_.free_bytes() + replies_.free_bytes()),
      crew_(loop_, requests_, replies_, s.handler),
      run_id_(std::random_device{}()) {}

void front::run() {
    crew_.start(settings_.workers);
    const auto supervising = spawn([this] { crew_.supervise(); }, {.name = "supervise"});
    const auto watching = spawn([this] { watchdog_.run(); }, {.name = "watchdog"});
    const auto taking = spawn([this] { take_replies(); }, {.name = "replies"});
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

// As many as there are for one wake-up. It lets nobody else run in between, but no more replies can come than requests
// are waiting, and their connections run next.
void front::take_replies() {
    for (;;) {
        try {
            deliver(replies_.receive());
            while (auto next = replies_.try_receive())
                deliver(std::move(*next));
        } catch (const error& e) {
            if (e.code() != errc::message_malformed) throw;
            log(std::string("a reply in the queue is damaged; it is dropped: ") + e.what());
        }
    }
}

void front::deliver(ipc::byte_lease message) {
    const auto reply = read_reply(message.data());
    if (!reply) log("a reply in the queue is damaged; it is dropped");
    waiting* const w = reply ? waiting_.take(reply->header.id) : nullptr;
    if (!w) { // the second reply to a request that was given out twice, or to a client that has left
        message.ack();
        return;
    }
    w->reply = *reply;
    w->message.emplace(std::move(message));
    w->done.set();
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
    log("draining: no new connections, " + std::to_string(waiting_.size()) + " requests in flight");
    watchdog_.stop_idling();
    while (connections_ > 0) {
        connection_ended_.clear();
        connection_ended_.wait();
    }
    requests_.close();
    crew_.retire();
    // What a worker left that was killed between its answer and its acknowledgement has come back meanwhile.
    segment_.sweep();
    while (auto answered = requests_.try_receive())
        answered->ack();
    while (auto second_answer = replies_.try_receive())
        second_answer->ack();
    const std::size_t taken = free_at_start_ - std::min(free_at_start_, requests_.free_bytes() + replies_.free_bytes());
    log(taken == 0
            ? "memory: all memory of the queues is free, " + std::to_string(free_at_start_) + " bytes as at the start"
            : "memory: " + std::to_string(taken) + " bytes of the queues are still taken");
    log("drained: " + std::to_string(requests_seen_) + " requests, " + std::to_string(answered_) +
        " answered by workers, " + std::to_string(crew_.deaths()) + " workers died");
}

} // namespace plait::intake
