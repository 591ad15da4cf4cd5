// Copyright 2026 the plait authors. Boost Software License 1.0
#include "children.hpp"
#include "process_state.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>

#include <signal.h>
#include <unistd.h>

namespace plait::ipc::detail {

children& children::of_this_process() {
    static children* const the_children = new children; // never destroyed: used until the very end
    return *the_children;
}

children::children() : owner_(::getpid()) {
    std::atexit([] { of_this_process().end_of_program(); });
}

void children::add(std::shared_ptr<process_state> child) {
    std::lock_guard lock(mutex_);
    children_.push_back(std::move(child));
}

void children::remove(const process_state* child) noexcept {
    std::shared_ptr<process_state> removed; // destroyed without the lock
    std::lock_guard lock(mutex_);
    auto found = std::find_if(children_.begin(), children_.end(), [&](const auto& c) { return c.get() == child; });
    if (found == children_.end()) return;
    removed = std::move(*found);
    children_.erase(found);
}

std::vector<std::shared_ptr<process_state>> children::all() const {
    std::lock_guard lock(mutex_);
    return {children_.begin(), children_.end()};
}

namespace {
std::atomic<bool> ending{false};
}

bool children::is_ending() noexcept { return ending.load(std::memory_order_relaxed); } // a moment late is as good

void children::end_of_program() {
    if (::getpid() != owner_) return;
    ending.store(true, std::memory_order_relaxed);
    for (const auto& child : all())
        if (child->ends_with_parent()) child->send_signal(SIGTERM);
    // A child that ends may have been the reason for another thread to start the next one, so look again.
    while (auto child = first_awaited())
        child->wait_until_ended();
}

void children::forget_after_fork() noexcept {
    new (&mutex_) std::mutex; // whoever held it does not exist here
    owner_ = ::getpid();
    for (const auto& child : children_)
        child->forget_after_fork();
    children_.clear();
}

std::shared_ptr<process_state> children::first_awaited() const {
    std::lock_guard lock(mutex_);
    auto found = std::find_if(
        children_.begin(), children_.end(), [](const auto& c) { return !c->ends_with_parent() && !c->is_detached(); });
    return found == children_.end() ? nullptr : *found;
}

} // namespace plait::ipc::detail
