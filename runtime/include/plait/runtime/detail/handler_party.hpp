// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// An asynchronous operation as a party. It is apart from <plait/runtime/async.hpp>, because a lock that was taken by a
// handler belongs to such a party, and headers of primitives stay free of Asio.

#include <plait/runtime/wait.hpp>

#include <string>

namespace plait::detail {

/// Whoever wakes it calls `resume`, which posts what is to be done.
class handler_party final : public party {
public:
    handler_party() noexcept : party(kind::handler, nullptr, &handler_party::go_on) {}

    void bind(void* operation, void (*resume)(void*) noexcept) noexcept {
        operation_ = operation;
        resume_ = resume;
    }
    [[nodiscard]] std::string describe() const override { return "a handler"; }

private:
    static void go_on(ready_item& item) noexcept {
        auto& self = static_cast<handler_party&>(item);
        self.resume_(self.operation_);
    }
    void block(waiter& w, deadline) noexcept override { w.refuse(); } // it never parks

    void* operation_ = nullptr;
    void (*resume_)(void*) noexcept = nullptr;
};

} // namespace plait::detail
