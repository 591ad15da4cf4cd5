// Copyright 2026 the plait authors. Boost Software License 1.0
//
// A kitchen in which C++20 coroutines of Asio, coroutines of plait and plain threads work together. What they share is
// plait's; each waits for it in its own way.
#include <plait/coro/async_spawn.hpp>
#include <plait/plait.hpp>
#include <plait/runtime/async.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <thread>

namespace asio = boost::asio;
using asio::use_awaitable;
using namespace std::chrono_literals;

namespace {

asio::io_context& here() { return plait::loop::current()->context(); }

// An awaitable waits for what a thread puts into a queue, and for a coroutine that it spawns.
asio::awaitable<int> cook(plait::queue<std::string>& orders) {
    int dishes = 0;
    try {
        for (;;) {
            std::string order = co_await orders.async_get(use_awaitable);
            std::string dish = co_await plait::async_spawn(
                [&] {
                    plait::sleep_for(1ms); // as if it blocked
                    return "roast " + order;
                },
                use_awaitable);
            std::printf("%s\n", dish.c_str());
            ++dishes;
        }
    } catch (const boost::system::system_error& e) {
        if (e.code() != plait::errc::queue_closed) throw;
    }
    co_return dishes;
}

asio::awaitable<void> burn() {
    asio::steady_timer timer(co_await asio::this_coro::executor, 1ms);
    co_await timer.async_wait(use_awaitable);
    throw std::runtime_error("the corn is burnt");
}

asio::awaitable<void> wait_for_guests() {
    asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
    co_await timer.async_wait(use_awaitable);
}

} // namespace

int main() {
    return plait::run([] {
        plait::queue<std::string> orders(1);
        std::jthread waiter([&] {
            for (const char* order : {"duck", "beetroot"})
                orders.put(order);
            orders.close();
        });

        // A coroutine runs an awaitable, as it calls a function: it waits for the result.
        int dishes = asio::co_spawn(here(), cook(orders), plait::await);
        std::printf("%d dishes\n", dishes);

        // An exception comes out of it.
        try {
            asio::co_spawn(here(), burn(), plait::await);
        } catch (const std::runtime_error& e) {
            std::printf("%s\n", e.what());
        }

        // A timeout, or the cancellation of the task, ends it.
        try {
            plait::timeout(1ms, [] { asio::co_spawn(here(), wait_for_guests(), plait::await); });
        } catch (const plait::timeout_error&) {
            std::printf("no guests\n");
        }
    });
}
