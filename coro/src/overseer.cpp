// Copyright 2026 the plait authors. Boost Software License 1.0
#include "overseer.hpp"

#include <plait/runtime/detail/signals_blocked.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>

#include <pthread.h>

namespace plait::detail {
namespace {

time_point real_now() noexcept { return std::chrono::time_point_cast<duration>(std::chrono::steady_clock::now()); }

void print_stall(const stall& s) { std::fprintf(stderr, "plait: %s\n", to_string(s).c_str()); }

void print_and_terminate(const std::vector<coroutine_info>& alive) {
    std::fprintf(stderr, "plait: run_options::shutdown_timeout is over, and these have not ended:\n");
    for (const coroutine_info& info : alive)
        std::fprintf(stderr, "  %s\n", to_string(info).c_str());
    std::terminate();
}

} // namespace

overseer::overseer(const std::vector<std::unique_ptr<loop>>& loops, const run_options& options)
    : loops_(loops),
      shutdown_timeout_(options.shutdown_timeout),
      on_shutdown_timeout_(options.on_shutdown_timeout ? options.on_shutdown_timeout : print_and_terminate) {
    if (options.watchdog != duration::zero())
        watchdog_.emplace(loops, options.watchdog, options.on_stall ? options.on_stall : print_stall);
    if (!watchdog_ && !shutdown_timeout_) return;
    signals_blocked in_the_thread;
    thread_ = std::thread([this] { oversee(); });
    pthread_setname_np(thread_.native_handle(), "plait-overseer");
}

overseer::~overseer() {
    if (!thread_.joinable()) return;
    {
        std::lock_guard guard(lock_);
        over_ = true;
    }
    changed_.set();
    thread_.join();
}

void overseer::shutdown_begins() {
    if (!shutdown_timeout_) return;
    {
        std::lock_guard guard(lock_);
        if (std::exchange(shutting_down_, true)) return;
        shutdown_ends_ = saturating_add(real_now(), *shutdown_timeout_);
    }
    changed_.set();
}

void overseer::oversee() {
    while (!is_over()) {
        if (shutdown_is_late()) report_shutdown();
        if (watchdog_) watchdog_->look(real_now());
        static_cast<void>(changed_.wait_until(next_look()));
        changed_.clear(); // before what has changed is looked at: a change from now on sets it again
    }
}

bool overseer::is_over() {
    std::lock_guard guard(lock_);
    return over_;
}

time_point overseer::next_look() {
    std::lock_guard guard(lock_);
    return watchdog_ ? std::min(saturating_add(real_now(), watchdog_->interval()), shutdown_ends_) : shutdown_ends_;
}

bool overseer::shutdown_is_late() {
    std::lock_guard guard(lock_);
    if (real_now() < shutdown_ends_) return false;
    shutdown_ends_ = time_point::max();
    return true;
}

void overseer::report_shutdown() {
    std::vector<coroutine_info> alive;
    for (auto& l : loops_)
        for (coroutine_info& info : coroutine_scheduler::of(*l).list())
            alive.push_back(std::move(info));
    if (!alive.empty()) on_shutdown_timeout_(alive);
}

} // namespace plait::detail
