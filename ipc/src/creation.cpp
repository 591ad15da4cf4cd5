// Copyright 2026 the plait authors. Boost Software License 1.0
//
// How a segment comes into being. A named one, or one over a file, is complete before it has a name, and its creator is
// in it: linkat() is the one step by which it exists. A creator that is killed before leaves at most an empty liveness
// file, which the next one removes.
#include "attachment.hpp"
#include "registry.hpp"
#include "segment_place.hpp"
#include "validation.hpp"

#include <plait/runtime/detail/step.hpp>
#include <plait/runtime/error.hpp>

#include <algorithm>
#include <cstring>
#include <new>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace plait::ipc::detail {
namespace {

using plait::detail::checked;
using plait::detail::unique_fd;

std::size_t page_size() { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }

[[noreturn]] void refuse_option(const char* field, std::size_t value, const std::string& range) {
    throw error(
        errc::invalid_argument,
        std::string("segment_options::") + field + " is " + std::to_string(value) + "; it must be " + range);
}

void check(const segment_options& o) {
    if (o.max_participants < 1 || o.max_participants > participants_limit)
        refuse_option("max_participants", o.max_participants, "1 to " + std::to_string(participants_limit));
    std::size_t least = std::max(segment_minimum, objects_offset(o.max_participants) + page_size());
    if (o.bytes < least || o.bytes > segment_limit)
        refuse_option(
            "bytes", o.bytes, "at least " + std::to_string(least) + " with so many participants, and at most 64 TiB");
    if (o.max_bytes != 0 && (o.max_bytes < o.bytes || o.max_bytes > segment_limit))
        refuse_option("max_bytes", o.max_bytes, "0, or at least `bytes` and at most 64 TiB");
    if ((o.mode & ~0666U) != 0 || (o.mode & 0600U) != 0600U)
        refuse_option("mode", o.mode, "reading and writing for the owner, and perhaps for others (0600 to 0666)");
}

segment_plan plan_of(segment_kind kind, std::string_view name, const segment_options& o) {
    segment_plan plan{};
    plan.magic = segment_magic;
    plan.version = segment_version;
    plan.max_participants = o.max_participants;
    plan.layout_hash = segment_layout_hash;
    plan.kind = kind;
    plan.outlives_participants =
        kind == segment_kind::file || (kind == segment_kind::named && o.lifetime == segment_lifetime::until_removed);
    plan.objects = objects_offset(o.max_participants);
    plan.max_bytes = round_up(std::max(o.bytes, o.max_bytes), page_size());
    plan.name_length = static_cast<std::uint32_t>(name.size());
    std::ranges::copy(name, plan.name);
    plan.checksum = checksum_of(plan);
    return plan;
}

unique_fd make_memfd(const char* name, unsigned flags) {
    return unique_fd(checked(
        [&] { return ::memfd_create(name, flags | MFD_CLOEXEC); },
        [&] { return std::string("memfd_create(") + name + ")"; }));
}

[[noreturn]] void throw_exists(const segment_place& place, const std::string& but = {}) {
    throw error(errc::segment_exists, place.path() + " exists already" + but);
}

} // namespace

void attachment::format(const mapped_file& map, const segment_plan& plan, std::size_t bytes, ino_t liveness_inode) {
    auto* header = new (map.data()) segment_header{};
    header->plan = plan;
    header->size = bytes;
    header->liveness_inode = liveness_inode;
    header->boot = current_boot();
}

