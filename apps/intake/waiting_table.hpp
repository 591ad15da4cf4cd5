// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   request id  =  [ how often the place was used : 44 | place : 20 ]
//
// Those who wait for an answer, found by request id: an index and a comparison, no hashing and no memory for a request
// that comes and goes. An id is never given twice, so a second answer to a request finds nobody.
//
// Thread safety: none; it belongs to the front's loop.

#include "message.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace plait::intake {

template <class Waiting>
class waiting_table {
public:
    static constexpr unsigned place_bits = 20;
    static constexpr std::size_t most = std::size_t{1} << place_bits;

    /// `w` stays until it is taken out. Nothing if `most` are waiting.
    [[nodiscard]] std::optional<request_id> add(Waiting& w) {
        if (free_.empty()) {
            if (places_.size() == most) return std::nullopt;
            // The first use is 1, so that 0 is no id.
            places_.push_back({nullptr, (request_id{1} << place_bits) | places_.size()});
            free_.push_back(static_cast<std::uint32_t>(places_.size() - 1));
        }
        place& p = places_[free_.back()];
        free_.pop_back();
        p.waiting = &w;
        ++size_;
        return p.id;
    }

    /// Takes out whoever waits for `id`; nullptr if nobody does, or does any more.
    Waiting* take(request_id id) {
        const std::size_t index = static_cast<std::size_t>(id & (most - 1));
        if (index >= places_.size()) return nullptr;
        place& p = places_[index];
        if (p.id != id || !p.waiting) return nullptr;
        Waiting* w = p.waiting;
        p.waiting = nullptr;
        p.id += most;
        free_.push_back(static_cast<std::uint32_t>(index));
        --size_;
        return w;
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
    struct place {
        Waiting* waiting;
        request_id id; // the current, or, while nobody waits here, the next
    };
    std::vector<place> places_;
    std::vector<std::uint32_t> free_; // last in, first out: the places in use stay few and warm
    std::size_t size_ = 0;
};

} // namespace plait::intake
