// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What one waits for at a future with a completion token; see async_operation in <plait/runtime/async.hpp>. The operations
// keep the state: the handle may go.

#include <plait/runtime/detail/future_state.hpp>

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <type_traits>
#include <utility>

namespace plait::detail {

/// Waits for the end.
template <class T>
struct async_future_wait : future_state_base::waiting {
    using signature = void(boost::system::error_code);

    explicit async_future_wait(boost::intrusive_ptr<future_state<T>> of_state)
        : waiting{of_state.get()}, state(std::move(of_state)) {}

    template <class Handler>
    void complete(Handler&& handler, boost::system::error_code ec) const {
        std::forward<Handler>(handler)(ec);
    }

    boost::intrusive_ptr<future_state<T>> state;
};

template <class T>
struct async_get_signature {
    using type = void(std::exception_ptr, T);
};
template <>
struct async_get_signature<void> {
    using type = void(std::exception_ptr);
};

/// Waits for the value, and moves it out or copies it.
template <class T, bool moves>
struct async_future_get : future_state_base::waiting {
    using signature = typename async_get_signature<T>::type;

    explicit async_future_get(boost::intrusive_ptr<future_state<T>> of_state)
        : waiting{of_state.get()}, state(std::move(of_state)) {}

    template <class Handler>
    void complete(Handler&& handler, boost::system::error_code ec) const {
        std::exception_ptr e = ec ? std::make_exception_ptr(boost::system::system_error(ec)) : state->failure();
        if constexpr (std::is_void_v<T>)
            std::forward<Handler>(handler)(std::move(e));
        else if (e)
            std::forward<Handler>(handler)(std::move(e), T());
        else if constexpr (moves)
            std::forward<Handler>(handler)(std::move(e), std::move(state->value()));
        else
            std::forward<Handler>(handler)(std::move(e), T(std::as_const(state->value())));
    }

    boost::intrusive_ptr<future_state<T>> state;
};

} // namespace plait::detail
