// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once

#include <atomic>

namespace plait::stress {

/// Counts itself in, and out however it ends.
class head_count {
public:
    explicit head_count(std::atomic<long>& alive) noexcept : alive_(alive) { ++alive_; }
    head_count(const head_count&) = delete;
    head_count& operator=(const head_count&) = delete;
    ~head_count() { --alive_; }

private:
    std::atomic<long>& alive_;
};

} // namespace plait::stress
