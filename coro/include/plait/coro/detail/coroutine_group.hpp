// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   group ──to reach──▶ member ⇄ member ⇄ member       each on the stack of its coroutine, beside the body
//     └── inside: how many have not ended
//
// Coroutines that are cancelled and waited for together, wherever they run: what scope and coro_pool are made of. A member
// that has ended leaves nothing behind.

#include <plait/coro/spawn.hpp>
#include <plait/runtime/detail/completion.hpp>
#include <plait/runtime/detail/raw_lock.hpp>
#include <plait/runtime/wait.hpp>

#include <cstddef>
#include <mutex>
#include <new>
#include <source_location>
#include <type_traits>
#include <utility>

namespace plait::detail {

class coroutine_group {
public:
    coroutine_group(const coroutine_group&) = delete;
    coroutine_group& operator=(const coroutine_group&) = delete;

    /// What a group knows of one coroutine. It stays as long as the stack.
    class member : public completion {
    public:
        member(coroutine_group& of, coroutine& who) noexcept;
        [[nodiscard]] coroutine& who() const noexcept { return who_; }

    private:
        friend class coroutine_group;

        coroutine_group& of_;
        coroutine& who_;
        bool is_listed_ = false;
        member* next_ = nullptr;
        member* previous_ = nullptr;
    };

protected:
    coroutine_group() noexcept = default;
    ~coroutine_group();

    /// plait::spawn of one that is inside the group; it is cancelled before it begins, if the group is closed. A `Member`
    /// notes what is to be known about it. If `takes_exceptions`, member_ended() looks after them.
    template <class Member, bool takes_exceptions, class F>
    auto spawn_member(F&& f, const spawn_options& options, const std::source_location& site) {
        static_assert(alignof(Member) <= alignof(void*));
        auto made = make_coroutine(std::forward<F>(f), options, site, sizeof(Member));
        start(*new (made.extra) Member(*this, made.self), takes_exceptions);
        return task<std::invoke_result_t<std::decay_t<F>&>>(made.self, made.value);
    }

    /// Counts one as inside who is none of the coroutines.
    void enter() noexcept;
    /// The group may go then.
    void leave() noexcept;

    /// Cancels those that are inside, each once.
    void cancel_members() noexcept;
    /// Those that start from now on are cancelled before they begin. False if that was so before.
    bool close() noexcept;
    /// With the lock held.
    [[nodiscard]] bool is_closed() const noexcept { return closed_; }

    /// Waits until nobody is inside.
    wait_state wait_until_empty(deadline until, cancellation c, const char* what);

    mutable raw_lock
        lock_; // guards what follows, and what those who derive from this put under it; taken after a coroutine's

private:
    /// Called on the coroutine's thread, under its lock, while it still counts as inside: must neither park nor call user
    /// code.
    virtual void member_ended(member& m, outcome how) noexcept = 0;

    void start(member& m, bool takes_exceptions) noexcept;
    void end_of(member& m, outcome how) noexcept;
    void list(member& m) noexcept;
    void unlist(member& m) noexcept;

    std::size_t inside_ = 0;
    bool closed_ = false;
    member* to_reach_ = nullptr; // by the next cancel_members()
    wait_list waiting_for_the_last_;
};

} // namespace plait::detail
