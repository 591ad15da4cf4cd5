// Copyright 2026 the plait authors. Boost Software License 1.0
//
// How a process enters a segment that is there. All that can change meanwhile is looked at under the housekeeping lock:
// whether the name still leads to this memory, whether anybody is alive in it, and whether it can be proven whole. Whoever
// leaves last takes the names away under the same lock, so who enters finds them gone, or is found alive.
#include "attachment.hpp"
#include "registry.hpp"
#include "segment_place.hpp"
#include "validation.hpp"

#include <plait/runtime/detail/step.hpp>
#include <plait/runtime/error.hpp>

#include <algorithm>

#include <fcntl.h>
#include <unistd.h>

namespace plait::ipc::detail {
namespace {

using plait::detail::checked;
using plait::detail::unique_fd;

void set_close_on_exec(int fd) {
    checked(
        [&] { return ::fcntl(fd, F_SETFD, FD_CLOEXEC); }, [&] { return "fcntl(" + std::to_string(fd) + ", F_SETFD)"; });
}

/// A file that was written back with holes would commit memory when it is touched, which must not be then.
void commit_holes(int fd, const struct stat& status, std::size_t size) {
    if (static_cast<std::size_t>(status.st_blocks) * 512 < size) allocate(fd, 0, size);
}

void check_place(const segment_place& place, const segment_plan& plan) {
    if (plan.kind != place.kind()) refuse("it is of another kind than one that is opened in this way");
    if (std::string_view(plan.name, plan.name_length) != place.name())
        refuse("it was made under another name, '" + std::string(plan.name, plan.name_length) + "'");
}

/// What is refused says where it lies.
segment_header read_header(const segment_place& place, int fd) {
    try {
        auto header = detail::read_header(fd);
        check_place(place, header.plan);
        return header;
    } catch (const segment_error& e) {
        throw segment_error(static_cast<errc>(e.code().value()), place.path() + " is refused: " + e.what());
    }
}

constexpr duration remover_s_patience = std::chrono::seconds(1);

} // namespace

std::shared_ptr<attachment> attachment::enter(unique_fd memory, liveness_file liveness, const segment_header& header) {
    bool closed = header.closed_in_order != 0;
    if (closed && liveness.is_locked_by_others(0, header.plan.max_participants))
        refuse("it is marked as closed in order although somebody is in it");
    if (!closed && header.boot != current_boot())
        refuse(
            header.plan.kind == segment_kind::file
                ? "it was not closed in order before the machine went down, so nobody can tell how much of it had "
                  "reached the disk"
                : "it is of an earlier boot");
    if (!closed && header.liveness_inode != liveness.id().second)
        refuse("its liveness file is not the one that it was made with: who is in it cannot be told");
    commit_holes(memory.get(), status_of(memory.get()), header.size);

    mapped_file map(memory.get(), header.plan.max_bytes);
    auto entered = construct(std::move(memory), std::move(liveness), std::move(map), header.plan);
    entered->check_directory();
    if (closed) entered->reopen();
    entered->claim();
    PLAIT_STEP("segment.enter.claimed");
    return entered;
}

std::shared_ptr<attachment> attachment::attach(int memory_fd, int liveness_fd) {
    unique_fd memory(memory_fd);
    unique_fd live(liveness_fd);
    auto status = status_of(memory.get());
    bool is_file = S_ISREG(status_of(live.get()).st_mode);
    // From here on nobody closes it who must not: it may be the liveness file of a segment that this process is in.
    liveness_file liveness = liveness_file::adopt(std::move(live));
    auto make = [&] {
        if (!S_ISREG(status.st_mode)) refuse("the descriptor is not one of memory");
        if (!is_file) refuse("the descriptor of the liveness file is not one of a file");
        auto kind = read_header(memory.get()).plan.kind;
        int seals = ::fcntl(memory.get(), F_GET_SEALS);
        if (kind == segment_kind::anonymous && (seals == -1 || (seals & F_SEAL_SHRINK) == 0))
            refuse("the memory is not sealed against shrinking");
        set_close_on_exec(memory.get());
        set_close_on_exec(liveness_fd);
        // An anonymous segment is nobody's to clear up, so that entering it need not wait for anybody.
        std::optional<liveness_file::housekeeping> lock;
        if (kind != segment_kind::anonymous) lock.emplace(liveness);
        auto header = read_header(memory.get());
        return enter(std::move(memory), liveness, header);
    };
    bool made = false;
    auto there = registry::instance().find_or_make(id_of(status), make, made);
    if (made) there->start_ticking();
    // A descriptor that is the attachment's own is not ours to close. (Nor may any of its liveness file be: that goes
    // with the others.)
    if (memory.get() == there->memory_fd()) static_cast<void>(memory.release());
    return there;
}

attachment::look_result attachment::look_at(const segment_place& place, std::optional<uid_t> owner, intent what) {
    for (;;) {
        unique_fd memory = place.open(owner);
        if (!memory) return {};
        auto status = status_of(memory.get());
        bool gone = false, made = false;
        auto make = [&]() -> std::shared_ptr<attachment> {
            // Before there is a liveness file: what is no segment gets none.
            auto plan = read_header(place, memory.get()).plan;
            liveness_file liveness = place.open_liveness(status);
            PLAIT_STEP("segment.enter.liveness");
            liveness_file::housekeeping lock(liveness);
            PLAIT_STEP("segment.enter.locked");
            if (!place.leads_to(id_of(status)) || !place.leads_to(id_of(status), liveness)) {
                // Somebody took the names away before we had the lock, and we may have made the one file anew.
                gone = true;
                if (status_of(memory.get()).st_nlink == 0) place.unlink_liveness(id_of(status), liveness);
                return nullptr;
            }
            if (!plan.outlives_participants && !liveness.is_locked_by_others(0, plan.max_participants)) {
                place.unlink(id_of(status), liveness); // all who were in it were killed
                PLAIT_STEP("segment.enter.removed");
                gone = true;
                return nullptr;
            }
            if (what == intent::look) return nullptr;
            auto header = read_header(place, memory.get());
            return enter(std::move(memory), liveness, header);
        };
        auto there = registry::instance().find_or_make(id_of(status), make, made);
        if (made) there->start_ticking();
        if (!gone) return {there, true};
    }
}

std::shared_ptr<attachment> attachment::open_at(const segment_place& place, std::optional<uid_t> owner) {
    auto there = look_at(place, owner, intent::enter).there;
    if (there) return there;
    remove_leftovers(place.directory());
    throw error(errc::segment_not_found, place.path() + ": there is no segment of that name");
}

bool attachment::remove_at(const segment_place& place) {
    for (;;) {
        struct stat status {};
        if (::lstat(place.path().c_str(), &status) == -1) {
            if (errno == ENOENT) return false;
            plait::detail::throw_system_error(errno, "lstat(" + place.path() + ")");
        }
        liveness_file liveness;
        if (S_ISREG(status.st_mode)) {
            try {
                liveness = liveness_file::open(place.liveness_path(id_of(status)), false, 0, status.st_uid);
            } catch (const boost::system::system_error&) {
                // Whatever that is, it does not keep the owner from removing his file.
            }
        }
        std::optional<liveness_file::housekeeping> lock;
        // Somebody may have been stopped with the lock. Then we go without.
        if (liveness) lock.emplace(liveness, remover_s_patience);
        if (!place.leads_to(id_of(status))) continue;
        place.unlink(id_of(status), liveness);
        PLAIT_STEP("segment.remove.done");
        return true;
    }
}

} // namespace plait::ipc::detail
