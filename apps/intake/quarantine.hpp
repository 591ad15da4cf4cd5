// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Requests that have killed one worker after the other: kept, so that somebody can look at them, try them again, or delete
// them. In the front's memory: they end with it.
//
// Thread safety: none; it belongs to the front's loop.

#include "exchange.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace plait::intake {

struct quarantined {
    std::string id; ///< as the client was told
    std::string method, target;
    std::string head, body; ///< as the client sent them, without transfer coding
    std::string cause;
    std::chrono::system_clock::time_point since;
};

class quarantine {
public:
    static constexpr std::size_t most_bytes = 64 << 20;

    explicit quarantine(std::size_t capacity) noexcept : capacity_(capacity) {}
    void resize(std::size_t capacity);

    /// Those that have been there longest make room.
    void add(quarantined request);
    [[nodiscard]] const quarantined* find(std::string_view id) const noexcept;
    /// False: there is no such request.
    bool erase(std::string_view id) noexcept;

    [[nodiscard]] const std::deque<quarantined>& all() const noexcept { return kept_; }

private:
    void shrink();

    std::deque<quarantined> kept_;
    std::size_t capacity_;
    std::size_t bytes_ = 0;
};

} // namespace plait::intake
