// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Several exceptions that were thrown beside each other, as one: what a scope throws if more than one of its coroutines
// failed. As Python's ExceptionGroup, and unlike it flat: a group holds no groups.

#include <plait/runtime/error.hpp>

#include <exception>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace plait {

/// Its code is errc::several_failures; its text says how many there are, and then what() of each.
class exception_group : public error {
public:
    explicit exception_group(std::vector<std::exception_ptr> exceptions);

    /// At least two, in the order in which they were thrown.
    [[nodiscard]] std::span<const std::exception_ptr> exceptions() const noexcept { return *exceptions_; }

private:
    std::shared_ptr<const std::vector<std::exception_ptr>> exceptions_; // copying an exception must not throw
};

namespace detail {

/// Gathers exceptions, each once, and throws them: one as it is, more as a group.
class exception_collector {
public:
    /// Those of a group one by one.
    void add(const std::exception_ptr& e);
    [[nodiscard]] bool empty() const noexcept { return exceptions_.empty(); }
    [[noreturn]] void rethrow() &&;

private:
    void add_one(const std::exception_ptr& e);

    std::vector<std::exception_ptr> exceptions_;
};

} // namespace detail
} // namespace plait
