// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//               ┌──────────────────────────────┐ the connection took nothing of it
//               ▼                              │
//   add ──▶ not_sent ──send──▶ unanswered ─────┘
//                                  ├──answer──▶ answered, or shed (503)
//                                  └──lose────▶ lost: its bytes were sent, then the connection ended
//
// What became of each request. A request has an id, the number of its line here, and one outcome; a second answer, or an
// answer to what was not sent, is an error of the server or of the client, and is counted as such and not as an outcome.
//
// Thread safety: none.

#include <plait/runtime/clock.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace plait::load {

enum class outcome : std::uint8_t {
    not_sent,   ///< it came due, and no connection was free or could be opened before the end
    unanswered, ///< it was sent, and waits for its answer
    answered,   ///< with a status other than 503
    shed,       ///< 503: the server said that it has no room
    lost,       ///< it was sent, in full or in part, and the connection ended
};
[[nodiscard]] std::string_view to_string(outcome o) noexcept;

struct entry {
    time_point due;          ///< when the schedule wanted it sent: latencies begin here
    time_point ended{};      ///< when the answer was complete, or the connection ended
    std::int32_t worker = 0; ///< X-Worker-Pid of the answer; 0: none
    std::uint16_t status = 0;
    outcome what = outcome::not_sent;

    [[nodiscard]] duration latency() const noexcept { return ended - due; }
};

class ledger {
public:
    using id = std::uint64_t;

    /// Room for so many, so that adding one does not copy the others.
    void reserve(std::size_t count) { entries_.reserve(count + 1); }

    /// A request that is due at `due`, with the next id.
    id add(time_point due);

    // Each returns whether the request was in the state for it, and does nothing otherwise but count that.
    bool send(id which);
    bool take_back(id which); ///< not a byte of it was sent
    bool answer(id which, std::uint16_t status, std::int32_t worker, time_point when);
    bool lose(id which, time_point when);

    [[nodiscard]] const std::vector<entry>& entries() const noexcept { return entries_; }
    [[nodiscard]] const entry& operator[](id which) const { return entries_.at(static_cast<std::size_t>(which)); }
    [[nodiscard]] std::size_t count(outcome what) const noexcept { return counts_[static_cast<std::size_t>(what)]; }
    /// What should never happen: answers to requests that were not sent, or had an answer already.
    [[nodiscard]] std::size_t contradictions() const noexcept { return contradictions_; }

private:
    bool change(id which, outcome from, outcome to);

    std::vector<entry> entries_;
    std::size_t counts_[5] = {};
    std::size_t contradictions_ = 0;
};

} // namespace plait::load
