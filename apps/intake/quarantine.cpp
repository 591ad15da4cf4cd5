// Copyright 2026 the plait authors. Boost Software License 1.0
#include "log.hpp"
#include "quarantine.hpp"

#include <algorithm>
#include <utility>

namespace plait::intake {
namespace {

std::size_t size_of(const quarantined& q) {
    return sizeof(q) + q.target.size() + q.head.size() + q.body.size() + q.cause.size();
}

} // namespace

void quarantine::resize(std::size_t capacity) {
    capacity_ = capacity;
    shrink();
}

void quarantine::add(quarantined request) {
    bytes_ += size_of(request);
    kept_.push_back(std::move(request));
    shrink();
}

void quarantine::shrink() {
    while (kept_.size() > capacity_ || (bytes_ > most_bytes && kept_.size() > 1)) {
        log("the quarantine is full; request " + kept_.front().id + " is forgotten");
        bytes_ -= size_of(kept_.front());
        kept_.pop_front();
    }
}

const quarantined* quarantine::find(std::string_view id) const noexcept {
    const auto found = std::ranges::find(kept_, id, &quarantined::id);
    return found == kept_.end() ? nullptr : &*found;
}

bool quarantine::erase(std::string_view id) noexcept {
    const auto found = std::ranges::find(kept_, id, &quarantined::id);
    if (found == kept_.end()) return false;
    bytes_ -= size_of(*found);
    kept_.erase(found);
    return true;
}

} // namespace plait::intake
