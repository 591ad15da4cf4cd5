// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What a standard stream of a child is connected to, for child programs (subprocess.hpp) and child processes
// (<plait/ipc/process.hpp>).

namespace plait::subprocess {

/// What one of the child's standard streams is connected to.
class stream_target {
public:
    enum class kind { inherit, null, pipe, descriptor, same_as_out };
    constexpr explicit stream_target(kind k, int fd = -1) noexcept : kind_(k), fd_(fd) {}
    [[nodiscard]] constexpr kind what() const noexcept { return kind_; }
    [[nodiscard]] constexpr int descriptor() const noexcept { return fd_; }

private:
    kind kind_;
    int fd_;
};

inline constexpr stream_target inherit{stream_target::kind::inherit};    ///< this process's own
inline constexpr stream_target null{stream_target::kind::null};          ///< /dev/null
inline constexpr stream_target pipe{stream_target::kind::pipe};          ///< popen::in(), out() or err()
inline constexpr stream_target to_out{stream_target::kind::same_as_out}; ///< for err: wherever out goes
/// A descriptor of this process, which stays open here.
[[nodiscard]] constexpr stream_target to(int fd) noexcept { return stream_target(stream_target::kind::descriptor, fd); }

} // namespace plait::subprocess
