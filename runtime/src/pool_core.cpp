// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/pool_core.hpp>
#include <plait/runtime/detail/signals_blocked.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/observe.hpp>

#include <boost/asio/execution_context.hpp>

#include <algorithm>
#include <utility>

#include <pthread.h>

namespace plait::detail {

pool_core::pool_core(pool_settings settings)
    : settings_(std::move(settings)), asio_context_(std::make_unique<boost::asio::execution_context>()) {
    workers_.reserve(settings_.threads);
    threads_.reserve(settings_.threads);
    for (std::size_t i = 0; i < settings_.threads; ++i)
        workers_.push_back(std::make_unique<pool_worker>(*this, i));
    for (std::size_t i = settings_.threads; i-- > 0;) {
        workers_[i]->next_idle_ = std::exchange(first_idle_, workers_[i].get());
        workers_[i]->idle_.store(true, std::memory_order_relaxed);
    }
    idle_state_.store(static_cast<std::uint32_t>(settings_.threads) * one_sleeping, std::memory_order_relaxed);
    try {
        for (std::size_t i = 0; i < (settings_.on_demand ? 1 : settings_.threads); ++i)
            rouse(*take_idle(true));
    } catch (...) {
        shield not_a_cancellation_point;
        close(std::nullopt);
        join();
        throw;
    }
}

pool_core::~pool_core() = default;

void pool_core::submit(work_item& item) {
    if (try_submit(item)) return;
    if (broken_.load(std::memory_order_acquire)) throw error(*drop_reason());
    throw error(errc::pool_shut_down, "thread_pool " + settings_.name);
}

bool pool_core::try_submit(work_item& item) {
    trace(trace_event::submit, reinterpret_cast<std::uintptr_t>(&item)); // before: afterwards it may be gone
    if (runs_here()) {
        pool_worker::current_->pushed_.add(1);
        pool_worker::current_->push(item);
        return true;
    }
    if (!injected_.push(item)) return false;
    announce();
    return true;
}

void pool_core::set_drop_reason(error why) noexcept {
    std::lock_guard guard(idle_lock_);
    if (drop_reason()) return;
    drop_reason_value_.emplace(std::move(why));
    // release; pairs with the acquire in drop_reason()
    drop_reason_.store(&*drop_reason_value_, std::memory_order_release);
}

void pool_core::close(std::optional<error> reason_to_drop) noexcept {
    if (reason_to_drop) set_drop_reason(std::move(*reason_to_drop));
    injected_.close();
    // seq_cst: before the look at who sleeps; a worker that goes to sleep says so before it reads this
    closed_.store(true, std::memory_order_seq_cst);
    end_if_all_is_done();
}

void pool_core::join() {
    all_done_.wait();
    std::lock_guard guard(threads_lock_);
    for (auto& t : threads_)
        t.join();
    threads_.clear();
}

// The last to fall asleep, now counted as searching. With no sleeper, or if one searches and `even_so` is false: nullptr.
pool_worker* pool_core::take_idle(bool even_so) noexcept {
    std::lock_guard guard(idle_lock_);
    bool one_searches = idle_state_.load(std::memory_order_relaxed) % one_sleeping != 0;
    if (!first_idle_ || (one_searches && !even_so)) return nullptr;
    pool_worker* w = std::exchange(first_idle_, first_idle_->next_idle_);
    idle_state_.fetch_add(one_searching - one_sleeping, std::memory_order_seq_cst);
    // release; pairs with the acquire in sleep()
    w->idle_.store(false, std::memory_order_release);
    return w;
}

void pool_core::rouse(pool_worker& w) {
    w.woken_.fetch_add(1, std::memory_order_relaxed);
    if (w.started_) return w.unpark();
    try {
        start(w);
    } catch (...) {
        put_back(w);
        throw;
    }
}

void pool_core::start(pool_worker& w) {
    std::lock_guard guard(threads_lock_); // also keeps join() from overlooking the thread
    w.started_ = true;
    started_.fetch_add(1, std::memory_order_relaxed);
    try {
        signals_blocked in_workers;
        threads_.emplace_back([&w] { w.work(); });
    } catch (...) {
        started_.fetch_sub(1, std::memory_order_relaxed);
        w.started_ = false;
        throw;
    }
}

// For one whose thread could not be started: asleep, as the last to be woken.
void pool_core::put_back(pool_worker& w) noexcept {
    bool one_can_wake;
    {
        std::lock_guard guard(idle_lock_);
        one_can_wake = first_idle_ && first_idle_->started_;
        pool_worker** last = &first_idle_;
        while (*last)
            last = &(*last)->next_idle_;
        *last = &w;
        w.next_idle_ = nullptr;
        w.idle_.store(true, std::memory_order_relaxed);
        idle_state_.fetch_add(one_sleeping - one_searching, std::memory_order_seq_cst);
    }
    // Who brought work meanwhile took it for a searcher, and one that runs may have gone to sleep.
    if (one_can_wake && work_is_visible()) announce();
}

void pool_core::wake_one() noexcept {
    pool_worker* w = take_idle(false);
    if (!w) return;
    try {
        rouse(*w);
    } catch (const std::exception&) {
        // No thread is to be had. One that runs will come to the work.
    }
}

bool pool_core::sleep(pool_worker& w) noexcept {
    {
        std::lock_guard guard(idle_lock_);
        w.next_idle_ = std::exchange(first_idle_, &w);
        w.idle_.store(true, std::memory_order_relaxed);
        idle_state_.fetch_add(one_sleeping - one_searching, std::memory_order_seq_cst);
    }
    if (work_is_visible()) {
        if (stay_awake(w)) return true;
    } else if (closed_.load(std::memory_order_seq_cst)) {
        end_if_all_is_done();
    }
    w.sleeps_.add(1);
    // acquire; pairs with the release in take_idle() and end_if_all_is_done()
    while (w.idle_.load(std::memory_order_acquire))
        w.park();
    return !ended_.load(std::memory_order_relaxed);
}

// Takes `w` out of the sleepers again; false if it was woken meanwhile.
bool pool_core::stay_awake(pool_worker& w) noexcept {
    std::lock_guard guard(idle_lock_);
    if (!w.idle_.load(std::memory_order_relaxed)) return false;
    pool_worker** link = &first_idle_;
    while (*link != &w)
        link = &(*link)->next_idle_;
    *link = w.next_idle_;
    w.idle_.store(false, std::memory_order_relaxed);
    idle_state_.fetch_add(one_searching - one_sleeping, std::memory_order_seq_cst);
    return true;
}

void pool_core::stop_searching() noexcept {
    // seq_cst: before the look at the work; who added some and saw a searcher wakes nobody
    if (idle_state_.fetch_sub(one_searching, std::memory_order_seq_cst) % one_sleeping == one_searching &&
        work_is_visible())
        announce();
}

bool pool_core::work_is_visible() const noexcept {
    if (!injected_.empty()) return true;
    return std::any_of(workers_.begin(), workers_.end(), [](auto& w) { return !w->deque_.empty(); });
}

// With every worker asleep nobody can bring forth work any more.
void pool_core::end_if_all_is_done() noexcept {
    {
        std::lock_guard guard(idle_lock_);
        std::uint32_t s = idle_state_.load(std::memory_order_relaxed);
        if (ended_.load(std::memory_order_relaxed) || s != workers_.size() * one_sleeping || work_is_visible()) return;
        ended_.store(true, std::memory_order_relaxed);
        while (first_idle_) {
            pool_worker* w = std::exchange(first_idle_, first_idle_->next_idle_);
            w->idle_.store(false, std::memory_order_release);
            if (w->started_) w->unpark();
        }
    }
    all_done_.set();
}

void pool_core::initialise(const pool_worker& w) noexcept {
    std::string name = settings_.name + '-' + std::to_string(w.index_);
    pthread_setname_np(pthread_self(), name.c_str()); // thread_pool has seen to it that it fits
    if (!settings_.initialiser) return;
    std::string why;
    try {
        return settings_.initialiser();
    } catch (const std::exception& e) {
        why = e.what();
    } catch (...) {
        why = "an exception that is no std::exception";
    }
    set_drop_reason(error(errc::pool_broken, "the initialiser of worker " + name + " threw: " + why));
    // release; pairs with the acquire in submit()
    broken_.store(true, std::memory_order_release);
    injected_.close();
}

} // namespace plait::detail
