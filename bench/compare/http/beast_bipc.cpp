// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The server one would write today with Boost alone: Beast in front, worker processes behind, Boost.Interprocess's
// message_queue between them.
//
//   client ⇄ session ──send──▶ [ requests ] ──receive──▶ worker (echoes)
//              ▲                                              │
//              └─post── reply thread ◀──receive── [ replies ] ◀┘
//
// message_queue has no asynchronous receive, so a thread waits for the replies and posts them to the front's loop.
// There is no guard against malformed requests, no timeout, no limit and no survival of a killed worker here: all of
// that would only make it slower.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/interprocess/ipc/message_queue.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace interprocess = boost::interprocess;
using asio::ip::tcp;
using boost::system::error_code;

struct message {
    std::uint64_t request;
    std::size_t length;
    std::array<char, 240> body;
};

class message_queue {
public:
    explicit message_queue(const char* purpose)
        : name_("plait_bench_" + std::string(purpose) + std::to_string(getpid())),
          queue_(interprocess::create_only, name_.c_str(), 4096, sizeof(message)) {
        interprocess::message_queue::remove(name_.c_str()); // the workers inherit the mapping; the name could leak
    }

    void send(const message& m) { queue_.send(&m, sizeof m, 0); }

    message receive() {
        message m;
        interprocess::message_queue::size_type received = 0;
        unsigned priority = 0;
        queue_.receive(&m, sizeof m, received, priority);
        return m;
    }

private:
    std::string name_;
    interprocess::message_queue queue_;
};

struct queues {
    message_queue requests{"requests"};
    message_queue replies{"replies"};
};

[[noreturn]] void echo_for_ever(queues& between) {
    for (;;)
        between.replies.send(between.requests.receive());
}

class session;

/// The sessions that wait for a worker's answer.
struct pending_requests {
    std::uint64_t last = 0;
    std::unordered_map<std::uint64_t, std::shared_ptr<session>> sessions;
};

class session : public std::enable_shared_from_this<session> {
public:
    session(tcp::socket socket, queues& between, pending_requests& pending)
        : socket_(std::move(socket)), between_(between), pending_(pending) {}

    void read() {
        request_ = {};
        http::async_read(socket_, buffer_, request_, [self = shared_from_this()](error_code failed, std::size_t) {
            if (!failed) self->forward();
        });
    }

    void answer(const message& reply) {
        response_ = {http::status::ok, request_.version()};
        response_.set(http::field::server, "beast");
        response_.set(http::field::content_type, "application/octet-stream");
        response_.keep_alive(request_.keep_alive());
        response_.body().assign(reply.body.data(), reply.length);
        response_.prepare_payload();
        http::async_write(socket_, response_, [self = shared_from_this()](error_code failed, std::size_t) {
            if (!failed && self->response_.keep_alive()) self->read();
        });
    }

private:
    void forward() {
        message m;
        m.request = ++pending_.last;
        m.length = std::min(request_.body().size(), m.body.size());
        std::copy_n(request_.body().data(), m.length, m.body.data());
        pending_.sessions.emplace(m.request, shared_from_this());
        between_.requests.send(m);
    }

    tcp::socket socket_;
    queues& between_;
    pending_requests& pending_;
    boost::beast::flat_buffer buffer_;
    http::request<http::string_body> request_;
    http::response<http::string_body> response_;
};

void accept(tcp::acceptor& acceptor, queues& between, pending_requests& pending) {
    acceptor.async_accept([&](error_code failed, tcp::socket socket) {
        if (!failed) {
            socket.set_option(tcp::no_delay(true));
            std::make_shared<session>(std::move(socket), between, pending)->read();
        }
        accept(acceptor, between, pending);
    });
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: " << argv[0] << " PORT WORKERS\n";
        return 2;
    }
    auto port = static_cast<asio::ip::port_type>(std::atoi(argv[1]));
    int workers = std::atoi(argv[2]);

    queues between;
    for (int i = 0; i < workers; ++i) {
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            echo_for_ever(between);
        }
    }

    asio::io_context loop;
    tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), port});
    pending_requests pending;
    accept(acceptor, between, pending);
    std::thread replies([&] {
        for (;;) {
            asio::post(loop, [&pending, reply = between.replies.receive()] {
                auto waiting = pending.sessions.extract(reply.request);
                waiting.mapped()->answer(reply);
            });
        }
    });
    loop.run();
}
