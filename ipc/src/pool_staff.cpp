// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The workers of a pool: starting them, seeing them go, and what becomes of the task that a dead one had started.
#include "pool_core.hpp"
#include "queue_core.hpp"

#include <plait/ipc/task_error.hpp>
#include <plait/runtime/error.hpp>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace plait::ipc::detail {

namespace {

constexpr duration look_interval = std::chrono::milliseconds(10); // while tasks wait that may call for another worker

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
    {
        guard lock(mutex_); // before it is there: it may have done its first task before we go on
        ++counts_.started;
        there_.fetch_add(1, std::memory_order_relaxed);
    }
    try {
        p.start();
    } catch (...) {
        table_.vacate(number);
        guard lock(mutex_);
        --counts_.started;
        there_.fetch_sub(1, std::memory_order_relaxed);
        throw;
    }
    {
        guard lock(mutex_);
        staff_[number] = {p, false, 0};
    }
    tell({worker_event::kind::started, p.pid().value_or(0), std::exchange(predecessors_[number], 0)});
    p.on_exit([self = shared_from_this(), number](int code) {
        {
            guard lock(self->mutex_);
            self->staff_[number].exit_code = code;
            self->staff_[number].has_ended = true;
        }
        self->ring_keeper();
    });
}

void pool_core::tell(const worker_event& event) const {
    if (options_.on_worker) options_.on_worker(event);
}

/// How long the oldest task has waited that no worker has started.
duration pool_core::age_of_the_oldest(time_point now, bool any_wait) {
    auto waits = [this](const pool_task& task) {
        if (task.where == pool_task::phase::backlog) return true;
        return task.where == pool_task::phase::under_way &&
               table_.entry_at(task.index).now() == task_word::of(task.generation, task_word::pending);
    };
    duration age = age_.look(now, any_wait, noted_ && waits(*noted_));
    if (age_.has_noted()) return age;
    noted_ = backlog_.empty() ? records_[newest_].task : std::prev(backlog_.end())->second;
    if (any_wait && noted_ && waits(*noted_))
        age_.note(now);
    else
        noted_.reset();
    return age;
}

/// How many workers there should be.
std::size_t pool_core::wanted_workers(time_point now, std::size_t there) {
    const std::size_t most = steering_.options().max_workers;
    if (closing_ != closing::open) return std::clamp<std::size_t>(outstanding_, 0, most);
    auto reading = [&](std::size_t workers) {
        auto tasks = static_cast<std::size_t>(outstanding_);
        return queue_reading{tasks - std::min(tasks, workers), {}, workers - std::min(tasks, workers)};
    };
    bool may_grow = there < most;
    bool any_wait = reading(there).depth != 0;
    bool by_age = may_grow && options_.high_age != duration::max();
    duration age = by_age ? age_of_the_oldest(now, any_wait) : duration::zero();
    auto wanted = there;
    for (;;) { // as many at once as it takes, if the band allows for that
        queue_reading seen = reading(wanted);
        seen.age = age;
        auto next = steering_.decide(now, seen, wanted);
        if (next < wanted) {
            wanted = next;
            break;
        }
        if (next == wanted) break;
        wanted = next;
        if (options_.grow_after != duration::zero()) break;
        age = duration::zero(); // that was for the first
    }
    if (may_grow && any_wait && wanted < most && (by_age || options_.grow_after != duration::zero()))
        next_steering_ = now + look_interval;
    else if (wanted > steering_.options().min_workers)
        next_steering_ = saturating_add(now, options_.idle_time);
    return wanted;
}

/// Starts as many workers as there should be, or asks one to end if there are too many.
void pool_core::steer(time_point now) {
    wants_workers_.store(false, std::memory_order_relaxed); // before we look; whoever wants one later calls again
    std::size_t missing = 0;
    {
        guard lock(mutex_);
        next_steering_.reset();
        if (broken_ || closing_ == closing::terminating) return;
        if (start_again_ && *start_again_ > now) return;
        start_again_.reset();
        // A worker may get more to do while it is being asked to end.
        std::size_t there = there_.load(std::memory_order_relaxed);
        there -= std::min<std::size_t>(retiring_, there);
        auto wanted = wanted_workers(now, there);
        if (wanted > there) missing = wanted - there;
        for (; wanted < there && closing_ == closing::open; ++wanted)
            let_one_go();
        // While we look by ourselves, nobody need call.
        if (next_steering_) wants_workers_.store(*next_steering_ <= now + look_interval, std::memory_order_relaxed);
    }
    if (missing) hire(missing, now);
}

void pool_core::hire(std::size_t count, time_point now) {
    std::vector<std::uint32_t> empty;
    {
        guard lock(mutex_);
        for (std::uint32_t i = 0; i < staff_.size() && empty.size() < count; ++i)
            if (!staff_[i].who) empty.push_back(i);
    }
    for (auto number : empty) {
        try {
            start_worker(number);
        } catch (const std::exception& e) {
            guard lock(mutex_);
            start_again_ = now + std::chrono::milliseconds(100);
            if (there_.load(std::memory_order_relaxed) != 0) return; // the others go on meanwhile
            lock.unlock();
            return count_fruitless_death(
                number, now, {worker_event::kind::held_back, 0, 0, unknown_exit_code},
                std::string("a worker could not be started: ") + e.what());
        }
    }
}

/// Asks one worker to end.
void pool_core::let_one_go() {
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
    const pid_t pid = dead.who->pid().value_or(0);
    predecessors_[number] = pid;
    const bool unexpected = task || leaving == task_table::seat::stays;
    if (unexpected) tell({worker_event::kind::ended, pid, 0, dead.exit_code});
    if (task) lose(std::move(task), dead.exit_code, pid, end);
    segment_.sweep();  // what it had received and not begun comes back now …
    table_.ring_all(); // … and somebody has to look
    if (strict)
        break_pool("it is strict, and " + end);
    else if (fruitless)
        count_fruitless_death(
            number, std::chrono::steady_clock::now(), {worker_event::kind::held_back, pid, 0, dead.exit_code},
            end + " before it had taken a task");
}

/// `task` has lost the worker that had started it.
void pool_core::lose(pool_task::pointer task, int code, pid_t pid, const std::string& end) {
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
            task->deaths, code, pid, what + ", which had killed " + std::to_string(task->deaths - 1) + " before")));
    else
        task->fail(std::make_exception_ptr(worker_exited(code, pid, what)));
    tell_about(*task);
}

void pool_core::count_fruitless_death(
    std::uint32_t number, time_point now, const worker_event& event, const std::string& end) {
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
        if (too_many && !options_.gives_up) {
            deaths.clear();
            start_again_ = saturating_add(now, options_.restart_period);
        }
    }
    if (too_many && !options_.gives_up) return tell(event);
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
