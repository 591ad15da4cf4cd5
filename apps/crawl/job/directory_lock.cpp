// Copyright 2026 the plait authors. Boost Software License 1.0
#include "directory_lock.hpp"
#include "job_error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace plait::crawl {
namespace {

[[noreturn]] void give_up(int code, const std::string& directory, const char* call) {
    const bool full = code == ENOSPC || code == EDQUOT || code == EFBIG;
    throw job_error(
        full ? job_trouble::full : job_trouble::failed, directory,
        std::string(call) + " of the file lock: " + std::strerror(code));
}

/// What the holder has written, if it has come to that.
std::string holder(int file) {
    std::array<char, 20> digits{};
    const auto size = detail::retry_interrupted([&] { return ::pread(file, digits.data(), digits.size(), 0); });
    const auto end = digits.begin() + std::max<ssize_t>(size, 0);
    const auto at = std::find_if(digits.begin(), end, [](char c) { return c < '0' || c > '9'; });
    return at == digits.begin() ? "" : " (process " + std::string(digits.begin(), at) + ")";
}

} // namespace

directory_lock::directory_lock(const std::string& directory) {
    const std::string path = directory + "/lock";
    file_.reset(detail::retry_interrupted([&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666); }));
    if (!file_) give_up(errno, directory, "open");
    // A lock of the open file: a second job in this very process is refused too, and no close of another descriptor ends it.
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    if (detail::retry_interrupted([&] { return ::fcntl(file_.get(), F_OFD_SETLK, &whole); }) == -1) {
        if (errno != EAGAIN && errno != EACCES) give_up(errno, directory, "fcntl(F_OFD_SETLK)");
        throw job_error(job_trouble::in_use, directory, "another crawl" + holder(file_.get()) + " works here");
    }
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(file_.get(), 0) == -1) give_up(errno, directory, "ftruncate");
    if (detail::retry_interrupted([&] { return ::pwrite(file_.get(), pid.data(), pid.size(), 0); }) == -1)
        give_up(errno, directory, "write");
}

} // namespace plait::crawl
