// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   holder ── dies ──▶ the kernel marks the mutex ──▶ the next holder: recover(), and only then its own work
//
// A mutex in shared memory that survives its holder. A lock is asked for together with what has to be done when the
// former holder died; so nobody can forget it, and whoever dies in recovery leaves it to the next one. It is for short
// sections that allocate nothing, call no user code and make no system call: who stops in one holds up the others, until
// their deadlines. It excludes threads as well as processes, is not recursive, and belongs to the thread that has it.
//
// It lies in memory that all users map, and may be mapped anywhere. What others scribble over it is found out as far as
// that goes (segment_error); the links by which glibc finds a held mutex lie in it, too, and are not protected.
//
// Memory that held one is never used for anything else while the segment exists, and is mapped for as long as any thread
// may be in here: a thread that has let go of the lock has still to take it off the list of what the kernel looks at when it
// dies, and whatever lies there by then could be changed (glibc bug 14485). A thread within an operation has a handle, which
// keeps the mapping: see docs/decisions/0011-orders-under-a-lock.md.

#include <plait/runtime/clock.hpp>

#include <optional>
#include <type_traits>
#include <utility>

#include <pthread.h>

namespace plait::ipc::detail {

class robust_mutex {
public:
    /// In memory that nobody else uses yet. Throws system_error.
    robust_mutex() { reinitialise(); }
    robust_mutex(const robust_mutex&) = delete;
    robust_mutex& operator=(const robust_mutex&) = delete;

    /// Makes it free, whatever it was: for the first who enters memory of another boot, whose holders mean nothing now.
    /// Nobody else may use it. Throws system_error.
    void reinitialise();

    /// The lock, held for as long as the object lives. On one thread.
    class [[nodiscard]] guard {
    public:
        guard(guard&& other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
        guard& operator=(guard&&) = delete;
        ~guard() {
            if (held_) held_->release();
        }

    private:
        friend class robust_mutex;
        explicit guard(robust_mutex& held) noexcept : held_(&held) {}
        robust_mutex* held_;
    };

    /// Waits for the lock. If its last holder died with it, calls `recover` first; `recover` does not throw.
    /// Blocks: the thread. Throws: segment_error(segment_invalid) if the mutex is damaged.
    template <class Recover>
    [[nodiscard]] guard lock(Recover recover) {
        return std::move(*held_after(acquire(), recover));
    }
    /// The same, at most until `until`, by the steady clock; then nothing.
    template <class Recover>
    [[nodiscard]] std::optional<guard> lock_until(deadline until, Recover recover) {
        return held_after(acquire_until(until), recover);
    }
    /// Does not wait.
    template <class Recover>
    [[nodiscard]] std::optional<guard> try_lock(Recover recover) {
        return held_after(try_acquire(), recover);
    }

private:
    enum class outcome { locked, owner_died, not_locked };
    [[nodiscard]] outcome acquire();
    [[nodiscard]] outcome acquire_until(deadline until);
    [[nodiscard]] outcome try_acquire();
    void make_consistent() noexcept;
    void release() noexcept;
    void check_kind() const;

    template <class Recover>
    [[nodiscard]] std::optional<guard> held_after(outcome how, Recover& recover) {
        static_assert(std::is_nothrow_invocable_v<Recover&>, "whoever cannot recover must not go on");
        if (how == outcome::not_locked) return std::nullopt;
        if (how == outcome::owner_died) {
            recover();
            make_consistent(); // after it: who dies before leaves the recovery to the next holder
        }
        return guard(*this);
    }

    pthread_mutex_t native_;
};

} // namespace plait::ipc::detail
