// Copyright 2026 the plait authors. Boost Software License 1.0
#include "child.hpp"

#include <plait/ipc/callable.hpp>
#include <plait/runtime/entry.hpp>

#include <atomic>

namespace plait::ipc::detail {

namespace {
// The registrations form a list that only grows: static initialisers add to it, in any order, also those of a library
// that is loaded later by another thread.
constinit std::atomic<const callable_registration*> newest{nullptr};
} // namespace

callable_registration::callable_registration(callable_entry e) noexcept
    : entry_(e), next_(newest.load(std::memory_order_relaxed)) {
    // release: whoever finds this registration sees its members; pairs with the acquire in is_registered()
    while (!newest.compare_exchange_weak(next_, this, std::memory_order_release, std::memory_order_relaxed)) {
    }
    plait::detail::child_entry = &run_as_child;
}

bool callable_registration::is_registered(callable_entry e) noexcept {
    for (auto* r = newest.load(std::memory_order_acquire); r != nullptr; r = r->next_)
        if (r->entry_ == e) return true;
    return false;
}

} // namespace plait::ipc::detail
