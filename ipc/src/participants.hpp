// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Who is in a segment, and who is alive.
//
// The judge is a POSIX record lock: participant i holds byte i of the liveness file while its process lives, and the
// kernel releases it at death, after the last thread of the process has stopped running. Byte `max_participants` is the
// housekeeping lock: whoever holds it sweeps or makes objects, and a holder that dies blocks nobody.
//
//   claim:  lock byte i ──▶ slot i: free → taken        (a slot that is taken although its byte was free names a dead
//   leave:  slot i: taken → free ──▶ unlock byte i        participant that nobody has swept yet: try another)
//   sweep:  slot i is taken and byte i is not locked: dead. Give back what it held, then slot i: taken → free
//
// Record locks belong to a process, not to a thread or a descriptor. So the housekeeping lock goes with a mutex of the
// process, and no descriptor of the file may be closed while the process is attached: closing any drops all its locks.

#include "layout.hpp"

#include <plait/runtime/detail/syscall.hpp>

#include <mutex>
#include <vector>

namespace plait::ipc::detail {

class participant_table {
public:
    participant_table(participant_slot* slots, unsigned count, int liveness_fd) noexcept
        : slots_(slots), count_(count), fd_(liveness_fd) {}

    /// Takes a free index. Throws segment_error(too_many_participants).
    [[nodiscard]] unsigned claim();
    /// Gives the index back; nothing may be held in its name any more.
    void leave(unsigned index) noexcept;

    /// Whether `index` names a participant that is dead and not swept yet. `self` is the caller's own index.
    [[nodiscard]] bool is_dead(unsigned index, unsigned self) const;
    /// The end of a sweep: the index may be used again. By the holder of the housekeeping lock.
    void bury(unsigned index) noexcept;

    [[nodiscard]] unsigned taken() const noexcept;
    [[nodiscard]] unsigned count() const noexcept { return count_; }
    [[nodiscard]] participant_slot& slot(unsigned index) const noexcept { return slots_[index]; }

    /// The housekeeping lock, held while the object lives. Blocks: the thread.
    class housekeeping {
    public:
        explicit housekeeping(participant_table& table);
        /// Does not wait: `owns` tells whether it was free.
        housekeeping(participant_table& table, std::try_to_lock_t);
        ~housekeeping();
        housekeeping(const housekeeping&) = delete;
        housekeeping& operator=(const housekeeping&) = delete;
        [[nodiscard]] bool owns() const noexcept { return owns_; }

    private:
        participant_table& table_;
        std::unique_lock<std::mutex> lock_;
        bool owns_ = false;
    };

private:
    [[nodiscard]] bool lock_byte(unsigned byte, bool wait) const;
    void unlock_byte(unsigned byte) const noexcept;

    participant_slot* slots_;
    unsigned count_;
    int fd_;
    std::mutex housekeeping_mutex_;
};

} // namespace plait::ipc::detail
