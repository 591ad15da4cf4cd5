// Copyright 2026 the plait authors. Boost Software License 1.0
//
// How a process leaves a segment, what the last one does, and what the next first one finds.
//
//   file, in use      closed_in_order = 0      kills do not matter: the pages are the kernel's, and stay
//   the last leaves   sweep, msync, mark = 1, msync
//   the next enters   validate, forget everybody, boot and liveness file = mine, mark = 0, msync
//
// When the machine goes down while a file is in use, some pages have reached the disk and others have not, in no order,
// and nothing in them could tell. So the mark, which goes to the disk after everything else and is taken away before
// anything else, is the only proof: without it a file of another boot is refused. Taking it away is the one step by
// which a file becomes one of this boot; who is killed before leaves the mark, and the next one begins anew.
#include "attachment.hpp"
#include "registry.hpp"
#include "segment_place.hpp"
#include "validation.hpp"

#include <plait/runtime/detail/step.hpp>
#include <plait/runtime/error.hpp>

#include <chrono>

namespace plait::ipc::detail {
namespace {

// Who leaves does not wait for a stopped process. If that one is in, it is not for us to clear up; and if it never is,
// the next one who comes finds nobody alive.
constexpr duration patience = std::chrono::seconds(1);

} // namespace

void attachment::leave() noexcept {
    unsigned self = self_.load(std::memory_order_relaxed);
    try {
        bool clears_up = plan_.kind == segment_kind::file || !plan_.outlives_participants;
        if (plan_.kind == segment_kind::anonymous || !clears_up) {
            participants_.leave(self);
        } else {
            participant_table::housekeeping lock(participants_, patience);
            if (lock.owns() && !participants_.others_are_alive()) {
                if (plan_.kind == segment_kind::file)
                    close_in_order();
                else
                    segment_place::named({plan_.name, plan_.name_length}).unlink(id_, participants_.liveness());
                PLAIT_STEP("segment.leave.cleared");
            }
            participants_.leave(self);
        }
    } catch (const std::exception&) {
        // The names cannot be removed, or the disk is full or broken: then the file is not closed in order, and whoever
        // needs to know is told when he opens it. A destructor has nobody to tell.
        participants_.leave(self);
    }
    self_.store(no_participant, std::memory_order_relaxed);
    participants_.let_go();
    registry::instance().forget(id_, this);
}

void attachment::close_in_order() {
    sweep_locked();
    PLAIT_STEP("segment.close.swept");
    map_.flush(size());
    PLAIT_STEP("segment.close.flushed");
    header().closed_in_order = 1;
    map_.flush(sizeof(segment_header));
    PLAIT_STEP("segment.close.marked");
}

void attachment::reopen() {
    restart_objects();
    PLAIT_STEP("segment.reopen.restarted");
    participants_.forget_everybody();
    PLAIT_STEP("segment.reopen.forgotten");
    header().liveness_inode = participants_.liveness().id().second;
    header().boot = current_boot();
    PLAIT_STEP("segment.reopen.adopted");
    header().closed_in_order = 0;
    // Before anything else changes: no later state of the file may reach the disk with the mark.
    map_.flush(sizeof(segment_header));
    PLAIT_STEP("segment.reopen.done");
}

} // namespace plait::ipc::detail
