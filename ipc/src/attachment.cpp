// Copyright 2026 the plait authors. Boost Software License 1.0
#include "attachment.hpp"
#include "monitor.hpp"
#include "registry.hpp"
#include "segment_place.hpp"
#include "validation.hpp"

#include <plait/runtime/detail/step.hpp>
#include <plait/runtime/error.hpp>

#include <algorithm>
#include <new>

#include <unistd.h>

namespace plait::ipc::detail {
namespace {

participant_slot* slots_in(std::byte* base) {
    return std::launder(reinterpret_cast<participant_slot*>(base + participants_offset()));
}

} // namespace

attachment::attachment(
    plait::detail::unique_fd memory, liveness_file liveness, mapped_file map, const segment_plan& plan)
    : memory_(std::move(memory)),
      id_(id_of(status_of(memory_.get()))),
      map_(std::move(map)),
      plan_(plan),
      participants_(slots_in(map_.data()), plan_.max_participants, std::move(liveness)) {}

std::shared_ptr<attachment> attachment::construct(
    plait::detail::unique_fd memory, liveness_file liveness, mapped_file map, const segment_plan& plan) {
    return {new attachment(std::move(memory), std::move(liveness), std::move(map), plan), registry::destroy};
}

void attachment::claim() {
    try {
        self_.store(participants_.claim(), std::memory_order_relaxed);
    } catch (const segment_error& e) {
        // Those who have the slots may be dead, and nobody there to sweep; we have the lock to do it.
        if (plan_.kind == segment_kind::anonymous || e.code() != errc::too_many_participants || sweep_locked() == 0)
            throw;
        self_.store(participants_.claim(), std::memory_order_relaxed);
    }
}

void attachment::start_ticking() {
    // A visit: waking a coroutine may drop the last handle. In a destructor there is nothing to look after.
    ticking_ = monitor::instance().tick([this] {
        if (auto here = registry::instance().visit_to(*this)) here->tick();
    });
}

void attachment::stop_ticking() noexcept { monitor::instance().unwatch(std::exchange(ticking_, 0)); }

attachment::~attachment() {
    if (forked_) return; // nothing here is ours; the table of liveness files knows that too
    if (ticking_) stop_ticking();
    if (is_attached()) leave();
}

std::shared_ptr<void> attachment::only_one(const void* key, const std::function<std::shared_ptr<void>()>& make) {
    std::scoped_lock lock(objects_mutex_);
    auto& there = objects_[key];
    auto object = there.lock();
    if (!object) there = object = make();
    return object;
}

segment_header& attachment::header() const noexcept {
    return *std::launder(reinterpret_cast<segment_header*>(map_.data()));
}

void attachment::throw_not_attached() {
    throw segment_error(
        errc::segment_invalid,
        "segment: this process was made by fork() and is not a participant; attach() in it, or start it with exec");
}

// ---------------------------------------------------------------------------------------------------------- growing

std::size_t attachment::size() const noexcept {
    // Acquire: pairs with the release in grow(). The file is that long already, if what wrote it is to be trusted.
    auto said = std::atomic_ref(header().size).load(std::memory_order_acquire);
    if (said <= known_size_.load(std::memory_order_relaxed)) [[likely]]
        return said;
    return look_at_size(said);
}

std::size_t attachment::look_at_size(std::size_t said) const noexcept {
    struct stat status {};
    std::size_t known = known_size_.load(std::memory_order_relaxed);
    if (::fstat(memory_.get(), &status) == -1) return known;
    auto size = std::min({said, static_cast<std::size_t>(status.st_size), map_.room()});
    while (known < size && !known_size_.compare_exchange_weak(known, size, std::memory_order_relaxed)) {
    }
    return size;
}

void attachment::grow(std::size_t bytes) {
    std::size_t before = size();
    std::size_t after = round_up(bytes, static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)));
    if (after <= before) return;
    PLAIT_STEP("segment.grow.begin");
    allocate(memory_.get(), before, after);
    PLAIT_STEP("segment.grow.allocated");
    // The commit. Release: who sees the new size finds the file as long as that. A file that is longer than its size
    // because we die before this is as good as one of that size; the next growth allocates the same bytes again.
    std::atomic_ref(header().size).store(after, std::memory_order_release);
    PLAIT_STEP("segment.grow.published");
}

} // namespace plait::ipc::detail
