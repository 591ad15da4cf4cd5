// Copyright 2026 the plait authors. Boost Software License 1.0
#include "../scene.hpp"

#include <plait/runtime/await.hpp>
#include <plait/runtime/loop.hpp>

#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <array>

namespace plait::stress {
namespace {

namespace asio = boost::asio;
using socket = asio::local::stream_protocol::socket;

const scene bytes_arrive_in_order("await_sockets", [](round& r) {
    int count = r.between(1, 200);
    troupe talkers(r);
    talkers.start_coroutines(1, [&](actor& a) {
        socket near(loop::current()->context()), far(loop::current()->context());
        asio::local::connect_pair(near, far);
        auto echo = spawn([&] {
            std::array<char, 64> bytes;
            for (;;) {
                boost::system::error_code end;
                auto n = far.async_read_some(asio::buffer(bytes), await(end));
                if (end) return;
                asio::async_write(far, asio::buffer(bytes, n), await);
            }
        });
        for (int i = 0; i < count; ++i) {
            a.doing("write");
            asio::async_write(near, asio::buffer(&i, sizeof i), await);
            int echoed = -1;
            a.doing("read");
            asio::async_read(near, asio::buffer(&echoed, sizeof echoed), await);
            r.check(echoed == i, "what was written comes back");
        }
        near.close();
        echo.join();
    });
    if (r.chance(30)) talkers.cancel_one();
});

// The timer lives on the stack of the one that waits: had its operation not ended with the wait, it would be used after
// its end.
const scene operation_ends_with_its_wait("await_cancelled", [](round& r) {
    troupe waiters(r);
    waiters.start_coroutines(r.between(1, 8), [&](actor& a) {
        for (int i = a.between(1, 10); i > 0; --i) {
            auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(a.between(0, 500));
            asio::steady_timer timer(loop::current()->context(), until);
            a.doing("async_wait");
            timer.async_wait(await);
            r.check(std::chrono::steady_clock::now() >= until, "a timer does not end before its time");
        }
    });
    for (int i = r.between(0, 4); i > 0; --i)
        waiters.cancel_one();
});

} // namespace
} // namespace plait::stress
