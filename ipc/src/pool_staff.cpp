// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The workers of a pool: starting them, seeing them go, and what becomes of the task that a dead one had started.
#include "pool_core.hpp"
#include "queue_core.hpp"

#include <plait/ipc/task_error.hpp>
#include <plait/runtime/error.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace plait::ipc::detail {

namespace {

std::string describe_death(const process& who, int code) {
    std::string text = "its worker " + who.name();
    if (auto pid = who.pid()) text += " (pid " + std::to_string(*pid) + ")";
    return text + " " + describe_end(code);
}

} // namespace

void pool_core::start_worker(std::uint32_t number) {
    process p = make_worker_(
        {.name = options_.name + "-" + std::to_string(number), .daemon = true},
        worker_seat{tasks_, results_, table_.fd(), number, options_.max_tasks_per_worker});
    table_.occupy(number);
    try {
        p.start();
    } catch (...) {
        table_.vacate(number);
        throw;
    }
    {
        guard lock(mutex_);
        staff_[number] = {p, false, 0};
        ++counts_.started;
        there_.fetch_add(1, std::memory_order_relaxed);
    }
    p.on_exit([self = shared_from_this(), number](int code) {
        {
            guard lock(self->mutex_);
            self->staff_[number].exit_code = code;
            self->staff_[number].has_ended = true;
        }
        self->ring_keeper();
    });
}

/// Starts as many workers as there have to be, and there is work for.
void pool_core::hire(time_point now) {
    wants_workers_.store(false, std::memory_order_relaxed); // before we look; whoever wants one later calls again
    std::vector<std::uint32_t> empty;
    {
        guard lock(mutex_);
        if (broken_ || closing_ == closing::terminating) return;
        if (start_again_ && *start_again_ > now) return;
        start_again_.reset();
        auto least = closing_ == closing::open ? std::uint64_t{*options_.min_workers} : 0;
        auto wanted = std::clamp<std::uint64_t>(outstanding_, least, options_.workers);
        // A worker may get more to do while it is being asked to end.
        std::uint64_t there = there_.load(std::memory_order_relaxed) - std::min<std::uint64_t>(retiring_, there_);
        for (std::uint32_t i = 0; i < staff_.size() && there < wanted; ++i)
            if (!staff_[i].who) {
                empty.push_back(i);
                ++there;
            }
    }
    for (auto number : empty) {
        try {
            start_worker(number);
        } catch (const std::exception& e) {
            guard lock(mutex_);
            start_again_ = now + std::chrono::milliseconds(100);
            if (there_.load(std::memory_order_relaxed) != 0) return; // the others go on meanwhile
            lock.unlock();
            return count_fruitless_death(number, now, std::string("a worker could not be started: ") + e.what());
        }
        last_change_ = now;
    }
}

/// Asks one worker to end, if the pool has had one too many for long enough.
void pool_core::let_go(time_point now) {
    guard lock(mutex_);
    auto there = there_.load(std::memory_order_relaxed);
    if (closing_ != closing::open || broken_ || there <= *options_.min_workers + retiring_) return;
    if (outstanding_ >= there - retiring_) last_change_ = now;
    if (now < saturating_add(last_change_, options_.idle_time)) return;
    last_change_ = now;
    task_header nothing{};
    nothing.flags = task_header::retires;
    auto put = tasks_.try_put(std::as_bytes(std::span(&nothing, 1)));
    if (!put) return;
    ++retiring_;
    table_.wake_worker();
}

void pool_core::bury_the_dead() {
    std::vector<std::pair<std::uint32_t, worker>> dead;
    {
        guard lock(mutex_);
        for (std::uint32_t i = 0; i < staff_.size(); ++i)
            if (staff_[i].who && staff_[i].has_ended) dead.emplace_back(i, staff_[i]);
    }
    for (auto& [number, who] : dead)
        bury(number, std::move(who));
}

