// Copyright 2026 the plait authors. Boost Software License 1.0
//
//   called (by workers, the monitor, submitters), or in time
//        └─▶ the dead ─▶ timeouts ─▶ staff ─▶ results, backlog ─▶ the end? ─▶ sleep: at the results, if somebody is to be told
//
// The pool's own thread. It sleeps unless something happens that nobody who waits would see to.
#include "pool_core.hpp"
#include "queue_core.hpp"

#include <plait/ipc/task_error.hpp>
#include <plait/runtime/detail/signals_blocked.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

#include <pthread.h>

namespace plait::ipc::detail {

void pool_core::open() {
    for (std::uint32_t i = 0; i < *options_.min_workers; ++i)
        start_worker(i);
    plait::detail::signals_blocked in_the_thread;
    keeper_ = std::thread([self = shared_from_this()] { self->keep(); });
    ::pthread_setname_np(keeper_.native_handle(), (options_.name + "-keep").c_str());
}

void pool_core::give_up() noexcept {
    guard lock(mutex_);
    tasks_.close_now();
    table_.ring_all();
    kill_all();
}

void pool_core::keep() noexcept {
    keepers_id_.store(std::this_thread::get_id(), std::memory_order_relaxed); // for this thread to find
    for (;;) {
        auto calls = table_.calls(); // before we look: who calls from here on does not find us asleep
        look_around();
        if (has_closed()) break;
        auto until = next_look();
        bool closes = false;
        {
            guard lock(mutex_);
            closes = closing_ != closing::open;
        }
        nudge();
        // seq_cst: pairs with the addition in watch()
        if (closes || watched_.load(std::memory_order_seq_cst) != 0)
            collect_while_watched(calls, until);
        else
            sleep(calls, until);
    }
    drop_leftovers();
    ended_.set();
}

/// After the last worker: messages of tasks that were given up, and that nobody has received any more.
void pool_core::drop_leftovers() noexcept {
    try {
        segment_.sweep();
        while (auto message = tasks_.try_receive())
            message->ack();
        collect_what_is_there();
    } catch (const boost::system::system_error&) { // their memory goes with the pool
    }
}

/// Until it is called, or it is time for something; not for long while loops wait for results, which nudge nobody.
void pool_core::sleep(std::uint32_t calls, deadline until) noexcept {
    // Not for each time that a loop begins to wait: one that does so all the time need not call.
    bool ticks = loops_were_at_work_.exchange(false, std::memory_order_relaxed);
    if (!ticks) keeper_rests_.store(true, std::memory_order_seq_cst);
    // seq_cst: pairs with begin_collecting_on_a_loop()
    if (loops_at_work_.load(std::memory_order_seq_cst) != 0) ticks = true;
    auto soon = std::chrono::steady_clock::now() + longest_sleep;
    table_.sleep(calls, ticks && soon < until.at() ? deadline(soon) : until);
    keeper_rests_.store(false, std::memory_order_seq_cst);
}

/// A worker that was stopped while it looked keeps others from being woken.
void pool_core::nudge() noexcept {
    if (tasks_.size() != 0) table_.wake_sleeper();
}

void pool_core::look_around() {
    bury_the_dead();
    std::optional<std::string> broken;
    {
        guard lock(mutex_);
        broken.swap(not_initialised_);
    }
    if (broken) break_pool("the initialiser of a worker has thrown " + *broken);
    auto now = std::chrono::steady_clock::now();
    look_at_the_time(now);
    steer(now);
    do {
        guard lock(mutex_);
        feed();
    } while (collect() != 0);
}

void pool_core::ring_keeper() noexcept {
    table_.call();
    // seq_cst: after the call; pairs with the store in collect_while_watched()
    if (keeper_collects_.load(std::memory_order_seq_cst)) results_.core().not_empty().on.notify_all();
}

/// Kills the workers of tasks that have run for too long, and sets the time of the next look.
pool_core::task_list pool_core::take_the_late(time_point now) {
    task_list late;
    look_.reset();
    for (std::uint32_t i = 0; i < records_.size(); ++i) {
        const record& r = records_[i];
        if (!r.task || r.task->options.timeout == duration::zero()) continue;
        auto& entry = table_.entry_at(i);
        task_word word = entry.now();
        if (word.state() == task_word::finished) continue; // its result is on its way
        auto limit = r.task->options.timeout;
        // A task that is pending may begin at any time from now on.
        // relaxed: written before the word, which was read with acquire
        auto over = word.state() == task_word::pending
                        ? saturating_add(now, limit)
                        : saturating_add(time_point(duration(entry.began.load(std::memory_order_relaxed))), limit);
        if (over > now) {
            look_ = look_ ? time_look{std::min(look_->at, over), std::min(look_->span, limit)} : time_look{over, limit};
            continue;
        }
        // Whoever wins: if it is the worker, there will be a result.
        if (!entry.exchange(word, task_word::of(r.generation, task_word::free))) continue;
        if (auto& who = staff_.at(word.worker()).who) who->kill();
        late.push_back(leave(i));
        ended_one(*late.back());
        ++counts_.failed;
    }
    return late;
}

void pool_core::look_at_the_time(time_point now) {
    task_list late;
    {
        guard lock(mutex_);
        if (look_ && look_->at <= now) late = take_the_late(now);
    }
    for (auto& task : late) {
        auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(task->options.timeout).count();
        task->fail(std::make_exception_ptr(task_timed_out(
            "process_pool '" + options_.name + "': the task ran longer than " + std::to_string(ms) +
            " ms, and its worker was killed")));
        tell_about(*task);
    }
}

deadline pool_core::next_look() {
    guard lock(mutex_);
    deadline next = deadline::never();
    auto sooner = [&](time_point t) {
        if (t < next.at()) next = deadline(t);
    };
    if (look_) sooner(look_->at);
    const bool hires = !broken_ && closing_ != closing::terminating;
    if (start_again_ && hires) sooner(*start_again_);
    if (next_steering_ && hires) sooner(*next_steering_);
    return next;
}

/// True once the last worker of a pool that is being closed has ended.
bool pool_core::has_closed() {
    task_list dropped;
    bool over = false;
    {
        guard lock(mutex_);
        if (closing_ == closing::open) return false;
        if (closing_ != closing::draining) {
            dropped = take_unstarted();
            counts_.cancelled += dropped.size();
        }
        if (closing_ == closing::terminating) kill_all();
        if (outstanding_ == 0) {
            tasks_.close();
            table_.ring_all();
            over = there_.load(std::memory_order_relaxed) == 0;
        }
    }
    for (auto& task : dropped) {
        task->drop();
        tell_about(*task);
    }
    return over;
}

} // namespace plait::ipc::detail
