// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The ear of an event loop: while a coroutine of the loop waits for another process, the loop's io_context watches the
// doorbell. With several loops each watches; any of them answers for the whole process.
#include "attachment.hpp"
#include "doorbell.hpp"
#include "loop_waiters.hpp"
#include "registry.hpp"

#include <plait/runtime/loop.hpp>

#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/datagram_protocol.hpp>

#include <fcntl.h>

namespace plait::ipc::detail {
namespace {

namespace asio = boost::asio;

/// One per io_context, which destroys it with itself.
class ear final : public asio::execution_context::service {
public:
    using key_type = ear;
    static const asio::execution_context::id id;

    explicit ear(asio::execution_context& context)
        : service(context), socket_(static_cast<asio::io_context&>(context)) {}

    void begin() {
        if (!socket_.is_open()) {
            // A descriptor of the context's own: closing it leaves the doorbell alone.
            bell_ = &doorbell::instance();
            plait::detail::unique_fd own(plait::detail::checked(
                [&] { return ::fcntl(bell_->fd(), F_DUPFD_CLOEXEC, 0); },
                [] { return std::string("fcntl(doorbell, F_DUPFD_CLOEXEC)"); }));
            socket_.assign(asio::local::datagram_protocol(), own.get());
            static_cast<void>(own.release());
        }
        ++listeners_;
        watch();
    }

    // Nobody listens: the pending watch must not keep somebody's io_context from running out of work.
    void end() noexcept {
        if (--listeners_ > 0) return;
        boost::system::error_code ignored;
        socket_.cancel(ignored);
    }

private:
    void watch() {
        if (watching_) return;
        watching_ = true;
        socket_.async_wait(asio::socket_base::wait_read, [this](const boost::system::error_code&) {
            watching_ = false;
            if (listeners_ == 0) return;
            // One alone: nearly always there is no other, and if there is, the next watch finds it at once.
            bell_->take_ring();
            for (auto& a : registry::instance().all())
                a->answer();
            if (listeners_ > 0) watch();
        });
    }

    void shutdown() noexcept override {
        boost::system::error_code ignored;
        socket_.close(ignored);
    }

    asio::local::datagram_protocol::socket socket_;
    doorbell* bell_ = nullptr; // the process's; it is never destroyed
    unsigned listeners_ = 0;   // used on the loop's own thread alone
    bool watching_ = false;
};

const asio::execution_context::id ear::id;

} // namespace

listening::listening(plait::loop& on) : loop_(on) { asio::use_service<ear>(loop_.context()).begin(); }

listening::~listening() { asio::use_service<ear>(loop_.context()).end(); }

} // namespace plait::ipc::detail
