// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The handle of a coroutine that something else owns: a scope or a coro_pool, which cancels it and waits for it. Whether the
// handle is kept, dropped, or outlives its owner changes nothing for the coroutine. All members are those of task, which
// says what they do; whatever takes a task, as gather does, takes this as well.
//
// Thread safety: as of task.

#include <plait/coro/task.hpp>

#include <utility>

namespace plait {

template <class T>
class scoped_task : private task<T> {
public:
    /// An empty handle.
    scoped_task() noexcept = default;
    scoped_task(scoped_task&&) noexcept = default;
    /// Drops what it held before.
    scoped_task& operator=(scoped_task&& other) noexcept {
        if (this == &other) return *this;
        let_go();
        task<T>::operator=(std::move(other));
        return *this;
    }
    ~scoped_task() { let_go(); }

    using task<T>::valid;
    using task<T>::join;
    using task<T>::join_for;
    using task<T>::join_until;
    using task<T>::try_join;
    using task<T>::wait;
    using task<T>::wait_for;
    using task<T>::wait_until;
    using task<T>::async_wait;
    using task<T>::is_done;
    using task<T>::is_cancelled;
    using task<T>::cancel;
    using task<T>::name;
    using task<T>::id;

    template <class Token>
    auto async_join(Token&& token) const {
        const task<T>& self = *this;
        return self.async_join(std::forward<Token>(token));
    }

    /// For those who own coroutines.
    explicit scoped_task(task<T>&& of) noexcept : task<T>(std::move(of)) {}

private:
    friend struct detail::completion_access;
    friend struct detail::task_access;

    void let_go() noexcept {
        if (valid()) task<T>::detach();
    }
};

} // namespace plait
