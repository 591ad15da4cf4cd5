// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// SIGTERM and SIGINT as something to wait for: they are blocked and read from a signalfd, so that no handler ever
// interrupts anything. Other threads of the program must block them too, as the monitor thread does.

#include <plait/runtime/await.hpp>
#include <plait/runtime/detail/syscall.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <csignal>

#include <pthread.h>
#include <sys/signalfd.h>

namespace plait::intake {

class signals {
public:
    /// From here on the two signals wait for next(). Throws system_error.
    explicit signals(boost::asio::io_context& on) : descriptor_(on) {
        sigset_t both;
        ::sigemptyset(&both);
        ::sigaddset(&both, SIGTERM);
        ::sigaddset(&both, SIGINT);
        descriptor_.assign(plait::detail::checked(
            [&] { return ::signalfd(-1, &both, SFD_NONBLOCK | SFD_CLOEXEC); }, [] { return "signalfd(TERM, INT)"; }));
        ::pthread_sigmask(SIG_BLOCK, &both, &before_);
    }
    ~signals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    signals(const signals&) = delete;
    signals& operator=(const signals&) = delete;

    /// Waits for the next of them, and returns its number. Blocks the calling coroutine; cancellation takes nothing.
    [[nodiscard]] int next() {
        signalfd_siginfo info{};
        descriptor_.async_read_some(boost::asio::buffer(&info, sizeof(info)), plait::await);
        return static_cast<int>(info.ssi_signo);
    }

private:
    boost::asio::posix::stream_descriptor descriptor_;
    sigset_t before_{};
};

} // namespace plait::intake
