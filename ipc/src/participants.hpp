// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Who is in a segment, and who is alive.
//
// The judge is a POSIX record lock: participant i holds byte i of the liveness file while its process lives, and the
// kernel releases it at death, after the last thread of the process has stopped running.
//
//   claim:  lock byte i ──▶ slot i: free → taken        (a slot that is taken although its byte was free names a dead
//   leave:  slot i: taken → free ──▶ unlock byte i        participant that nobody has swept yet: try another)
//   sweep:  slot i is taken and byte i is not locked: dead. Give back what it held, then slot i: taken → free

#include "layout.hpp"
#include "liveness_file.hpp"

#include <utility>

namespace plait::ipc::detail {

class participant_table {
public:
    participant_table(participant_slot* slots, unsigned count, liveness_file liveness) noexcept
        : slots_(slots), count_(count), liveness_(std::move(liveness)) {}

    /// Takes a free index. Throws segment_error(too_many_participants).
    [[nodiscard]] unsigned claim();
    /// Gives the index back; nothing may be held in its name any more.
    void leave(unsigned index) noexcept;

    /// Whether a process other than this one is in. Exact under the housekeeping lock, if nobody enters without it.
    [[nodiscard]] bool others_are_alive() const { return liveness_.is_locked_by_others(0, count_); }
    /// Whether `index` names a participant that is dead and not swept yet. `self` is the caller's own index.
    [[nodiscard]] bool is_dead(unsigned index, unsigned self) const;
    /// The end of a sweep: the index may be used again. By the holder of the housekeeping lock.
    void bury(unsigned index) noexcept;
    /// Makes every slot free, whatever it says: nobody is in. Under the housekeeping lock.
    void forget_everybody() noexcept;

    [[nodiscard]] bool is_taken(unsigned index) const noexcept;
    [[nodiscard]] unsigned taken() const noexcept;
    [[nodiscard]] unsigned count() const noexcept { return count_; }
    [[nodiscard]] participant_slot& slot(unsigned index) const noexcept { return slots_[index]; }

    /// Closes the liveness file, if nobody else in this process uses it. Nothing but the destructor may follow.
    void let_go() noexcept { liveness_ = liveness_file(); }
    [[nodiscard]] const liveness_file& liveness() const noexcept { return liveness_; }

    /// The housekeeping lock of the segment.
    class housekeeping : public liveness_file::housekeeping {
    public:
        template <class... How>
        explicit housekeeping(participant_table& table, How... how)
            : liveness_file::housekeeping(table.liveness_, how...) {}
    };

private:
    participant_slot* slots_;
    unsigned count_;
    liveness_file liveness_;
};

} // namespace plait::ipc::detail
