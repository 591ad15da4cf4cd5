// Copyright 2026 the plait authors. Boost Software License 1.0
#include "deferred.hpp"

#include <plait/runtime/detail/syscall.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include <sys/random.h>

namespace plait::intake {
namespace {

std::size_t size_of(const deferred_answer& a) { return a.lines.size() + a.body.size(); }

std::string random_id() {
    std::array<unsigned char, 16> bytes;
    // Up to 256 bytes come whole, or not at all: getrandom(2).
    plait::detail::checked([&] { return ::getrandom(bytes.data(), bytes.size(), 0); }, [] { return "getrandom(16)"; });
    std::string id;
    for (const unsigned char b : bytes)
        for (const int digit : {b >> 4, b & 15})
            id += "0123456789abcdef"[digit];
    return id;
}

} // namespace

std::optional<std::string> deferred_answers::begin() {
    forget_old();
    if (answers_.size() >= capacity_) return std::nullopt;
    std::string id = random_id();
    answers_.try_emplace(id);
    return id;
}

void deferred_answers::finish(const std::string& id, deferred_answer answer) {
    const auto found = answers_.find(id);
    if (found == answers_.end()) return;
    bytes_ += size_of(answer);
    found->second.answer = std::move(answer);
    found->second.finished = finished_.emplace(finished_.end(), std::chrono::steady_clock::now(), id);
    forget_old();
}

std::size_t deferred_answers::unfetched() const noexcept {
    return static_cast<std::size_t>(
        std::ranges::count_if(answers_, [](const auto& each) { return !each.second.answer.was_fetched; }));
}

deferred_answer* deferred_answers::find(const std::string& id) {
    forget_old();
    const auto found = answers_.find(id);
    return found == answers_.end() ? nullptr : &found->second.answer;
}

bool deferred_answers::forget(const std::string& id) {
    const auto found = answers_.find(id);
    if (found == answers_.end()) return false;
    bytes_ -= size_of(found->second.answer);
    if (found->second.finished) finished_.erase(*found->second.finished);
    answers_.erase(found);
    return true;
}

void deferred_answers::forget_old() {
    const time_point oldest = std::chrono::steady_clock::now() - keep_;
    while (!finished_.empty() && (finished_.front().first < oldest || (bytes_ > most_bytes && finished_.size() > 1))) {
        const std::string id = finished_.front().second;
        forget(id);
    }
}

} // namespace plait::intake
