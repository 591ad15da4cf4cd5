// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/syscall.hpp>

#include <boost/system/system_error.hpp>

#include <unistd.h>

namespace plait::detail {

void throw_system_error(int code, const std::string& call) {
    throw boost::system::system_error(boost::system::error_code(code, boost::system::system_category()), call);
}

void unique_fd::reset(int fd) noexcept {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
}

} // namespace plait::detail
