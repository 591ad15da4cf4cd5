// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What a child finds around it: environment, directory, standard streams, limits, session. Checked when the process is
// made, prepared in the parent when it starts, and put up in the child: by posix_spawn as far as that can, by the child
// itself for the rest.

#include <plait/ipc/process_options.hpp>
#include <plait/runtime/detail/syscall.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace plait::ipc::detail {

/// Throws error(invalid_argument) that names the field which makes no sense.
void check_options(const process_options& options);

/// One resource limit as setrlimit(2) takes it.
struct limit_to_set {
    std::int64_t resource;
    std::uint64_t soft, hard;
};

/// Throws error(invalid_argument) for one above this process's hard limit, which the child could not set.
[[nodiscard]] std::vector<limit_to_set> limits_of(const resource_limits& limits);
/// In the child. Throws system_error.
void set_limits(const std::vector<limit_to_set>& limits);

/// The whole environment: "NAME=value".
[[nodiscard]] std::vector<std::string> environment_of(const process_options& options);
/// In the child.
void replace_environment(const std::vector<std::string>& variables);

/// The descriptors that become 0, 1 and 2 of a child.
class child_streams {
public:
    explicit child_streams(const process_options& options);

    /// -1: closed.
    [[nodiscard]] const std::array<int, 3>& sources() const noexcept { return sources_; }
    /// They are this process's own.
    [[nodiscard]] bool inherited() const noexcept { return inherited_; }

private:
    std::array<int, 3> sources_{};
    plait::detail::unique_fd null_;
    bool inherited_ = true;
};

/// The directory that the options name; none if they name none. Throws system_error that names the field.
[[nodiscard]] plait::detail::unique_fd open_directory(const process_options& options);

} // namespace plait::ipc::detail
