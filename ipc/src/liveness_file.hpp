// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   byte   0 1 2 3 …                          housekeeping_byte
//          │ │ │ └ participant 3 lives         └ somebody sweeps, makes an object, enters or leaves
//          one POSIX record lock each, which the kernel releases when its process dies
//
// The liveness file of a segment: empty, and all that matters about it is who has locked which byte. It is the judge of
// who is alive.
//
// Record locks belong to a process and not to a descriptor, and closing *any* descriptor of the file drops all of them.
// So every descriptor of a liveness file in this process belongs to one table, keyed by device and inode; handles of one
// file share an entry, and its descriptors are closed together, with the last handle. A child made by fork() begins with
// an empty table and never closes what it inherited.

#include <plait/runtime/clock.hpp>
#include <plait/runtime/detail/syscall.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <sys/types.h>

namespace plait::ipc::detail {

/// What the kernel knows a file by, whatever its names: device and inode. Nobody else has it while the file is open.
using file_id = std::pair<dev_t, ino_t>;

class liveness_file {
public:
    liveness_file() noexcept = default;
    /// Takes a descriptor over.
    [[nodiscard]] static liveness_file adopt(plait::detail::unique_fd fd);
    /// Opens the file at `path` if it is there, and makes it, of mode `mode`, if not and `create` is set. An empty handle
    /// if it is not there. Throws segment_error if it is no regular file, or not `owner`'s; system_error.
    [[nodiscard]] static liveness_file open(const std::string& path, bool create, mode_t mode, uid_t owner);
    /// Closes a descriptor that may be one of a liveness file which this process uses: then it is kept with the others.
    static void close(plait::detail::unique_fd fd) noexcept;
    /// Removes the file at `path` if no process has it locked and, asked while nobody can lock it, `unused` says so.
    static void remove_if_unused(const std::string& path, const std::function<bool()>& unused);

    liveness_file(const liveness_file& other) noexcept;
    liveness_file(liveness_file&& other) noexcept = default;
    liveness_file& operator=(liveness_file other) noexcept;
    ~liveness_file();

    [[nodiscard]] explicit operator bool() const noexcept { return record_ != nullptr; }
    [[nodiscard]] int fd() const noexcept;
    [[nodiscard]] const file_id& id() const noexcept;

    /// Locks `byte`, unless another process has it.
    [[nodiscard]] bool lock(unsigned byte) const;
    void unlock(unsigned byte) const noexcept;
    /// A process other than this one that has locked any of `count` bytes from `first` on; 0 if it is in another pid
    /// namespace, and nothing if there is none.
    [[nodiscard]] std::optional<pid_t> other_holder(unsigned first, unsigned count) const;
    [[nodiscard]] bool is_locked_by_others(unsigned first, unsigned count) const {
        return other_holder(first, count).has_value();
    }

    class housekeeping;

private:
    struct record;
    struct table;
    explicit liveness_file(std::shared_ptr<record> r) noexcept : record_(std::move(r)) {}

    std::shared_ptr<record> record_;
};

/// The housekeeping lock: between processes that byte, within this one a mutex. Held while the object lives; a holder
/// that dies blocks nobody.
class liveness_file::housekeeping {
public:
    /// What takes microseconds takes this long only if the holder is stopped. Tests make it shorter, before all else.
    static inline duration longest_wait = std::chrono::seconds(10);

    /// Blocks: the thread, for at most longest_wait. Throws timeout_error, which names the holder; system_error.
    explicit housekeeping(const liveness_file& file);
    /// Does not wait: `owns` tells whether it was free.
    housekeeping(const liveness_file& file, std::try_to_lock_t);
    /// Waits for at most `patience`.
    housekeeping(const liveness_file& file, duration patience);
    ~housekeeping();
    housekeeping(const housekeeping&) = delete;
    housekeeping& operator=(const housekeeping&) = delete;
    [[nodiscard]] bool owns() const noexcept { return owns_; }

private:
    bool try_lock();
    void lock_within(duration patience);

    liveness_file file_;
    std::unique_lock<std::mutex> lock_;
    bool owns_ = false;
};

} // namespace plait::ipc::detail
