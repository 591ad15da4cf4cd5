// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// So few descriptors that a test runs out of them. Not beside UndefinedBehaviorSanitizer, which is in the build with
// AddressSanitizer: it opens a pipe to look at memory, and takes an object for damaged when it cannot.

#include <plait/runtime/detail/syscall.hpp>

#include <algorithm>

#include <fcntl.h>
#include <sys/resource.h>

namespace plait::test {

/// While it exists, this process can open `more` descriptors and no others.
class descriptor_limit {
public:
    explicit descriptor_limit(int more) {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        rlimit low{3, before_.rlim_max};
        plait::detail::unique_fd opened[64];
        for (int i = 0; i < more; ++i) {
            opened[i].reset(::open("/dev/null", O_RDWR | O_CLOEXEC));
            low.rlim_cur = std::max(low.rlim_cur, static_cast<rlim_t>(opened[i].get() + 1));
        }
        ::setrlimit(RLIMIT_NOFILE, &low);
    }
    ~descriptor_limit() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    descriptor_limit(const descriptor_limit&) = delete;
    descriptor_limit& operator=(const descriptor_limit&) = delete;

private:
    rlimit before_{};
};

} // namespace plait::test
