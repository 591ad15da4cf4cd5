// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The options of a spawn that happens later than it is asked for, with what they refer to.

#include <plait/coro/detail/task_operations.hpp>
#include <plait/coro/spawn.hpp>

#include <string>

namespace plait::detail {

class kept_spawn_options {
public:
    explicit kept_spawn_options(const spawn_options& options)
        : options_(options), name_(options.name), parent_(options.parent.get()) {}

    [[nodiscard]] spawn_options get() const noexcept {
        spawn_options options = options_;
        options.name = name_;
        return options;
    }

private:
    spawn_options options_;
    std::string name_;
    coroutine_ptr parent_;
};

} // namespace plait::detail
