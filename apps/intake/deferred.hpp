// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   Prefer: respond-async ─▶ 202, Location: /.intake/answers/ID     GET it: 202 until the answer is there, then the answer
//
// The answers that clients will fetch (RFC 7240 §4.1). In the front's memory: they end with it. Whoever knows the id may fetch
// the answer; it is 128 bits from the system's source of randomness.
//
// Thread safety: none; it belongs to the front's loop.

#include <plait/runtime/clock.hpp>

#include <chrono>
#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace plait::intake {

struct deferred_answer {
    unsigned status = 0; ///< 0: there is none yet
    std::string lines;   ///< whole header lines
    std::string body;
    bool was_fetched = false;
};

class deferred_answers {
public:
    static constexpr std::string_view path = "/.intake/answers/";
    static constexpr std::size_t most_bytes = 256 << 20; ///< of answers that are there; the oldest make room

    deferred_answers(std::size_t capacity, std::chrono::milliseconds keep) noexcept
        : capacity_(capacity), keep_(keep) {}
    void resize(std::size_t capacity, std::chrono::milliseconds keep) noexcept {
        capacity_ = capacity;
        keep_ = keep;
    }

    /// A new id; nothing if there is no place, even though answers whose time is over are forgotten.
    [[nodiscard]] std::optional<std::string> begin();
    /// The answer is there. Does nothing if nobody wants it any more.
    void finish(const std::string& id, deferred_answer answer);
    [[nodiscard]] deferred_answer* find(const std::string& id);
    /// Whatever comes is not wanted. False: there is no such id.
    bool forget(const std::string& id);

    [[nodiscard]] std::size_t size() const noexcept { return answers_.size(); }
    /// Answers that nobody has fetched.
    [[nodiscard]] std::size_t unfetched() const noexcept;

private:
    struct entry {
        deferred_answer answer;
        std::optional<std::list<std::pair<time_point, std::string>>::iterator> finished; ///< where it stands there
    };
    void forget_old();

    std::size_t capacity_;
    std::chrono::milliseconds keep_;
    std::unordered_map<std::string, entry> answers_;
    std::list<std::pair<time_point, std::string>> finished_; // the oldest first
    std::size_t bytes_ = 0;
};

} // namespace plait::intake
