// Copyright 2026 the plait authors. Boost Software License 1.0
//
//     doorbell ──readable──▶ the io_context of those who wait there ──┐
//                    └─────▶ the monitor thread, for all others ──────┴──▶ answers for the whole process
//
// Who hears the doorbell while somebody in this process waits for another process. With several ears each is woken by a
// ring; whoever comes first answers for all. A ring that the monitor hears costs a thread's wake-up more.
#include "attachment.hpp"
#include "doorbell.hpp"
#include "loop_waiters.hpp"
#include "monitor.hpp"
#include "registry.hpp"

#include <plait/runtime/detail/step.hpp>

#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/datagram_protocol.hpp>

#include <mutex>

#include <fcntl.h>

namespace plait::ipc::detail {
namespace {

namespace asio = boost::asio;

void answer_for_all() noexcept {
    PLAIT_STEP("listening.ring.heard");
    // One ring alone: nearly always there is no other, and if there is, the next watch finds it at once.
    doorbell::instance().take_ring();
    PLAIT_STEP("listening.ring.taken");
    for (auto& a : registry::instance().visit_all())
        a->answer();
    PLAIT_STEP("listening.ring.answered");
}

/// A descriptor of an ear's own: closing it, or watching it in an epoll of its own, leaves the doorbell alone.
plait::detail::unique_fd own_descriptor() {
    int bell = doorbell::instance().fd();
    return plait::detail::unique_fd(plait::detail::checked(
        [&] { return ::fcntl(bell, F_DUPFD_CLOEXEC, 0); },
        [] { return std::string("fcntl(doorbell, F_DUPFD_CLOEXEC)"); }));
}

/// One per io_context, which destroys it with itself.
class ear final : public asio::execution_context::service, public listening::hearer {
public:
    using key_type = ear;
    static const asio::execution_context::id id;

    explicit ear(asio::execution_context& context)
        : service(context), socket_(static_cast<asio::io_context&>(context)) {}

    void begin() override {
        std::scoped_lock lock(mutex_);
        if (!socket_.is_open()) {
            auto own = own_descriptor();
            socket_.assign(asio::local::datagram_protocol(), own.get());
            static_cast<void>(own.release());
        }
        watch();
        ++listeners_;
        PLAIT_STEP("listening.begun");
    }

    // Nobody listens: the pending watch must not keep somebody's io_context from running out of work.
    void end() noexcept override {
        std::scoped_lock lock(mutex_);
        if (--listeners_ > 0) return;
        boost::system::error_code ignored;
        socket_.cancel(ignored);
        PLAIT_STEP("listening.ended");
    }

private:
    // The lock is held.
    void watch() {
        if (watching_) return;
        socket_.async_wait(asio::socket_base::wait_read, [this](const boost::system::error_code&) { heard(); });
        watching_ = true;
    }
    void heard() {
        {
            std::scoped_lock lock(mutex_);
            watching_ = false;
            if (listeners_ == 0) return;
        }
        answer_for_all(); // not under the lock: whoever is woken may stop listening
        std::scoped_lock lock(mutex_);
        if (listeners_ > 0) watch();
    }

    void shutdown() noexcept override {
        std::scoped_lock lock(mutex_);
        boost::system::error_code ignored;
        socket_.close(ignored);
    }

    std::mutex mutex_; // several threads may run the context, and others begin to wait on it
    asio::local::datagram_protocol::socket socket_;
    unsigned listeners_ = 0;
    bool watching_ = false;
};

const asio::execution_context::id ear::id;

/// For those whose executor is no io_context's.
class monitor_ear final : public listening::hearer {
public:
    static monitor_ear& instance() {
        static auto* const one = new monitor_ear; // never destroyed, as the monitor
        return *one;
    }

    void begin() override {
        std::scoped_lock lock(mutex_);
        watch();
        ++listeners_;
    }
    // The watch stays until the next ring: it costs nothing.
    void end() noexcept override {
        std::scoped_lock lock(mutex_);
        --listeners_;
    }

private:
    // The lock is held.
    void watch() {
        if (watching_) return;
        if (fd_.get() < 0) fd_ = own_descriptor();
        static_cast<void>(monitor::instance().watch(fd_.get(), [this] { heard(); }));
        watching_ = true;
    }
    void heard() noexcept {
        {
            std::scoped_lock lock(mutex_);
            watching_ = false;
        }
        answer_for_all();
        std::scoped_lock lock(mutex_);
        if (listeners_ > 0) watch();
    }

    std::mutex mutex_;
    plait::detail::unique_fd fd_;
    unsigned listeners_ = 0;
    bool watching_ = false;
};

listening::hearer& ear_of(asio::io_context* context) {
    if (context) return asio::use_service<ear>(*context);
    return monitor_ear::instance();
}

} // namespace

listening::listening(asio::io_context* on) : ear_(ear_of(on)) { ear_.begin(); }

listening::~listening() { ear_.end(); }

} // namespace plait::ipc::detail
