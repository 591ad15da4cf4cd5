// Copyright 2026 the plait authors. Boost Software License 1.0
#include "watched_descriptor.hpp"

#include <plait/runtime/loop.hpp>

#include <boost/asio/detail/reactor.hpp>
#include <boost/asio/detail/reactor_op.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>

#include <array>
#include <atomic>
#include <mutex>
#include <utility>

#include <fcntl.h>

namespace plait::detail {
namespace {

using boost::asio::detail::reactor;

/// One wait, in the frame of the one that waits.
class ready_operation final : public boost::asio::detail::reactor_op {
public:
    explicit ready_operation(waiter& first) noexcept
        : reactor_op({}, &ready_operation::perform, &ready_operation::complete), waiter_(&first) {
        cancellation_key_ = this;
    }

    /// From now on the descriptor is ready when the reactor says so, and not when it wants to try at once: we have tried.
    void arm() noexcept { armed_ = true; }
    /// Who is woken instead.
    void set_waiter(waiter& w) noexcept { waiter_ = &w; }
    [[nodiscard]] bool is_over() const noexcept { return over_; }

private:
    static status perform(reactor_op* self) noexcept {
        return static_cast<ready_operation*>(self)->armed_ ? done : not_done;
    }
    // Without an owner the io_context goes, and nobody is woken any more.
    static void complete(
        void* owner, boost::asio::detail::operation* base, const boost::system::error_code&, std::size_t) noexcept {
        auto& self = *static_cast<ready_operation*>(base);
        if (!owner) return;
        self.over_ = true;
        self.waiter_->wake();
    }

    waiter* waiter_;
    bool armed_ = false;
    bool over_ = false;
};

} // namespace

/// The descriptors in the reactor of one io_context. The descriptors share it, because any of them may be closed by another
/// thread while the io_context goes.
class reactor_registry {
public:
    reactor_registry(const boost::asio::execution_context& context, reactor& its) noexcept
        : context_(&context), reactor_(&its) {}

    [[nodiscard]] static const std::shared_ptr<reactor_registry>& of(loop& l);

    /// False for every other, and once its io_context has gone, even if another is in its place.
    [[nodiscard]] bool is_of(const boost::asio::execution_context& living) const noexcept {
        // relaxed: whoever made `living` there came after the end of the one before
        return context_.load(std::memory_order_relaxed) == &living;
    }
    /// On the loop's thread.
    [[nodiscard]] reactor& its_reactor() const noexcept { return *reactor_; }

    void add(watched_descriptor& d) {
        reactor::per_descriptor_data state = nullptr;
        if (int code = reactor_->register_descriptor(d.get(), state); code != 0) {
            reactor_->cleanup_descriptor_data(state);
            throw_system_error(code, "epoll_ctl(EPOLL_CTL_ADD, " + std::to_string(d.get()) + ")");
        }
        d.state_ = state;
    }

    void remove(watched_descriptor& d, bool closing) noexcept {
        auto state = static_cast<reactor::per_descriptor_data>(std::exchange(d.state_, nullptr));
        std::lock_guard guard(lock_); // the reactor stays meanwhile
        if (!reactor_) return;
        reactor_->deregister_descriptor(d.get(), state, closing);
        reactor_->cleanup_descriptor_data(state);
    }

    void end() noexcept {
        std::lock_guard guard(lock_);
        reactor_ = nullptr;
        context_.store(nullptr, std::memory_order_relaxed);
    }

private:
    std::atomic<const boost::asio::execution_context*> context_;
    std::mutex lock_; // guards the change to nullptr
    reactor* reactor_;
};

namespace {

/// Tells the registry of an io_context of its end.
class registry_service final : public boost::asio::detail::execution_context_service_base<registry_service> {
public:
    explicit registry_service(boost::asio::execution_context& context)
        : execution_context_service_base(context),
          registry_(std::make_shared<reactor_registry>(context, started(boost::asio::use_service<reactor>(context)))) {}

    [[nodiscard]] const std::shared_ptr<reactor_registry>& registry() const noexcept { return registry_; }

private:
    static reactor& started(reactor& r) {
        r.init_task();
        return r;
    }
    void shutdown() override { registry_->end(); }

    const std::shared_ptr<reactor_registry> registry_;
};

} // namespace

const std::shared_ptr<reactor_registry>& reactor_registry::of(loop& l) {
    return boost::asio::use_service<registry_service>(l.context()).registry();
}

wait_state watched_descriptor::wait(readiness what, const char* for_people, deadline until, cancellation c) {
    loop* home = party::current().home();
    return home && enter(*home) ? wait_here(what, for_people, until, c) : wait_beside(what, until, c);
}

// False if the descriptor is with another loop.
bool watched_descriptor::enter(loop& home) {
    std::lock_guard guard(lock_);
    if (!registry_ || !registry_->is_of(home.context())) {
        if (waiting_ != 0) return false;
        unregister(false);
        const std::shared_ptr<reactor_registry>& here = reactor_registry::of(home);
        here->add(*this);
        registry_ = here;
    }
    ++waiting_;
    return true;
}

void watched_descriptor::leave() noexcept {
    std::lock_guard guard(lock_);
    --waiting_;
}

wait_state watched_descriptor::wait_here(readiness what, const char* for_people, deadline until, cancellation c) {
    reactor& r = registry_->its_reactor();
    auto state = static_cast<reactor::per_descriptor_data>(state_);
    const int type = what == readiness::to_read ? reactor::read_op : reactor::write_op;

    waiter w(for_people);
    ready_operation operation(w);
    r.start_op(type, fd_.get(), state, &operation, false, true);
    operation.arm();
    wait_state result = w.park(until, c);
    if (!operation.is_over()) { // it lies in this frame
        waiter until_it_is_over(for_people);
        operation.set_waiter(until_it_is_over);
        r.cancel_ops_by_key(fd_.get(), state, type, &operation);
        until_it_is_over.park(deadline::never(), cancellation::disabled);
    }
    leave();
    throw_if_not_parked(result);
    if (result == wait_state::woken && operation.ec_)
        throw_system_error(operation.ec_.value(), "epoll_ctl(EPOLL_CTL_MOD, " + std::to_string(fd_.get()) + ")");
    return result;
}

wait_state watched_descriptor::wait_beside(readiness what, deadline until, cancellation c) const {
    unique_fd duplicate(checked(
        [&] { return ::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0); },
        [&] { return "fcntl(" + std::to_string(fd_.get()) + ", F_DUPFD_CLOEXEC)"; }));
    const std::array awaited{awaited_descriptor{duplicate.get(), what}};
    return wait_for_descriptors(awaited, until, c);
}

void watched_descriptor::unregister(bool closing) noexcept {
    if (auto from = std::exchange(registry_, nullptr)) from->remove(*this, closing);
}

void watched_descriptor::close() noexcept {
    unregister(true);
    fd_.reset();
}

unique_fd watched_descriptor::release() noexcept {
    unregister(false);
    return std::move(fd_);
}

} // namespace plait::detail
