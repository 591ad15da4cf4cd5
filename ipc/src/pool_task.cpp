// Copyright 2026 the plait authors. Boost Software License 1.0
#include "pool_core.hpp"

#include <plait/ipc/detail/pool_task.hpp>
#include <plait/ipc/detail/task_callable.hpp>

#include <atomic>
#include <utility>

namespace plait::ipc {

void message_bytes::release() noexcept {
    bytes_ = {};
    if (!message_.valid()) return;
    try {
        message_.ack();
    } catch (...) { // an operator has taken it away
    }
}

namespace detail {

void throw_task_too_short() { throw decode_error(0, "the message of a task ends before its values do"); }
void throw_task_too_long() { throw decode_error(0, "the message of a task goes on behind its values"); }

void pool_task::fail(std::exception_ptr why) noexcept { state_->set_exception(std::move(why)); }
void pool_task::drop() noexcept { state_->set_cancelled(); }

void pool_task::collect_until_done() noexcept { pool_->collect_until_done(*this); }
void pool_task::call_keeper() noexcept { pool_->watch(*this); }
void pool_task::cancel_in_pool() noexcept { pool_->cancel(*this); }

namespace {
// As in callable.cpp: a list that only grows.
constinit std::atomic<const task_registration*> newest{nullptr};
} // namespace

task_registration::task_registration(task_entry e) noexcept : entry_(e), next_(newest.load(std::memory_order_relaxed)) {
    // release: whoever finds this registration sees its members; pairs with the acquire in is_registered()
    while (!newest.compare_exchange_weak(next_, this, std::memory_order_release, std::memory_order_relaxed)) {
    }
}

bool task_registration::is_registered(task_entry e) noexcept {
    for (auto* r = newest.load(std::memory_order_acquire); r != nullptr; r = r->next_)
        if (r->entry_ == e) return true;
    return false;
}

} // namespace detail
} // namespace plait::ipc
