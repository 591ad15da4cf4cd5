// Copyright 2026 the plait authors. Boost Software License 1.0
#include "output_file.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace plait::crawl {
namespace {

constexpr std::size_t most_buffered = 64 * 1024;

} // namespace

void output_file::fail(int code) const { throw output_error(path_, std::strerror(code)); }

output_file::output_file(std::string path, existing_output existing, std::optional<std::uint64_t> size)
    : path_(std::move(path)) {
    const bool is_standard = path_ == "-";
    descriptor_.reset(is_standard ? ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0) : plait::detail::retry_interrupted([&] {
        return ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    }));
    struct stat status {};
    if (!descriptor_ || ::fstat(descriptor_.get(), &status) != 0) fail(errno);
    is_regular_ = S_ISREG(status.st_mode) && !is_standard;
    if (!is_regular_) return;
    const auto there = static_cast<std::uint64_t>(status.st_size);
    size_ = size ? *size : existing == existing_output::append ? there : 0;
    if (size_ > there)
        throw output_error(
            path_,
            "it has " + std::to_string(there) + " bytes, and had " + std::to_string(size_) + " that were committed");
    const auto at = static_cast<off_t>(size_);
    if (::ftruncate(descriptor_.get(), at) != 0 || ::lseek(descriptor_.get(), at, SEEK_SET) != at) fail(errno);
}

void output_file::write(std::string_view text) {
    buffer_ += text;
    size_ += text.size();
    if (buffer_.size() >= most_buffered) flush();
}

void output_file::flush() {
    std::string_view rest = buffer_;
    while (!rest.empty()) {
        const auto n =
            plait::detail::retry_interrupted([&] { return ::write(descriptor_.get(), rest.data(), rest.size()); });
        if (n < 0) fail(errno);
        rest.remove_prefix(static_cast<std::size_t>(n));
    }
    buffer_.clear();
}

std::uint64_t output_file::commit() {
    flush();
    if (is_regular_ && plait::detail::retry_interrupted([&] { return ::fdatasync(descriptor_.get()); }) != 0)
        fail(errno);
    return size_;
}

} // namespace plait::crawl
