// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Asio's stackful coroutines. Asio has no yield: posting oneself is how one lets the others run.
#include "turns.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/spawn.hpp>
#include <boost/context/fixedsize_stack.hpp>

namespace asio = boost::asio;

int main(int argc, char** argv) {
    bench::turns turns(argc, argv);
    asio::io_context loop(1); // one thread: Asio leaves its locks out
    for (int i = 0; i < turns.coroutines; ++i) {
        asio::spawn(
            loop, std::allocator_arg, boost::context::fixedsize_stack(bench::stack_bytes),
            [&loop, &turns, i](asio::yield_context self) { turns.take(i, [&] { asio::post(loop, self); }); },
            asio::detached);
    }
    loop.run();
    turns.report();
}
