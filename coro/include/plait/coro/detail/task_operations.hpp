// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What one waits for at a task with a completion token; see async_operation in <plait/runtime/async.hpp>. The operations
// keep the coroutine from being freed.

#include <plait/coro/detail/coroutine.hpp>
#include <plait/runtime/error.hpp>

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace plait::detail {

/// What task::try_join gives of an rvalue.
template <class T>
struct tried_join {
    using type = std::optional<T>;
};
template <>
struct tried_join<void> {
    using type = bool;
};
template <class T>
using tried_join_t = typename tried_join<T>::type;

template <class T>
struct async_join_signature {
    using type = void(std::exception_ptr, T);
};
template <>
struct async_join_signature<void> {
    using type = void(std::exception_ptr);
};

inline void intrusive_ptr_add_ref(coroutine* c) noexcept { c->retain(); }
inline void intrusive_ptr_release(coroutine* c) noexcept { c->release(); }

using coroutine_ptr = boost::intrusive_ptr<coroutine>;

struct task_access {
    template <class Task>
    [[nodiscard]] static coroutine* coroutine_of(const Task& t) noexcept {
        return t.coroutine_;
    }
};

/// Waits for the end.
struct async_task_wait : coroutine::waiting {
    using signature = void(boost::system::error_code);

    explicit async_task_wait(coroutine& c) : waiting{&c}, keep(&c) {}

    template <class Handler>
    void complete(Handler&& handler, boost::system::error_code ec) const {
        std::forward<Handler>(handler)(ec);
    }

    coroutine_ptr keep;
};

/// Waits for the result, and copies it. The task is somebody else's.
template <class T>
struct async_task_join : coroutine::waiting {
    using signature = typename async_join_signature<T>::type;

    async_task_join(coroutine& c, std::add_pointer_t<T> (*result_of)(coroutine&))
        : waiting{&c}, keep(&c), result(result_of) {}

    template <class Handler>
    void complete(Handler&& handler, boost::system::error_code ec) const {
        std::exception_ptr e = ec ? std::make_exception_ptr(boost::system::system_error(ec)) : keep->failure();
        if constexpr (std::is_void_v<T>) {
            std::forward<Handler>(handler)(std::move(e));
        } else {
            if (!e && keep->result_is_gone()) e = std::make_exception_ptr(error(errc::no_state, "task.async_join"));
            if (e)
                std::forward<Handler>(handler)(std::move(e), T());
            else
                std::forward<Handler>(handler)(std::move(e), T(std::as_const(*result(*keep))));
        }
    }

    coroutine_ptr keep;
    std::add_pointer_t<T> (*result)(coroutine&);
};

} // namespace plait::detail
