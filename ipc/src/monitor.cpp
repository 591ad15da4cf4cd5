// Copyright 2026 the plait authors. Boost Software License 1.0
#include "monitor.hpp"

#include <plait/runtime/detail/signals_blocked.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <utility>

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace plait::ipc::detail {

namespace {

constexpr monitor::watch_id bell_id = 0;

void add_to_epoll(int epoll, int fd, monitor::watch_id id) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = id;
    plait::detail::checked(
        [&] { return ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event); },
        [&] { return "epoll_ctl(EPOLL_CTL_ADD, " + std::to_string(fd) + ")"; });
}

// Never destroyed: see "Order at exit". A static pointer keeps it reachable for leak checkers.
constinit std::atomic<monitor*> the_monitor{nullptr};

void remove_from_epoll(int epoll, int fd) noexcept { ::epoll_ctl(epoll, EPOLL_CTL_DEL, fd, nullptr); }

} // namespace

monitor& monitor::instance() {
    // acquire; pairs with the release below
    if (monitor* there = the_monitor.load(std::memory_order_acquire)) return *there;
    static std::mutex making;
    std::lock_guard lock(making);
    if (monitor* there = the_monitor.load(std::memory_order_relaxed)) return *there;
    auto* const made = new monitor;
    the_monitor.store(made, std::memory_order_release);
    return *made;
}

pid_t monitor::thread_id() noexcept {
    monitor* const there = the_monitor.load(std::memory_order_acquire);
    if (!there) return 0;
    pid_t number = 0;
    // acquire; pairs with the release in run(): the thread does that first
    while ((number = there->thread_number_.load(std::memory_order_acquire)) == 0)
        there->thread_number_.wait(0, std::memory_order_acquire);
    return number;
}

monitor::pause::pause() : rests_(the_monitor.load(std::memory_order_acquire)) {
    if (!rests_) return;
    rest_.f = [this] {
        stage_.store(stage::rests, std::memory_order_release); // pairs with the acquire below
        stage_.notify_one();
        stage_.wait(stage::rests, std::memory_order_acquire); // pairs with the release in ~pause()
    };
    {
        std::lock_guard lock(rests_->mutex_);
        rests_->calls_.push_back(&rest_);
        rests_->ring();
    }
    stage_.wait(stage::asked, std::memory_order_acquire);
}

monitor::pause::~pause() {
    if (!rests_) return;
    stage_.store(stage::goes_on, std::memory_order_release);
    stage_.notify_one();
    std::unique_lock lock(rests_->mutex_);
    rests_->changed_.wait(lock, [&] { return rest_.done; });
}

void monitor::forget_after_fork() noexcept {
    monitor* const of_the_parent = the_monitor.exchange(nullptr, std::memory_order_relaxed);
    if (!of_the_parent) return;
    of_the_parent->epoll_.reset();
    of_the_parent->bell_.reset();
}

monitor::monitor()
    : epoll_(plait::detail::checked([] { return ::epoll_create1(EPOLL_CLOEXEC); }, [] { return "epoll_create1()"; })),
      bell_(
          plait::detail::checked([] { return ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }, [] { return "eventfd()"; })) {
    add_to_epoll(epoll_.get(), bell_.get(), bell_id);
    plait::detail::signals_blocked in_the_thread;
    std::thread thread([this] { run(); });
    ::pthread_setname_np(thread.native_handle(), "plait-monitor");
    thread_ = thread.get_id();
    thread.detach();
}

monitor::watch_id monitor::watch(int fd, std::function<void()> callback) {
    auto shared = std::make_shared<std::function<void()>>(std::move(callback));
    std::lock_guard lock(mutex_);
    watch_id id = ++last_id_;
    auto position = watches_.emplace(id, descriptor_watch{fd, std::move(shared)}).first;
    try {
        add_to_epoll(epoll_.get(), fd, id);
    } catch (...) {
        watches_.erase(position);
        throw;
    }
    return id;
}

monitor::watch_id monitor::tick(std::function<void()> callback) {
    auto shared = std::make_shared<std::function<void()>>(std::move(callback));
    std::lock_guard lock(mutex_);
    watch_id id = ++last_id_;
    ticks_.emplace(id, std::move(shared));
    if (ticks_.size() == 1) {
        next_tick_ = std::chrono::steady_clock::now() + tick_interval;
        ring(); // the thread sleeps without a timeout
    }
    return id;
}

void monitor::tick_now() noexcept {
    std::lock_guard lock(mutex_);
    next_tick_ = {};
    if (!on_monitor_thread()) ring(); // it comes to the ticks by itself
}

