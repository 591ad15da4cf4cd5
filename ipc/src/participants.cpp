// Copyright 2026 the plait authors. Boost Software License 1.0
#include "participants.hpp"

#include <plait/runtime/detail/step.hpp>
#include <plait/runtime/error.hpp>

#include <thread>

#include <fcntl.h>
#include <unistd.h>

namespace plait::ipc::detail {
namespace {

struct flock record(short type, unsigned byte) noexcept {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = static_cast<off_t>(byte);
    lock.l_len = 1;
    return lock;
}

std::string call(const char* command, unsigned byte) {
    return std::string("fcntl(liveness file, ") + command + ", byte " + std::to_string(byte) + ")";
}

} // namespace

bool participant_table::lock_byte(unsigned byte, bool wait) const {
    for (;;) {
        auto lock = record(F_WRLCK, byte);
        int result = plait::detail::retry_interrupted([&] { return ::fcntl(fd_, wait ? F_SETLKW : F_SETLK, &lock); });
        if (result == 0) return true;
        int code = errno;
        if (!wait && (code == EAGAIN || code == EACCES)) return false;
        // The kernel looks for circles between processes, not threads: two processes whose threads are busy with two
        // segments look like one to it. There is none: a thread holds one of these locks at a time.
        if (code != EDEADLK) plait::detail::throw_system_error(code, call(wait ? "F_SETLKW" : "F_SETLK", byte));
        std::this_thread::yield();
    }
}

void participant_table::unlock_byte(unsigned byte) const noexcept {
    auto lock = record(F_UNLCK, byte);
    ::fcntl(fd_, F_SETLK, &lock);
}

unsigned participant_table::claim() {
    for (unsigned i = 0; i < count_; ++i) {
        auto word = slots_[i].word.load(std::memory_order_relaxed);
        if ((word & 3) != participant_slot::free) continue;
        if (!lock_byte(i, false)) continue;
        PLAIT_STEP("participant.claim.locked");
        // Acquire: pairs with the release in bury() and leave(), so that we see the segment without the former holder.
        word = slots_[i].word.load(std::memory_order_acquire);
        std::uint64_t mine = (((word >> 2) + 1) << 2) | participant_slot::taken;
        if ((word & 3) == participant_slot::free &&
            slots_[i].word.compare_exchange_strong(word, mine, std::memory_order_acq_rel, std::memory_order_relaxed)) {
            PLAIT_STEP("participant.claim.taken");
            slots_[i].rung.store(0, std::memory_order_relaxed);
            slots_[i].doorbell.store(0, std::memory_order_relaxed);
            slots_[i].pid.store(static_cast<std::uint32_t>(::getpid()), std::memory_order_release);
            return i;
        }
        unlock_byte(i); // its former holder died and is not swept yet
    }
    throw segment_error(
        errc::too_many_participants, "segment: all " + std::to_string(count_) + " participant slots are taken");
}

void participant_table::leave(unsigned index) noexcept {
    bury(index);
    PLAIT_STEP("participant.leave.freed");
    unlock_byte(index);
}

void participant_table::bury(unsigned index) noexcept {
    auto word = slots_[index].word.load(std::memory_order_relaxed);
    // Release: whoever claims the index sees everything that was done for its former holder.
    slots_[index].word.store((word & ~std::uint64_t{3}) | participant_slot::free, std::memory_order_release);
}

bool participant_table::is_dead(unsigned index, unsigned self) const {
    // The kernel does not tell a process about its own locks.
    if (index == self) return false;
    auto word = slots_[index].word.load(std::memory_order_acquire);
    if ((word & 3) != participant_slot::taken) return false;
    auto lock = record(F_WRLCK, index);
    if (plait::detail::retry_interrupted([&] { return ::fcntl(fd_, F_GETLK, &lock); }) == -1)
        plait::detail::throw_system_error(errno, call("F_GETLK", index));
    if (lock.l_type != F_UNLCK) return false;
    // It may have left in order between the two looks, and another may have come. The same incarnation before and after
    // a moment at which the byte was not locked can only be dead.
    return slots_[index].word.load(std::memory_order_acquire) == word;
}

unsigned participant_table::taken() const noexcept {
    unsigned n = 0;
    for (unsigned i = 0; i < count_; ++i)
        n += (slots_[i].word.load(std::memory_order_relaxed) & 3) == participant_slot::taken;
    return n;
}

participant_table::housekeeping::housekeeping(participant_table& table)
    : table_(table), lock_(table.housekeeping_mutex_) {
    owns_ = table_.lock_byte(table_.count_, true);
}

participant_table::housekeeping::housekeeping(participant_table& table, std::try_to_lock_t)
    : table_(table), lock_(table.housekeeping_mutex_, std::try_to_lock) {
    owns_ = lock_.owns_lock() && table_.lock_byte(table_.count_, false);
}

participant_table::housekeeping::~housekeeping() {
    if (owns_) table_.unlock_byte(table_.count_);
}

} // namespace plait::ipc::detail
