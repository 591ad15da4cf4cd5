// Copyright 2026 the plait authors. Boost Software License 1.0
#include "descriptor_watcher.hpp"

#include <plait/runtime/detail/descriptor_wait.hpp>
#include <plait/runtime/loop.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/container/static_vector.hpp>

#include <cstdint>
#include <memory>
#include <mutex>

#include <sys/epoll.h>

namespace plait::detail {
namespace {

/// One descriptor, looked at by the loop of the coroutine that waits. Its handler may run later than the wait lasts, and then
/// finds no waiter.
class loop_watch {
public:
    using waiter_slot = std::shared_ptr<waiter*>;

    loop_watch(loop& by, const awaited_descriptor& d, waiter_slot slot) : descriptor_(by.context(), d.fd) {
        using boost::asio::posix::descriptor_base;
        descriptor_.async_wait(
            d.what == readiness::to_read ? descriptor_base::wait_read : descriptor_base::wait_write,
            [s = std::move(slot)](const boost::system::error_code&) {
                if (*s) (*s)->wake();
            });
    }
    loop_watch(const loop_watch&) = delete;
    loop_watch& operator=(const loop_watch&) = delete;
    ~loop_watch() { descriptor_.release(); } // it is not ours to close

private:
    boost::asio::posix::stream_descriptor descriptor_;
};

wait_state wait_on_loop(loop& by, std::span<const awaited_descriptor> descriptors, deadline until, cancellation c) {
    waiter w("a descriptor");
    auto slot = std::make_shared<waiter*>(&w);
    struct forget {
        waiter*& w;
        ~forget() { w = nullptr; }
    } when_it_is_over{*slot};
    boost::container::static_vector<std::unique_ptr<loop_watch>, descriptors_awaited::most> watches;
    for (const auto& d : descriptors)
        watches.push_back(std::make_unique<loop_watch>(by, d, slot));
    return w.park(until, c);
}

std::uint32_t events_of(readiness what) noexcept { return what == readiness::to_read ? EPOLLIN : EPOLLOUT; }

/// One descriptor, looked at for a thread that waits.
class thread_watch {
public:
    thread_watch(waiter& w, const awaited_descriptor& d)
        : id_(descriptor_watcher::instance().watch(
              d.fd, events_of(d.what), descriptor_watcher::repeat::once, [&w] { w.wake(); })) {}
    thread_watch(const thread_watch&) = delete;
    thread_watch& operator=(const thread_watch&) = delete;
    ~thread_watch() { descriptor_watcher::instance().unwatch(id_); }

private:
    descriptor_watcher::watch_id id_;
};

wait_state wait_in_thread(std::span<const awaited_descriptor> descriptors, deadline until, cancellation c) {
    throw_if_park_would_block_loop("a handler on a loop's thread must not wait for a descriptor; use a coroutine");
    waiter w("a descriptor");
    boost::container::static_vector<std::unique_ptr<thread_watch>, descriptors_awaited::most> watches;
    for (const auto& d : descriptors)
        watches.push_back(std::make_unique<thread_watch>(w, d));
    return w.park(until, c);
}

} // namespace

wait_state wait_for_descriptors(std::span<const awaited_descriptor> descriptors, deadline until, cancellation c) {
    loop* home = party::current().home();
    wait_state result = home ? wait_on_loop(*home, descriptors, until, c) : wait_in_thread(descriptors, until, c);
    throw_if_not_parked(result);
    return result;
}

void descriptor_alarm::arm(const descriptors_awaited& descriptors) {
    disarm();
    for (const auto& d : descriptors.all()) {
        watched_[watched_count_] = descriptor_watcher::instance().watch(
            d.fd, events_of(d.what), descriptor_watcher::repeat::once, [this] { ring(); });
        ++watched_count_;
    }
}

void descriptor_alarm::disarm() noexcept {
    for (; watched_count_ > 0; --watched_count_)
        descriptor_watcher::instance().unwatch(watched_[watched_count_ - 1]);
    std::lock_guard guard(lock_);
    has_rung_ = false;
}

void descriptor_alarm::ring() noexcept {
    std::lock_guard guard(lock_);
    has_rung_ = true;
    waiters_.wake_all();
}

} // namespace plait::detail
