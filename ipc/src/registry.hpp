// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Which segments this process is attached to, keyed by what the kernel knows the memory by: device and inode. It keeps
// a process from attaching twice (the second detachment would drop the first one's lock), and tells a forked child that
// it is not attached.

#include "liveness_file.hpp"

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
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

    /// A handle of `a`, which has not been destroyed yet; nullptr if it is being made, or destroyed.
    [[nodiscard]] std::shared_ptr<attachment> handle_of(const attachment& a);

    /// Every attachment that there is.
    [[nodiscard]] std::vector<std::shared_ptr<attachment>> all();

private:
    registry();

    struct entry {
        std::weak_ptr<attachment> handle;
        attachment* raw = nullptr; // nullptr: it is being made
    };
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<file_id, entry> entries_;
};

} // namespace plait::ipc::detail
