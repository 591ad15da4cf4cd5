// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Asio's stackless C++20 coroutines. Asio has no yield: posting oneself is how one lets the others run.
#include "turns.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace asio = boost::asio;

namespace {

// What turns::take does; a stackless coroutine cannot yield from inside the function it calls.
asio::awaitable<void> take(asio::io_context& loop, bench::turns& turns, int index) {
    for (long i = 0; i < bench::warm_up_rounds; ++i)
        co_await asio::post(loop, asio::use_awaitable);
    if (index == 0) turns.start();
    for (long i = 0; i < turns.rounds; ++i)
        co_await asio::post(loop, asio::use_awaitable);
    if (index == 0) turns.stop();
}

} // namespace

int main(int argc, char** argv) {
    bench::turns turns(argc, argv);
    asio::io_context loop(1); // one thread: Asio leaves its locks out
    for (int i = 0; i < turns.coroutines; ++i)
        asio::co_spawn(loop, take(loop, turns, i), asio::detached);
    loop.run();
    turns.report();
}
