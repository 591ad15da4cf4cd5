// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/error.hpp>
#include <plait/runtime/once.hpp>

namespace plait {

struct once_flag::entry {
    static constexpr const char* what = "call_once";

    once_flag& of;
    bool calls = false;

    [[nodiscard]] detail::raw_lock& lock() const noexcept { return of.lock_; }
    [[nodiscard]] detail::wait_list& waiters() const noexcept { return of.waiters_; }
    bool attempt(std::unique_lock<detail::raw_lock>&, detail::party& who, bool) {
        if (of.is_done()) return true;
        if (of.caller_ == &who) throw error(errc::resource_deadlock_would_occur, "call_once inside its own function");
        if (of.caller_) return false;
        of.caller_ = &who;
        return calls = true;
    }
};

bool once_flag::enter() {
    entry operation{*this};
    detail::throw_unless_woken(detail::perform(operation, deadline::never()), entry::what);
    return operation.calls;
}

void once_flag::leave(bool done) noexcept {
    std::unique_lock guard(lock_);
    caller_ = nullptr;
    if (!done) {
        waiters_.wake_one(guard);
        return;
    }
    // release; pairs with the acquire in is_done()
    done_.store(true, std::memory_order_release);
    waiters_.wake_all();
}

} // namespace plait
