// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What can be said of a coroutine from outside, as a copy: the coroutine may be gone by the time it is read.

#include <cstddef>
#include <cstdint>
#include <source_location>
#include <string>

namespace plait {

struct coroutine_info {
    enum class activity {
        ready,   ///< it waits for its turn only
        running, ///< it has the loop to itself now
        waiting, ///< it is parked, or was woken and has not had its turn yet
    };

    std::uint64_t id = 0;
    std::string name;          ///< may be empty
    std::source_location site; ///< where it was spawned
    activity state = activity::ready;
    const char* waits_for = nullptr; ///< what it is parked on, if it is: "task.join"
    std::uint64_t parent = 0;        ///< the id of its parent (see spawn_options), which may have ended; 0: none
};

/// `coroutine 17 'name', spawned at file:line under coroutine 3, waits for task.join`
[[nodiscard]] std::string to_string(const coroutine_info& info);

} // namespace plait
