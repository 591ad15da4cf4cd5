// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Which segments this process is attached to, keyed by what the kernel knows the memory by: device and inode. It keeps
// a process from attaching twice (the second detachment would drop the first one's lock), and tells a forked child that
// it is not attached.
//
//     the user's handles ──── own ────▶ attachment ◀──── visit ──── the monitor, the doorbell
//
// Those who look after an attachment own no part of it: then the drop of a handle by the user would not be the last one now
// and then, and what the last one does (a name removed, a file closed in order) would come at some time later. They visit.
// Whoever drops the last handle waits for the end of the visits; unless it happens in a visit, which then ends it.

#include "liveness_file.hpp"

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace plait::ipc::detail {

class attachment;

class registry {
public:
    [[nodiscard]] static registry& instance();

    /// The attachment for `k`: the one there is, or the one that `make` makes (nullptr if it makes none). While one is
    /// being made by another thread, or the last one is on its way out, waits for that. `made` tells which.
    std::shared_ptr<attachment>
    find_or_make(file_id k, const std::function<std::shared_ptr<attachment>()>& make, bool& made);

    /// `gone` does not exist any more. By its destructor, after it has let go of the kernel's locks.
    void forget(file_id k, const attachment* gone) noexcept;

    /// For as long as it lives the attachment does. It may be empty.
    class visit {
    public:
        visit() noexcept = default;
        visit(visit&& other) noexcept : to_(std::exchange(other.to_, nullptr)) {}
        visit& operator=(visit&&) = delete;
        ~visit() {
            if (to_) instance().end_visit(to_);
        }
        explicit operator bool() const noexcept { return to_; }
        attachment* operator->() const noexcept { return to_; }

    private:
        friend class registry;
        explicit visit(attachment* to) noexcept : to_(to) {}
        attachment* to_ = nullptr;
    };

    /// Of `a`, whose memory is there still; empty if it is being made, or nobody has a handle any more.
    [[nodiscard]] visit visit_to(const attachment& a) noexcept;

    /// Of every attachment that somebody has a handle of.
    [[nodiscard]] std::vector<visit> visit_all();

    /// What the last handle does with its attachment.
    static void destroy(attachment* a) noexcept;

private:
    registry();

    struct entry {
        std::weak_ptr<attachment> handle;
        attachment* raw = nullptr; // nullptr: it is being made
        unsigned visits = 0;
        bool left_to_visitor = false; // to destroy it: the last handle was dropped in a visit
    };
    [[nodiscard]] entry* entry_of(const attachment* a) noexcept; // under the mutex
    [[nodiscard]] static visit begin_visit(entry& e);            // under the mutex
    void end_visit(attachment* a) noexcept;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<file_id, entry> entries_;
};

} // namespace plait::ipc::detail