void pool_core::bury(std::uint32_t number, worker dead) {
    collect_what_is_there(); // what it had put counts
    std::string end = describe_death(*dead.who, dead.exit_code);
    try {
        dead.who->join();
    } catch (const std::exception& e) { // it never came as far as to work
        end += std::string(": ") + e.what();
    }
    auto& seat = table_.seat_of(number);
    auto leaving = seat.leaving.load(std::memory_order_relaxed);
    bool fruitless = leaving == task_table::seat::stays && seat.taken.load(std::memory_order_relaxed) == 0;
    bool strict = false;
    pool_task::pointer task;
    {
        guard lock(mutex_);
        for (std::uint32_t i = 0; i < records_.size() && !task; ++i)
            if (records_[i].task && table_.entry_at(i).now().is_with(number)) task = leave(i);
        if (task) fruitless = false;
        if (leaving == task_table::seat::retires && retiring_ > 0) --retiring_;
        if (task || leaving == task_table::seat::stays) {
            ++counts_.died;
            strict = options_.strict && closing_ != closing::terminating;
        }
        staff_[number] = {};
        there_.fetch_sub(1, std::memory_order_relaxed);
    }
    table_.vacate(number);
    if (task) lose(std::move(task), dead.exit_code, end);
    segment_.sweep();  // what it had received and not begun comes back now …
    table_.ring_all(); // … and somebody has to look
    if (strict)
        break_pool("it is strict, and " + end);
    else if (fruitless)
        count_fruitless_death(number, std::chrono::steady_clock::now(), end + " before it had taken a task");
}

/// `task` has lost the worker that had started it.
void pool_core::lose(pool_task::pointer task, int code, const std::string& end) {
    bool again = false;
    {
        guard lock(mutex_);
        ++task->deaths;
        again = task->options.idempotent && task->deaths < options_.poison_limit && !broken_ &&
                closing_ != closing::terminating && !options_.strict;
        if (again) {
            task->where = pool_task::phase::outside;
            ++counts_.retried;
        } else {
            ++counts_.failed;
            ended_one(*task);
        }
    }
    if (again) return put_off(*task, place::front);
    std::string what = "process_pool '" + options_.name + "': " + end + " while it worked on the task";
    if (task->options.idempotent && task->deaths >= options_.poison_limit)
        task->fail(std::make_exception_ptr(task_poisoned(
            task->deaths, code, what + ", which had killed " + std::to_string(task->deaths - 1) + " before")));
    else
        task->fail(std::make_exception_ptr(worker_exited(code, what)));
    tell_about(*task);
}

void pool_core::count_fruitless_death(std::uint32_t number, time_point now, const std::string& end) {
    bool too_many = false;
    {
        guard lock(mutex_);
        // A pool that gets on with its tasks is no pool whose workers cannot live.
        if (std::exchange(completed_then_, counts_.completed) != counts_.completed)
            for (auto& deaths : fruitless_deaths_)
                deaths.clear();
        auto& deaths = fruitless_deaths_[number];
        deaths.push_back(now);
        while (saturating_add(deaths.front(), options_.restart_period) < now)
            deaths.pop_front();
        too_many = deaths.size() > options_.max_restarts;
    }
    if (too_many)
        break_pool(
            "more than " + std::to_string(options_.max_restarts) +
            " workers died in vain, one in the place of the other; the last: " + end);
}

void pool_core::break_pool(const std::string& why) noexcept {
    task_list lost;
    {
        guard lock(mutex_);
        if (broken_) return;
        broken_ = why;
        for (auto& [priority, task] : std::exchange(backlog_, {}))
            lost.push_back(std::move(task));
        for (std::uint32_t i = 0; i < records_.size(); ++i)
            if (records_[i].task) lost.push_back(leave(i));
        for (auto& task : lost)
            ended_one(*task);
        counts_.failed += lost.size();
        kill_all();
    }
    for (auto& task : lost) {
        task->fail(std::make_exception_ptr(error(errc::pool_broken, "process_pool '" + options_.name + "': " + why)));
        tell_about(*task);
    }
}

void pool_core::kill_all() noexcept {
    for (auto& w : staff_)
        if (w.who && !w.has_ended) w.who->kill();
}

} // namespace plait::ipc::detail
