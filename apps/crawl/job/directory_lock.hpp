// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// That one process alone crawls in a directory: a lock on a file in it, which ends with the process however that ends. The
// file holds the number of the process, for others to name it.

#include <plait/runtime/detail/syscall.hpp>

#include <string>

namespace plait::crawl {

class directory_lock {
public:
    /// Throws job_error: in_use, full, failed.
    explicit directory_lock(const std::string& directory);

private:
    detail::unique_fd file_;
};

} // namespace plait::crawl
