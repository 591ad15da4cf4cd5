// Copyright 2026 the plait authors. Boost Software License 1.0
#include "image.hpp"
#include "loop_collector.hpp"
#include "pool_core.hpp"
#include "queue_core.hpp"

#include <plait/runtime/error.hpp>

#include <algorithm>
#include <bit>
#include <utility>

namespace plait::ipc::detail {

namespace {

[[noreturn]] void refuse_option(const char* field, std::uint64_t value, const char* range) {
    throw error(
        errc::invalid_argument,
        std::string("process_pool_options::") + field + " is " + std::to_string(value) + "; it must be " + range);
}

process_pool_options checked(process_pool_options o) {
    if (o.workers < 1 || o.workers > task_table::seats) refuse_option("workers", o.workers, "1 to 1,024");
    if (!o.min_workers) o.min_workers = o.workers;
    if (*o.min_workers < 1 || *o.min_workers > o.workers)
        refuse_option("min_workers", *o.min_workers, "1 to `workers`");
    if (o.seats == 0) o.seats = o.workers;
    if (o.seats < o.workers || o.seats > task_table::seats) refuse_option("seats", o.seats, "`workers` to 1,024");
    if (o.name.empty() || o.name.size() > 10 || o.name.find('\0') != std::string::npos)
        throw error(
            errc::invalid_argument,
            "process_pool_options::name is '" + o.name + "'; it must have 1 to 10 bytes, none of them zero");
    if (o.low_depth > o.high_depth) refuse_option("low_depth", o.low_depth, "at most high_depth");
    if (o.low_age < duration::zero() || o.low_age > o.high_age)
        throw error(errc::invalid_argument, "process_pool_options::low_age must be at least 0 and at most high_age");
    if (o.grow_after < duration::zero())
        throw error(errc::invalid_argument, "process_pool_options::grow_after is negative");
    if (o.poison_limit < 1) refuse_option("poison_limit", o.poison_limit, "at least 1");
    if (o.idle_time < std::chrono::milliseconds(1))
        throw error(errc::invalid_argument, "process_pool_options::idle_time must be at least a millisecond");
    if (o.restart_period <= duration::zero())
        throw error(errc::invalid_argument, "process_pool_options::restart_period must be positive");
    if (o.message_bytes < 64 << 10 || o.message_bytes > 1 << 30)
        refuse_option("message_bytes", o.message_bytes, "64 KiB to 1 GiB");
    return o;
}

constexpr std::size_t cell = 128; // a header and a few arguments, or a result, take one

segment make_segment(const process_pool_options& o) {
    // Beside the cells, a queue has three words for each, two slots, and its channels; both have some room to spare.
    return segment::create(
        {.bytes = 2 * o.message_bytes + o.message_bytes / 2 + (1 << 20),
         .max_bytes = 8 * o.message_bytes + (16 << 20),
         .max_participants = static_cast<unsigned>(std::min<std::size_t>(2 * o.seats + 8, 4095))});
}

queue_options queue_for(const process_pool_options& o) {
    return {.capacity = std::size_t{2} * task_table::entries, .bytes = o.message_bytes, .cell_bytes = cell};
}

steering steering_for(const process_pool_options& o) {
    return steering(
        {.min_workers = *o.min_workers,
         .max_workers = o.workers,
         .low_depth = o.low_depth,
         .high_depth = o.high_depth,
         .low_age = o.low_age,
         .high_age = o.high_age,
         .grow_after = o.grow_after,
         .shrink_after = o.idle_time});
}

std::exception_ptr failure(errc code, const std::string& what) { return std::make_exception_ptr(error(code, what)); }

void describe(const void* of, plait::detail::dump& to) {
    auto& core = *const_cast<pool_core*>(static_cast<const pool_core*>(of));
    auto stats = core.stats();
    plait::detail::describe_stats(to, stats.kind, core.options().name, stats);
}

} // namespace

pool_core::pool_core(process_pool_options options, worker_maker make_worker)
    : options_(checked(std::move(options))),
      make_worker_(std::move(make_worker)),
      segment_(make_segment(options_)),
      tasks_(byte_queue::create(
          segment_, "tasks", queue_for(options_), options_.priorities ? queue_order::priority : queue_order::fifo)),
      results_(byte_queue::create(segment_, "results", queue_for(options_))),
      room_(tasks_.free_bytes() + results_.free_bytes()),
      table_(options_.seats),
      records_(task_table::entries),
      staff_(options_.seats),
      fruitless_deaths_(options_.seats),
      steering_(steering_for(options_)),
      predecessors_(options_.seats),
      most_workers_(options_.workers),
      entry_(this, &describe) {
    for (std::uint32_t i = task_table::entries; i-- > 0;)
        free_.push_back(i);
}

pool_core::~pool_core() { join_keeper(); }

bool pool_core::is_copy() const noexcept { return !results_.core().is_attached(); }

void pool_core::must_be_open() const {
    if (broken_) throw error(errc::pool_broken, "process_pool '" + options_.name + "': " + *broken_);
    if (closing_ != closing::open) throw error(errc::pool_shut_down, "process_pool '" + options_.name + "'");
}

// ---------------------------------------------------------------------------------------------------------- submit

const known_callable& pool_core::learn(task_entry entry) {
    if (auto known = callables_.find(entry); known != callables_.end()) return known->second;
    auto code = locate_code(std::bit_cast<const void*>(entry));
    if (!code) throw error(errc::callable_unknown, "the callable's code lies in no loaded image");
    auto name = code_name::of(*code);
    if (!name) throw error(errc::callable_unknown, "the build id of the callable's image is longer than 28 bytes");
    auto line = callables_.size();
    auto& known = callables_.emplace(entry, known_callable{*name, {}}).first->second;
    if (line < task_table::lines) {
        known.line = static_cast<std::uint16_t>(line);
        table_.write_line(*known.line, *name);
    }
    return known;
}

void pool_core::enter(pool_task& task, task_message& message) {
    std::uint32_t index = free_.back();
    free_.pop_back();
    record& r = records_[index];
    r.task = &task;
    ++r.generation;
    task.where = pool_task::phase::under_way;
    task.index = index;
    task.generation = r.generation;
    newest_ = index;
    table_.entry_at(index).store(task_word::of(r.generation, task_word::pending));
    const known_callable& callable = *task.callable;
    message.header = {r.generation, index, 0, callable.line.value_or(0)};
    if (task.options.timeout != duration::zero()) message.header.flags |= task_header::timed;
    if (callable.line) return;
    message.header.flags |= task_header::is_named;
    message.name = std::as_bytes(std::span(&callable.name, 1));
}

pool_task::pointer pool_core::leave(std::uint32_t index) noexcept {
    auto task = take_record(index);
    table_.entry_at(index).store(task_word::of(records_[index].generation, task_word::free));
    return task;
}

pool_task::pointer pool_core::take_record(std::uint32_t index) noexcept {
    record& r = records_[index];
    ++r.generation;
    free_.push_back(index);
    return std::exchange(r.task, nullptr);
}

void pool_core::submit(pool_task& task, const task_plan& plan) {
    if (task.options.priority != 0 && !options_.priorities)
        throw error(
            errc::invalid_argument, "task_options::priority is " + std::to_string(task.options.priority) +
                                        "; it must be 0 in a pool without process_pool_options::priorities");
    if (task.options.timeout < duration::zero())
        throw error(errc::invalid_argument, "task_options::timeout is negative");
    if (is_copy()) // before the lock, which nobody may be left to unlock
        throw error(
            errc::pool_shut_down,
            "process_pool '" + options_.name + "' is that of the process which this one was forked from");
    task_message message{{}, plan.bytes, plan.write, plan.from};
    std::optional<std::string> too_large;
    if (message.size() > options_.message_bytes * 3 / 4)
        too_large = "a task of " + std::to_string(message.size()) + " bytes; process_pool_options::message_bytes (" +
                    std::to_string(options_.message_bytes) + ") lets it have three quarters of that";
    std::vector<std::byte> copy;
    std::exception_ptr why;
    if (!too_large && task.options.idempotent) try {
            copy.resize(plan.bytes);
            plan.write(plan.from, copy);
        } catch (...) {
            why = std::current_exception();
        }
    bool at_once = false;
    {
        guard lock(mutex_);
        must_be_open();
        task.callable = &learn(plan.entry);
        ++counts_.submitted;
        ++outstanding_;
        unfinished_.store(outstanding_, std::memory_order_relaxed); // a hint
        if (!too_large && !why) {
            at_once = backlog_.empty() && !free_.empty();
            task.message = std::move(copy);
            if (at_once) {
                enter(task, message);
                limit(task);
            }
        }
    }
    if (too_large) why = failure(errc::message_too_large, *too_large);
    if (!why) try {
            if (at_once && send(task, message)) return ask_for_workers();
            if (!task.options.idempotent) {
                std::vector<std::byte> bytes(plan.bytes);
                plan.write(plan.from, bytes);
                task.message = std::move(bytes); // nobody else looks at it until it is in the backlog
            }
            put_off(task, place::back);
            return ask_for_workers();
        } catch (...) {
            why = std::current_exception();
        }
    refuse(task, why);
}

void pool_core::resize(std::size_t min_workers, std::size_t workers) {
    if (min_workers < 1 || min_workers > workers || workers > options_.seats)
        throw error(
            errc::invalid_argument, "process_pool.resize(" + std::to_string(min_workers) + ", " +
                                        std::to_string(workers) + "): 1 <= min_workers <= workers <= seats, " +
                                        std::to_string(options_.seats));
    if (is_copy()) return;
    {
        guard lock(mutex_);
        steering_.resize(min_workers, workers);
        most_workers_.store(workers, std::memory_order_relaxed); // a hint for who does not hold the lock
        next_steering_ = std::chrono::steady_clock::now();
    }
    ring_keeper();
}

/// If there is more to do than there are workers, and there may be more of them.
void pool_core::ask_for_workers() noexcept {
    auto there = there_.load(std::memory_order_relaxed); // hints, all of them
    if (there < most_workers() && unfinished_.load(std::memory_order_relaxed) > there &&
        !wants_workers_.exchange(true, std::memory_order_relaxed))
        ring_keeper();
}

/// Sees to it that the keeper looks in time at a task with a timeout. That begins when a worker begins the task, so a look
/// is early enough that comes no later than the timeout after now.
void pool_core::limit(const pool_task& task) {
    const duration timeout = task.options.timeout;
    if (timeout == duration::zero() || (look_ && look_->span <= timeout)) return;
    auto at = saturating_add(std::chrono::steady_clock::now(), timeout);
    bool sooner = !look_ || at < look_->at;
    look_ = {sooner ? at : look_->at, timeout};
    if (sooner) ring_keeper();
}

/// Puts the message of a task that has an entry. False if there is no room: then it has none any more.
bool pool_core::send(pool_task& task, const task_message& message) {
    auto index = message.header.index;
    auto take_back = [&] {
        guard lock(mutex_);
        if (records_[index].task.get() == &task) static_cast<void>(leave(index));
        if (task.where == pool_task::phase::under_way) task.where = pool_task::phase::outside;
    };
    try {
        auto put = tasks_.try_put_written(message.size(), {&task_message::write_to, &message, task.options.priority});
        if (put) {
            table_.wake_worker();
            return true;
        }
        if (put.error() != errc::queue_full && put.error() != errc::timed_out)
            throw error(static_cast<errc>(put.error().value()), "process_pool '" + options_.name + "'");
    } catch (...) {
        take_back();
        throw;
    }
    take_back();
    return false;
}

/// Into the backlog; unless the pool was closed or broken meanwhile.
void pool_core::put_off(pool_task& task, place where) {
    bool dropped = false;
    std::optional<std::string> broken;
    {
        guard lock(mutex_);
        if (task.where == pool_task::phase::ended) return; // that came first
        broken = broken_;
        dropped = closing_ == closing::dropping || closing_ == closing::terminating;
        if (broken || dropped) {
            ++(broken ? counts_.failed : counts_.cancelled);
            ended_one(task);
        } else {
            task.where = pool_task::phase::backlog;
            auto priority = task.options.priority;
            auto at = where == place::front ? backlog_.lower_bound(priority) : backlog_.upper_bound(priority);
            backlog_.emplace_hint(at, priority, &task);
            feed();
        }
    }
    if (broken)
        task.fail(failure(errc::pool_broken, "process_pool '" + options_.name + "': " + *broken));
    else if (dropped)
        task.drop();
    if (broken || dropped) return tell_about(task);
    // A worker may have looked before there was a backlog, and sleep by now. Then its last result is in the queue.
    while (collect() != 0) {
    }
}

/// Moves the backlog on, as far as there is room.
void pool_core::feed() {
    bool fed = false;
    while (!backlog_.empty() && !free_.empty() && !broken_) {
        auto first = backlog_.begin();
        pool_task& task = *first->second;
        pool_task::pointer keep = std::move(first->second);
        backlog_.erase(first);
        task_message message{
            {},
            task.message.size(),
            [](const void* from, std::span<std::byte> to) {
                std::ranges::copy(*static_cast<const std::vector<std::byte>*>(from), to.begin());
            },
            &task.message};
        enter(task, message);
        limit(task);
        auto put = tasks_.try_put_written(message.size(), {&task_message::write_to, &message, task.options.priority});
        if (put) {
            if (!task.options.idempotent) task.message = {};
            fed = true;
            continue;
        }
        static_cast<void>(leave(task.index));
        task.where = pool_task::phase::backlog;
        backlog_.emplace_hint(backlog_.lower_bound(task.options.priority), task.options.priority, std::move(keep));
        break;
    }
    if (fed) table_.wake_worker(); // who wakes the next one
    if (!backlog_.empty() && !table_.has_backlog()) table_.set_backlog(true);
}

// ------------------------------------------------------------------------------------------------- cancel and close

void pool_core::ended_one(pool_task& task) noexcept {
    task.where = pool_task::phase::ended;
    --outstanding_;
    unfinished_.store(outstanding_, std::memory_order_relaxed); // a hint
    if (outstanding_ == 0 && closing_ != closing::open) ring_keeper();
}

void pool_core::refuse(pool_task& task, std::exception_ptr why) noexcept {
    {
        guard lock(mutex_);
        if (task.where == pool_task::phase::ended) return;
        ++counts_.failed;
        ended_one(task);
    }
    task.fail(std::move(why));
    tell_about(task);
}

void pool_core::cancel(pool_task& task) noexcept {
    if (is_copy()) return;
    pool_task::pointer keep(&task);
    {
        guard lock(mutex_);
        switch (task.where) {
        case pool_task::phase::backlog: {
            auto [first, last] = backlog_.equal_range(task.options.priority);
            auto found = std::find_if(first, last, [&](auto& each) { return each.second.get() == &task; });
            if (found != last) backlog_.erase(found);
            break;
        }
        case pool_task::phase::under_way: {
            auto pending = task_word::of(task.generation, task_word::pending);
            if (!table_.entry_at(task.index).exchange(pending, task_word::of(task.generation, task_word::free))) return;
            static_cast<void>(leave(task.index));
            break;
        }
        default: return;
        }
        ++counts_.cancelled;
        ended_one(task);
    }
    task.drop();
    tell_about(task);
}

pool_core::task_list pool_core::take_unstarted() {
    task_list found;
    for (auto& [priority, task] : std::exchange(backlog_, {}))
        found.push_back(std::move(task));
    for (std::uint32_t i = 0; i < records_.size(); ++i) {
        record& r = records_[i];
        auto pending = task_word::of(r.generation, task_word::pending);
        if (r.task && table_.entry_at(i).exchange(pending, task_word::of(r.generation, task_word::free)))
            found.push_back(leave(i));
    }
    for (auto& task : found)
        ended_one(*task);
    return found;
}

void pool_core::close(closing how) noexcept {
    if (is_copy()) return;
    task_list dropped;
    {
        guard lock(mutex_);
        if (how <= closing_) return;
        closing_ = how;
        if (how != closing::draining) {
            dropped = take_unstarted();
            counts_.cancelled += dropped.size();
        }
        if (how == closing::terminating) tasks_.close_now();
    }
    for (auto& task : dropped) {
        task->drop();
        tell_about(*task);
    }
    ring_keeper();
}

void pool_core::join_keeper() noexcept {
    std::lock_guard lock(join_mutex_);
    if (!keeper_.joinable()) return;
    if (on_keeper() || is_copy())
        keeper_.detach();
    else
        keeper_.join();
}

process_pool_stats pool_core::stats() {
    guard lock(mutex_);
    process_pool_stats now = counts_;
    now.queued = outstanding_;
    now.backlog = backlog_.size();
    now.workers = there_.load(std::memory_order_relaxed);
    return now;
}

std::vector<pid_t> pool_core::pids() {
    guard lock(mutex_);
    std::vector<pid_t> found;
    for (auto& w : staff_)
        if (w.who && w.who->is_alive()) found.push_back(*w.who->pid());
    return found;
}

std::size_t pool_core::held_bytes() const {
    auto free = tasks_.free_bytes() + results_.free_bytes();
    return room_ - std::min(room_, free);
}

} // namespace plait::ipc::detail
