// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   /dev/shm/plait.NAME            the memory of a named segment          PATH
//   /dev/shm/.plait-alive.1a2b     its liveness file, beside it           DIRECTORY/.plait-alive.1a2b
//                         └──── the memory's inode number, in hexadecimal
//
// Where the files of a segment lie, and the system calls on them. The memory is built as a file without a name and
// linked into place complete, so nobody ever sees half of one. The liveness file is empty: whoever needs it makes it.
// Its name comes from the inode and not from the memory's name, so it stays with the memory when that is renamed, and a
// copy, or a successor of the same name, has one of its own.
//
// Only the holder of a segment's housekeeping lock takes the name away that leads to it.

#include "layout.hpp"
#include "liveness_file.hpp"

#include <plait/runtime/detail/syscall.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/stat.h>
#include <sys/types.h>

namespace plait::ipc::detail {

class segment_place {
public:
    /// The place of a named segment. Throws error(invalid_argument) for a name that is none.
    [[nodiscard]] static segment_place named(std::string_view name);
    /// A file at `path`. Throws error(invalid_argument) for an empty path.
    [[nodiscard]] static segment_place file(const std::string& path);

    [[nodiscard]] segment_kind kind() const noexcept { return kind_; }
    [[nodiscard]] const std::string& name() const noexcept { return name_; } ///< empty unless it is named
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] const std::string& directory() const noexcept { return directory_; }

    /// A file without a name in the same directory, of mode `mode`.
    [[nodiscard]] plait::detail::unique_fd make_unnamed(mode_t mode) const;
    /// Gives it this place's name. False if something has that name already.
    [[nodiscard]] bool link(int memory_fd) const;
    /// Opens what lies here, for reading and writing; empty if nothing does. Throws segment_error if it is not a regular
    /// file, or not `owner`'s (nothing: the caller's).
    [[nodiscard]] plait::detail::unique_fd open(std::optional<uid_t> owner) const;
    /// Whether the name leads to that file.
    [[nodiscard]] bool leads_to(file_id memory) const noexcept;

    [[nodiscard]] std::string liveness_path(file_id memory) const;
    /// The liveness file that belongs to the memory, made if it is not there and the memory is the caller's.
    [[nodiscard]] liveness_file open_liveness(const struct stat& memory) const;
    /// Whether the name of the liveness file leads to `liveness`.
    [[nodiscard]] bool leads_to(file_id memory, const liveness_file& liveness) const noexcept;

    /// Removes the names of both files, where they lead to these. By the holder of the housekeeping lock.
    void unlink(file_id memory, const liveness_file& liveness) const;
    void unlink_liveness(file_id memory, const liveness_file& liveness) const noexcept;

private:
    segment_place(segment_kind kind, std::string name, std::string directory, const std::string& file);

    segment_kind kind_;
    std::string name_;
    std::string directory_;
    std::string path_;
};

/// Whether somebody may use `name` for a segment: 1 to 200 of the letters, digits and . _ - +, not a . first.
[[nodiscard]] bool is_segment_name(std::string_view name) noexcept;

/// The names of the segments of this machine that this process may see, whatever state they are in, in order.
[[nodiscard]] std::vector<std::string> segment_names();

/// Removes liveness files in `directory` that belong to nothing: their creator died before the memory had its name, or
/// their remover after he had taken it away.
void remove_leftovers(const std::string& directory) noexcept;

/// Commits the memory of bytes `from` to `to` of a file. Throws segment_error(segment_full), naming the need, if there is
/// no room; then the file has changed nothing that counts.
void allocate(int fd, std::size_t from, std::size_t to);

[[nodiscard]] struct stat status_of(int fd);
[[nodiscard]] inline file_id id_of(const struct stat& status) noexcept { return {status.st_dev, status.st_ino}; }

} // namespace plait::ipc::detail
