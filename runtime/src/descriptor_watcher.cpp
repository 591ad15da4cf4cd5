// Copyright 2026 the plait authors. Boost Software License 1.0
#include "descriptor_watcher.hpp"

#include <plait/runtime/detail/signals_blocked.hpp>

#include <array>
#include <string>
#include <thread>

#include <sys/epoll.h>

namespace plait::detail {

descriptor_watcher& descriptor_watcher::instance() {
    static auto* const the_watcher = new descriptor_watcher; // never destroyed: its thread uses it until the very end
    return *the_watcher;
}

descriptor_watcher::descriptor_watcher()
    : epoll_(checked([] { return ::epoll_create1(EPOLL_CLOEXEC); }, [] { return "epoll_create1(EPOLL_CLOEXEC)"; })) {
    signals_blocked in_the_thread;
    std::thread thread([this] { run(); });
    ::pthread_setname_np(thread.native_handle(), "plait-watcher");
    thread.detach();
}

descriptor_watcher::watch_id
descriptor_watcher::watch(int fd, std::uint32_t events, repeat how_often, std::function<void()> callback) {
    std::lock_guard guard(mutex_);
    watch_id id = ++last_id_;
    auto position = entries_.emplace(id, entry{fd, how_often, std::move(callback)}).first;
    epoll_event event{};
    event.events = events;
    event.data.u64 = id;
    try {
        checked(
            [&] { return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event); },
            [&] { return "epoll_ctl(EPOLL_CTL_ADD, " + std::to_string(fd) + ")"; });
    } catch (...) {
        entries_.erase(position);
        throw;
    }
    return id;
}

void descriptor_watcher::unwatch(watch_id id) noexcept {
    std::lock_guard guard(mutex_);
    auto found = entries_.find(id);
    if (found == entries_.end()) return;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, found->second.fd, nullptr);
    entries_.erase(found);
}

void descriptor_watcher::run() noexcept {
    std::array<epoll_event, 16> ready;
    for (;;) {
        const int count = ::epoll_wait(epoll_.get(), ready.data(), static_cast<int>(ready.size()), -1);
        for (int i = 0; i < count; ++i)
            call(ready[static_cast<std::size_t>(i)].data.u64);
    }
}

void descriptor_watcher::call(watch_id id) noexcept {
    std::function<void()> last_time; // destroyed without the lock
    std::lock_guard guard(mutex_);
    auto found = entries_.find(id);
    if (found == entries_.end()) return; // since it was reported
    if (found->second.how_often == repeat::always) return found->second.callback();
    last_time = std::move(found->second.callback);
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, found->second.fd, nullptr);
    entries_.erase(found);
    last_time();
}

} // namespace plait::detail
