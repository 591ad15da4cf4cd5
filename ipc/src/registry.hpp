// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Which segments this process is attached to, keyed by what the kernel knows the memory by: device and inode. It keeps
// a process from attaching twice (the second detachment would drop the first one's lock), and tells a forked child that
// it is not attached.

#include <plait/runtime/detail/syscall.hpp>

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace plait::ipc::detail {

class attachment;

class registry {
public:
    using key = std::pair<dev_t, ino_t>;

    [[nodiscard]] static registry& instance();

    /// The attachment for `k`: the one there is, or the one that `make` makes. While the last one is still on its way
    /// out, waits for that. `made` tells which.
    std::shared_ptr<attachment>
    find_or_make(key k, const std::function<std::shared_ptr<attachment>()>& make, bool& made);

    /// Runs `detach` (which lets go of the kernel's locks) and forgets `k`. By the attachment's deleter.
    void remove(key k, const std::function<void()>& detach) noexcept;

    /// A handle of `a`, which has not been destroyed yet; nullptr if it is being made, or destroyed.
    [[nodiscard]] std::shared_ptr<attachment> handle_of(const attachment& a);

    /// Closes a descriptor that may be one of a liveness file. If this process is in that file's segment, closing it
    /// would drop the process's lock: then it is the attachment's from now on.
    void close(plait::detail::unique_fd fd) noexcept;

    /// Every attachment that there is.
    [[nodiscard]] std::vector<std::shared_ptr<attachment>> all();

private:
    registry();

    struct entry {
        std::weak_ptr<attachment> handle;
        attachment* raw;
    };
    std::mutex mutex_;
    std::condition_variable removed_;
    std::map<key, entry> entries_;
};

} // namespace plait::ipc::detail
