// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What a greenlet is besides the types of its values: a stack, and where control is. See greenlet.hpp.
//
//   stack of the one who waits                stack of greenlet a         stack of greenlet b
//   ┌ visit: where to go back ┐◀─────visit_──┤ …                           …
//   └─────────────────────────┘               a.leave(): back there        a.transfer(b): b has the visit now

#include <plait/coro/detail/coroutine.hpp>

#include <cstddef>
#include <exception>
#include <source_location>

namespace plait::detail {

class greenlet_core;
class stack_arena;

/// A stack that control leaves and comes back to, and, as it leaves, for whom.
struct greenlet_side : execution {
    greenlet_core* left_for = nullptr;
};

/// One stay of control in greenlets, in the frame of the one that waits for it to come back.
struct greenlet_visit {
    greenlet_side parent;
    party::surroundings around; ///< the parent's scopes and shields, in which the greenlets run
    greenlet_core* ended = nullptr;
    std::exception_ptr failure; ///< what the greenlet that has ended ended with
};

class greenlet_core {
public:
    greenlet_core(const greenlet_core&) = delete;
    greenlet_core& operator=(const greenlet_core&) = delete;

    [[nodiscard]] bool has_begun() const noexcept { return progress_ != progress::fresh; }
    [[nodiscard]] bool has_ended() const noexcept { return progress_ == progress::ended; }

    /// Throws errc::not_suspended unless control can be given to it by the caller.
    void require_suspended() const;
    /// Throws errc::not_suspended unless the caller runs on this greenlet's stack; greenlet_exit if it is being unwound;
    /// errc::invalid_argument if it has entered a scope or shield that it has not left.
    void require_running_here() const;

    /// Gives control to it, and returns when it comes back, perhaps from another greenlet. Throws what that has ended with.
    void enter(greenlet_visit& v);
    /// From its own stack: gives control back to the one that waits. Returns when it gets control again; throws what it
    /// is to throw then.
    void leave();
    /// From its own stack: gives control to `other`, otherwise as leave().
    void transfer(greenlet_core& other);
    /// It will throw `failure` when it gets control. One that has not begun ends at that.
    void set_thrown_into(std::exception_ptr failure) noexcept { thrown_into_ = std::move(failure); }

protected:
    greenlet_core(std::size_t stack_bytes, const std::source_location& site);
    virtual ~greenlet_core();

    /// Unwinds its stack if it is suspended. By the destructor of the derived class, which still has the callable.
    void unwind() noexcept;
    [[nodiscard]] greenlet_visit& current_visit() noexcept { return *visit_; }

private:
    enum class progress { fresh, begun, ended };

    /// Calls the callable, on the greenlet's stack.
    virtual void run() = 0;
    virtual void drop_callable() noexcept = 0;

    void run_to_end() noexcept;
    void receive();
    void switch_from(greenlet_side& from, greenlet_side& to, bool for_good = false) noexcept;
    void free_stack() noexcept;

    stack_arena& arena_;
    char* stack_top_;
    greenlet_side own_;
    greenlet_visit* visit_ = nullptr; // while it runs, or waits for a greenlet that it has entered
    exception_state* thread_exceptions_ = nullptr;
    int* thread_errno_ = nullptr; // by which it also knows its thread
    std::exception_ptr thrown_into_;
    progress progress_ = progress::fresh;
    bool unwinding_ = false;
    std::source_location site_;
};

} // namespace plait::detail
