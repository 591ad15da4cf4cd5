// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Two lists of operations while somebody sleeps on the queue. In the first the victim does what lets the sleeper go on;
// in the second it waits itself, and with it somebody else, to whom what it was to have has to go.

#include "operations.hpp"
#include "sleeper.hpp"

#include <span>
#include <string>
#include <vector>

namespace crash {

struct waking_operation {
    const char* name;
    const test::child_function* child; ///< stops before its operation, so that the sleeper comes to wait in between
    awaited what;                      ///< what the sleeper waits for
    filling at_first;
    message_id subject;
    fate if_killed;
    fate if_completed;
    void (*before)(stage& s) = nullptr;
    plait::ipc::queue_order order = plait::ipc::queue_order::fifo;
    bool takes_what_is_next = false; ///< as in operation
};
[[nodiscard]] std::span<const waking_operation> waking_operations();

struct waiting_operation {
    const char* name;
    awaited what; ///< of the victim
    manner how;   ///< the same
    bool leaves;  ///< before there is anything for it
    plait::ipc::queue_order order = plait::ipc::queue_order::fifo;
};
[[nodiscard]] std::span<const waiting_operation> waiting_operations();

// One run each. `point` is how the victim dies, or stops; see prepare_to_die().

[[nodiscard]] end
kill_a_waker(const waking_operation& op, manner sleeper_s, const std::string& point, std::vector<std::string>& wrong);
/// Returns whether it stopped. The sleeper goes on before it does.
[[nodiscard]] bool
stop_a_waker(const waking_operation& op, manner sleeper_s, const std::string& point, std::vector<std::string>& wrong);

inline constexpr const char* asleep = "never"; ///< a point: it dies as soon as it sleeps
[[nodiscard]] end
kill_one_who_waits(const waiting_operation& op, const std::string& point, std::vector<std::string>& wrong);
[[nodiscard]] bool
stop_one_who_waits(const waiting_operation& op, const std::string& point, std::vector<std::string>& wrong);

} // namespace crash
