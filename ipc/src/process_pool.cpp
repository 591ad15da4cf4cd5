// Copyright 2026 the plait authors. Boost Software License 1.0
#include "pool_core.hpp"

#include <plait/ipc/process_pool.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/wait.hpp>

#include <string>

namespace plait::ipc {

using detail::pool_core;

namespace {

pool_core::closing how(unstarted_tasks what) noexcept {
    return what == unstarted_tasks::run ? pool_core::closing::draining : pool_core::closing::dropping;
}

void close_and_wait(pool_core& core, pool_core::closing how, const char* what) {
    if (core.is_copy()) return; // nothing of it is here
    if (core.on_keeper())
        throw error(errc::resource_deadlock_would_occur, std::string(what) + " in a callback on the pool's own thread");
    core.close(how);
    core.ended().wait();
}

} // namespace

process_pool::process_pool(process_pool_options options, detail::worker_maker make_worker)
    : core_(std::make_shared<pool_core>(std::move(options), std::move(make_worker))) {
    try {
        core_->open();
    } catch (...) {
        core_->give_up();
        throw;
    }
}

process_pool::~process_pool() {
    core_->close(pool_core::closing::draining);
    if (core_->is_copy() || core_->on_keeper()) return;
    shield no_cancellation_point;
    try {
        core_->ended().wait();
    } catch (const error&) { // in a handler: the keeper has the core, and ends by itself
        return;
    }
    core_->join_keeper();
}

void process_pool::submit_task(detail::pool_task& task, const detail::task_plan& plan) { core_->submit(task, plan); }
void process_pool::fail_task(detail::pool_task& task) noexcept { task.fail(std::current_exception()); }

void process_pool::shutdown(unstarted_tasks what) { close_and_wait(*core_, how(what), "process_pool.shutdown"); }
void process_pool::terminate() { close_and_wait(*core_, pool_core::closing::terminating, "process_pool.terminate"); }
void process_pool::close(unstarted_tasks what) noexcept { core_->close(how(what)); }
event& process_pool::ended() const noexcept { return core_->ended(); }

void process_pool::resize(std::size_t min_workers, std::size_t workers) { core_->resize(min_workers, workers); }
std::size_t process_pool::size() const noexcept { return core_->most_workers(); }
const std::string& process_pool::name() const noexcept { return core_->options().name; }
process_pool_stats process_pool::stats() const { return core_->stats(); }
std::size_t process_pool::held_bytes() const { return core_->held_bytes(); }
std::vector<pid_t> process_pool::pids() const { return core_->pids(); }

} // namespace plait::ipc
