// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once

#include <plait/runtime/event.hpp>

#include <cstddef>
#include <utility>

namespace plait::intake {

/// Counts somebody, as long as it lives, and says when he has gone.
class counted {
public:
    counted(std::size_t& count, event& ended) noexcept : count_(&count), ended_(&ended) { ++count; }
    counted(counted&& other) noexcept : count_(std::exchange(other.count_, nullptr)), ended_(other.ended_) {}
    counted& operator=(counted&&) = delete;
    ~counted() {
        if (!count_) return;
        --*count_;
        ended_->set();
    }

private:
    std::size_t* count_;
    event* ended_;
};

} // namespace plait::intake
