// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Boost.Fiber has no I/O of its own: the main fiber runs Asio's loop whenever no other fiber is ready, and a fiber that
// waits for an operation suspends itself until the operation's handler schedules it.
#include "server.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/write.hpp>
#include <boost/fiber/all.hpp>

#include <utility>

namespace asio = boost::asio;
namespace fibers = boost::fibers;
using bench::tcp;
using boost::system::error_code;

namespace {

// Calls `start(handler)` and suspends the fiber until the handler was called, which is on this thread, and not before
// `start` has returned.
template <class Start>
error_code wait_for(Start start) {
    fibers::context* waiting = fibers::context::active();
    error_code result;
    start([waiting, &result](error_code ec, auto...) {
        result = ec;
        fibers::context::active()->schedule(waiting);
    });
    waiting->suspend();
    return result;
}

void serve(tcp::socket connection) {
    bench::prepare(connection);
    bench::echo_buffer buffer;
    for (;;) {
        std::size_t bytes = 0;
        error_code ec = wait_for([&](auto done) {
            connection.async_read_some(asio::buffer(buffer), [done, &bytes](error_code e, std::size_t n) mutable {
                bytes = n;
                done(e);
            });
        });
        if (ec) return;
        ec = wait_for([&](auto done) { asio::async_write(connection, asio::buffer(buffer, bytes), done); });
        if (ec) return;
    }
}

// `posted` tells the main fiber that there is one more that has not begun.
void accept(tcp::acceptor& acceptor, bool& posted) {
    for (;;) {
        tcp::socket connection(acceptor.get_executor());
        if (wait_for([&](auto done) { acceptor.async_accept(connection, done); })) continue;
        fibers::fiber(serve, std::move(connection)).detach();
        posted = true;
    }
}

} // namespace

int main() {
    asio::io_context loop(1);
    auto never_out_of_work = asio::make_work_guard(loop);
    tcp::acceptor acceptor = bench::listen(loop);
    bool posted = true;
    fibers::fiber([&] { accept(acceptor, posted); }).detach();
    for (;;) {
        do
            boost::this_fiber::yield(); // returns when every fiber that was ready has had a turn
        while (std::exchange(posted, false));
        loop.run_one();
        loop.poll();
    }
}
