// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// System calls, said once: retried on EINTR where POSIX makes that right, and, when they fail, reported with the call,
// its arguments and errno.

#include <cerrno>
#include <string>

namespace plait::detail {

/// Throws boost::system::system_error with `code` (an errno value) and the text `call`, e.g. "open(/run/x, O_RDWR)".
[[noreturn]] void throw_system_error(int code, const std::string& call);

/// Calls `f` until it does not fail with EINTR. Not for close(2), whose descriptor is gone after EINTR on Linux.
template <class F>
auto retry_interrupted(F f) noexcept(noexcept(f())) {
    for (;;) {
        auto result = f();
        if (result != -1 || errno != EINTR) return result;
    }
}

/// `f()`, retried on EINTR; when it returns -1, throws with what `describe()` says was called.
template <class F, class Describe>
auto checked(F f, Describe describe) {
    auto result = retry_interrupted(f);
    if (result == -1) {
        int code = errno;
        throw_system_error(code, describe());
    }
    return result;
}

/// An owned file descriptor.
class unique_fd {
public:
    unique_fd() noexcept = default;
    explicit unique_fd(int fd) noexcept : fd_(fd) {}
    unique_fd(unique_fd&& other) noexcept : fd_(other.release()) {}
    unique_fd& operator=(unique_fd&& other) noexcept {
        if (this != &other) reset(other.release());
        return *this;
    }
    ~unique_fd() { reset(); }

    [[nodiscard]] int get() const noexcept { return fd_; }
    [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }
    [[nodiscard]] int release() noexcept {
        int fd = fd_;
        fd_ = -1;
        return fd;
    }
    void reset(int fd = -1) noexcept;

private:
    int fd_ = -1;
};

} // namespace plait::detail
