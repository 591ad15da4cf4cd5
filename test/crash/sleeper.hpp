// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   stage ──▶ a sleeper waits ──▶ the victim is killed ──▶ the monitor's tick ──▶ is there what it waits for? it goes on
//                                                                                 otherwise it does when there is
//
// Those who really wait: a process of its own, whose thread, coroutine or handler waits for a message, for room, or for the
// end of all work. Its monitor works as everybody's does, once the victim has come to its point.

#include "scene.hpp"

#include <optional>
#include <string>

namespace crash {

enum class awaited { message, room, end_of_work };
enum class manner { thread, coroutine, handler };

[[nodiscard]] const char* name_of(awaited what) noexcept;
[[nodiscard]] const char* name_of(manner how) noexcept;

/// What a wait came to; also an exit code of a child. Below: the number of the message that was taken, or 0.
inline constexpr int found_it_closed = 250, found_no_time = 251;

struct wait_options {
    awaited what;
    manner how;
    bool elsewhere = false; ///< a handler is run by no io_context: the monitor thread hears the doorbell
    bool keeps = false;     ///< what it receives it does not acknowledge: that comes back
    message_id puts = 0;    ///< what it puts when there is room
    std::optional<plait::duration> limit = {}; ///< of a thread or a coroutine
};
int wait_in_child(plait::ipc::segment& s, const wait_options& o);

/// How often somebody has begun to wait on a queue for that, and was woken: it changes with each of both.
[[nodiscard]] std::uint32_t epoch_of(stage& s, awaited what) noexcept;
/// Until the main thread of `c` sleeps, having registered since the epoch was `before`; or the process has
/// stopped or ended.
/// Returns whether it sleeps.
bool wait_until_asleep(stage& s, awaited what, const test::child& c, std::uint32_t before);

/// Whether who waits for that can go on once the dead have been swept: by the words, which are the truth.
[[nodiscard]] bool is_there(stage& s, awaited what);
/// Whether he can go on now, beside somebody who is stopped: what is half done is there for nobody as yet.
[[nodiscard]] bool can_be_had(stage& s, awaited what);
/// Sees to it that one who waits can go on.
void provide(stage& s, awaited what);

class sleeper {
public:
    /// Returns when it sleeps.
    sleeper(stage& s, awaited what, manner how);

    [[nodiscard]] bool has_ended() const;
    /// Waits until it goes on, if there is what it waits for; otherwise provides that. Whoever hangs here was forgotten.
    void must_go_on();
    /// The same while somebody is stopped.
    void must_go_on_meanwhile();

private:
    void must_go_on_if(bool (*there)(stage& s, awaited what));

    stage& stage_;
    awaited what_;
    std::uint32_t before_;
    test::child process_;
};

} // namespace crash
