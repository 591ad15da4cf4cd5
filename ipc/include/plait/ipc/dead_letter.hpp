// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   [ queue ] ──receive──▶ lease ──rejected, or not acknowledged too often──▶ [ dead letters ] ──replay──▶ [ queue ]
//                                                                                  └──────────drop──▶ gone
//
// A message that nobody could deal with. It is in no one's way, keeps its bytes and its room in the queue, and waits for
// somebody to look at it: see byte_queue::dead_letters.

#include <cstddef>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace plait::ipc {

struct dead_letter {
    /// How its last delivery ended.
    enum class reason : unsigned char {
        holder_died = 1, ///< max_deliveries was reached, and the process that held it is dead
        expired,         ///< max_deliveries was reached, and the limit of the lease had passed
        evicted,         ///< max_deliveries was reached, and an operator took it from its holder
        released,        ///< max_deliveries was reached, and its holder gave it back
        rejected,        ///< its holder said so
        malformed,       ///< its bytes do not decode as the type that was asked for
        damaged,         ///< its header is not one that a put writes; its bytes cannot be told
    };

    std::vector<std::byte> bytes;
    unsigned deliveries; ///< how often it was handed out; stays at 255
    reason why;
    pid_t last_holder; ///< the process that held it last, as that process knew itself; 0: unknown
};

/// "the holder died", "the lease expired" and so on.
[[nodiscard]] std::string_view to_string(dead_letter::reason why) noexcept;

} // namespace plait::ipc
