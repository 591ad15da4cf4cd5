// Copyright 2026 the plait authors. Boost Software License 1.0
#include "task_table.hpp"

#include <plait/runtime/detail/futex.hpp>
#include <plait/runtime/detail/step.hpp>
#include <plait/runtime/error.hpp>

#include <algorithm>
#include <bit>
#include <limits>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace plait::ipc::detail {

namespace {

using plait::detail::checked;
using plait::detail::futex_scope;
using plait::detail::unique_fd;

unique_fd make_file(std::size_t bytes) {
    unique_fd file(checked(
        [] { return ::memfd_create("plait-pool", MFD_CLOEXEC | MFD_ALLOW_SEALING); },
        [] { return std::string("memfd_create(plait-pool)"); }));
    if (int failed = ::posix_fallocate(file.get(), 0, static_cast<off_t>(bytes)))
        plait::detail::throw_system_error(failed, "posix_fallocate(" + std::to_string(bytes) + ")");
    checked(
        [&] { return ::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL); },
        [] { return std::string("fcntl(plait-pool, F_ADD_SEALS)"); });
    return file;
}

unique_fd check(unique_fd file, std::size_t bytes) {
    struct stat status {};
    checked([&] { return ::fstat(file.get(), &status); }, [] { return std::string("fstat(plait-pool)"); });
    if (static_cast<std::size_t>(status.st_size) != bytes)
        throw segment_error(errc::segment_invalid, "the table of a process_pool has another size");
    return file;
}

} // namespace

// The file is zero at first: every entry is free, of generation 0.
task_table::task_table(std::size_t workers)
    : file_(make_file(sizeof(layout))),
      map_(file_.get(), sizeof(layout)),
      workers_(static_cast<std::uint32_t>(workers)) {
    memory().workers = workers_;
}

task_table::task_table(unique_fd file)
    : file_(check(std::move(file), sizeof(layout))),
      map_(file_.get(), sizeof(layout)),
      workers_(std::min(memory().workers, seats)) {}

void task_table::call() noexcept {
    memory().calls.fetch_add(1, std::memory_order_seq_cst);
    // Pairs with the store in sleep(): either we see that it may sleep, or it sees that the count has changed. It is not
    // for us to clear: we may be killed before the wake, and then our death is what the keeper is called for.
    if (memory().sleeping.load(std::memory_order_seq_cst))
        plait::detail::futex_wake(memory().calls, std::numeric_limits<int>::max(), futex_scope::shared);
}

void task_table::sleep(std::uint32_t calls, deadline until) noexcept {
    memory().sleeping.store(1, std::memory_order_seq_cst);
    plait::detail::futex_wait(memory().calls, calls, until, futex_scope::shared);
    memory().sleeping.store(0, std::memory_order_seq_cst);
}

// --------------------------------------------------------------------------------------------------------- workers

bool task_table::anybody_looks() const noexcept {
    for (std::size_t i = 0; i < words_in_use(); ++i)
        if (memory().looking[i].load(std::memory_order_seq_cst)) return true;
    return false;
}

void task_table::sleep_unless_rung(unsigned worker, std::uint32_t bell) noexcept {
    plait::detail::futex_wait(seat_of(worker).bell, bell, deadline::never(), futex_scope::shared);
}

void task_table::ring(unsigned worker) noexcept {
    auto& bell = seat_of(worker).bell;
    bell.fetch_add(1, std::memory_order_seq_cst);
    plait::detail::futex_wake(bell, 1, futex_scope::shared);
}

void task_table::wake_sleeper() noexcept {
    for (std::size_t i = 0; i < words_in_use(); ++i)
        while (auto sleepers = memory().asleep[i].load(std::memory_order_seq_cst)) {
            auto worker = static_cast<unsigned>(i * 64) + static_cast<unsigned>(std::countr_zero(sleepers));
            if (!clear(memory().asleep, worker)) continue; // it has got up, or somebody else wakes it
            PLAIT_STEP("pool.wake.chosen");
            start_looking(worker); // in its name: the next put need not wake another
            ring(worker);
            // It may have died meanwhile, and its bits have been cleared before we set one. seq_cst: pairs with vacate().
            if (seat_of(worker).occupied.load(std::memory_order_seq_cst)) return;
            stop_looking(worker);
        }
}

void task_table::ring_all() noexcept {
    for (unsigned worker = 0; worker < workers_; ++worker)
        if (seat_of(worker).occupied.load(std::memory_order_seq_cst)) ring(worker);
}

void task_table::occupy(unsigned worker) noexcept {
    seat& s = seat_of(worker);
    s.taken.store(0, std::memory_order_relaxed); // nobody sits there
    s.leaving.store(seat::stays, std::memory_order_relaxed);
    s.occupied.store(1, std::memory_order_seq_cst);
}

void task_table::vacate(unsigned worker) noexcept {
    seat_of(worker).occupied.store(0, std::memory_order_seq_cst);
    static_cast<void>(get_up(worker));
    stop_looking(worker);
}

} // namespace plait::ipc::detail