std::shared_ptr<attachment> attachment::create(const segment_options& options) {
    check(options);
    auto plan = plan_of(segment_kind::anonymous, {}, options);
    std::size_t bytes = round_up(options.bytes, page_size());

    unique_fd memory = make_memfd("plait-segment", MFD_ALLOW_SEALING);
    PLAIT_STEP("segment.create.unnamed");
    allocate(memory.get(), 0, bytes);
    PLAIT_STEP("segment.create.allocated");
    // Nobody can take the memory away from under those who map it; and nobody can seal it against writing.
    checked(
        [&] { return ::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL); },
        [] { return std::string("fcntl(segment, F_ADD_SEALS)"); });
    auto liveness = liveness_file::adopt(make_memfd("plait-liveness", 0));
    mapped_file map(memory.get(), plan.max_bytes);
    format(map, plan, bytes, liveness.id().second);
    PLAIT_STEP("segment.create.formatted");

    auto status = status_of(memory.get());
    bool made = false;
    auto make = [&] {
        auto fresh = construct(std::move(memory), std::move(liveness), std::move(map), plan);
        fresh->claim();
        PLAIT_STEP("segment.create.claimed");
        return fresh;
    };
    auto fresh = registry::instance().find_or_make(id_of(status), make, made);
    fresh->start_ticking();
    return fresh;
}

std::shared_ptr<attachment> attachment::make_at(const segment_place& place, const segment_options& options) {
    auto plan = plan_of(place.kind(), place.name(), options);
    std::size_t bytes = round_up(options.bytes, page_size());

    unique_fd memory = place.make_unnamed(static_cast<mode_t>(options.mode));
    PLAIT_STEP("segment.create.unnamed");
    allocate(memory.get(), 0, bytes);
    PLAIT_STEP("segment.create.allocated");
    mapped_file map(memory.get(), plan.max_bytes);
    auto status = status_of(memory.get());

    bool made = false;
    auto make = [&]() -> std::shared_ptr<attachment> {
        liveness_file liveness = place.open_liveness(status);
        PLAIT_STEP("segment.create.liveness");
        // Somebody who cleared up may have taken it for a leftover before we had a lock on it; and if others have it
        // locked, it is not ours at all: their memory has the same inode number.
        liveness_file::housekeeping lock(liveness);
        if (!place.leads_to(id_of(status), liveness) || liveness.is_locked_by_others(0, plan.max_participants))
            return nullptr;
        format(map, plan, bytes, liveness.id().second);
        PLAIT_STEP("segment.create.formatted");
        auto fresh = construct(std::move(memory), liveness, std::move(map), plan);
        fresh->self_.store(fresh->participants_.claim(), std::memory_order_relaxed);
        PLAIT_STEP("segment.create.claimed");
        auto withdraw = [&] {
            place.unlink_liveness(id_of(status), liveness);
            fresh->participants_.leave(fresh->self_.exchange(no_participant, std::memory_order_relaxed));
        };
        try {
            if (place.link(fresh->memory_.get())) {
                PLAIT_STEP("segment.create.linked");
                return fresh;
            }
        } catch (...) {
            withdraw();
            throw;
        }
        withdraw(); // somebody was faster
        return nullptr;
    };
    auto fresh = registry::instance().find_or_make(id_of(status), make, made);
    if (fresh) fresh->start_ticking();
    return fresh;
}

std::shared_ptr<attachment> attachment::create_at(const segment_place& place, const segment_options& options) {
    check(options);
    remove_leftovers(place.directory());
    for (;;) {
        bool exists = true;
        try {
            exists = look_at(place, options.owner, intent::look).exists;
        } catch (const segment_error& e) {
            throw_exists(place, std::string(", but is of no use: ") + e.what());
        }
        if (exists) throw_exists(place);
        if (auto made = make_at(place, options)) return made;
    }
}

std::shared_ptr<attachment> attachment::open_or_create_at(const segment_place& place, const segment_options& options) {
    check(options);
    remove_leftovers(place.directory());
    for (;;) {
        if (auto there = look_at(place, options.owner, intent::enter).there) return there;
        try {
            if (auto made = make_at(place, options)) return made;
        } catch (const segment_error& e) {
            // Perhaps it was the winner of a race who took the last of the room.
            if (e.code() != errc::segment_full) throw;
            if (auto there = look_at(place, options.owner, intent::enter).there) return there;
            throw;
        }
    }
}

} // namespace plait::ipc::detail