void monitor::unwatch(watch_id id) noexcept {
    callback_ptr dropped; // destroyed after the lock is released: it may hold anything
    std::unique_lock lock(mutex_);
    if (auto watched = watches_.find(id); watched != watches_.end()) {
        remove_from_epoll(epoll_.get(), watched->second.fd);
        dropped = std::move(watched->second.callback);
        watches_.erase(watched);
    } else if (auto ticking = ticks_.find(id); ticking != ticks_.end()) {
        dropped = std::move(ticking->second);
        ticks_.erase(ticking);
    }
    if (id != 0 && !on_monitor_thread()) changed_.wait(lock, [&] { return running_ != id; });
    lock.unlock();
}

void monitor::call(std::function<void()> f) {
    if (on_monitor_thread()) return f();
    call_request request{std::move(f), nullptr};
    std::unique_lock lock(mutex_);
    calls_.push_back(&request);
    ring();
    changed_.wait(lock, [&] { return request.done; });
    lock.unlock();
    if (request.failure) std::rethrow_exception(request.failure);
}

bool monitor::on_monitor_thread() const noexcept { return std::this_thread::get_id() == thread_; }

void monitor::ring() noexcept {
    std::uint64_t one = 1;
    // Fails only when the counter is full, and then the bell rings already.
    static_cast<void>(plait::detail::retry_interrupted([&] { return ::write(bell_.get(), &one, sizeof one); }));
}

void monitor::run() noexcept {
    thread_number_.store(::gettid(), std::memory_order_release); // pairs with the acquire in thread_id()
    thread_number_.notify_all();
    std::vector<watch_id> ready;
    for (;;) {
        wait_for_events(ready);
        for (watch_id id : ready)
            fire(id);
        run_calls();
        run_ticks();
    }
}

void monitor::wait_for_events(std::vector<watch_id>& ready) {
    std::array<epoll_event, 64> events;
    int count = plait::detail::checked(
        [&] {
            return ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), milliseconds_to_tick());
        },
        [] { return "epoll_wait()"; });
    ready.clear();
    for (const epoll_event& event : std::span(events).first(static_cast<std::size_t>(count))) {
        if (event.data.u64 != bell_id) {
            ready.push_back(event.data.u64);
            continue;
        }
        std::uint64_t rings;
        static_cast<void>(::read(bell_.get(), &rings, sizeof rings));
    }
}

int monitor::milliseconds_to_tick() {
    std::lock_guard lock(mutex_);
    if (ticks_.empty()) return -1;
    auto left = std::chrono::ceil<std::chrono::milliseconds>(next_tick_ - std::chrono::steady_clock::now());
    return static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0));
}

void monitor::fire(watch_id id) noexcept {
    std::unique_lock lock(mutex_);
    auto watched = watches_.find(id);
    if (watched == watches_.end()) return; // unwatched since epoll_wait saw it
    remove_from_epoll(epoll_.get(), watched->second.fd);
    callback_ptr callback = std::move(watched->second.callback);
    watches_.erase(watched);
    run_callback(lock, id, std::move(callback));
}

void monitor::run_callback(std::unique_lock<std::mutex>& lock, watch_id id, callback_ptr callback) noexcept {
    running_ = id;
    lock.unlock();
    (*callback)();
    callback.reset(); // before unwatch returns: what the callback captured is gone by then
    lock.lock();
    running_ = 0;
    changed_.notify_all();
}

void monitor::run_calls() noexcept {
    std::unique_lock lock(mutex_);
    auto calls = std::exchange(calls_, {});
    lock.unlock();
    for (call_request* request : calls) {
        try {
            request->f();
        } catch (...) {
            request->failure = std::current_exception();
        }
        lock.lock();
        request->done = true; // from here on the request may be gone
        changed_.notify_all();
        lock.unlock();
    }
}

void monitor::run_ticks() noexcept {
    std::unique_lock lock(mutex_);
    auto now = std::chrono::steady_clock::now();
    if (ticks_.empty() || now < next_tick_) return;
    next_tick_ = now + tick_interval; // from now: a thread that was stopped does not catch up on missed ticks
    // A callback may register and end registrations, its own too; ids only grow, so the next one is easily found.
    for (auto next = ticks_.begin(); next != ticks_.end();) {
        watch_id id = next->first;
        run_callback(lock, id, next->second);
        next = ticks_.upper_bound(id);
    }
}

} // namespace plait::ipc::detail
