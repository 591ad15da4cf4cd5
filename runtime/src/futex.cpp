// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/futex.hpp>

#include <cerrno>
#include <ctime>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace plait::detail {

bool futex_wait(
    const std::atomic<std::uint32_t>& word, std::uint32_t expected, deadline until, futex_scope scope) noexcept {
    int operation = FUTEX_WAIT_BITSET | (scope == futex_scope::shared ? 0 : FUTEX_PRIVATE_FLAG);
    timespec at{};
    timespec* limit = nullptr;
    if (!until.is_never()) {
        // FUTEX_WAIT_BITSET takes an absolute time on CLOCK_MONOTONIC, which is what steady_clock reads here.
        auto since = until.at().time_since_epoch();
        if (since.count() < 0) since = duration::zero();
        at.tv_sec = static_cast<time_t>(since.count() / 1'000'000'000);
        at.tv_nsec = static_cast<long>(since.count() % 1'000'000'000);
        limit = &at;
    }
    long result = syscall(SYS_futex, &word, operation, expected, limit, nullptr, FUTEX_BITSET_MATCH_ANY);
    return result == 0 || errno != ETIMEDOUT;
}

int futex_wake(const std::atomic<std::uint32_t>& word, int count, futex_scope scope) noexcept {
    int operation = FUTEX_WAKE | (scope == futex_scope::shared ? 0 : FUTEX_PRIVATE_FLAG);
    long woken = syscall(SYS_futex, &word, operation, count, nullptr, nullptr, 0);
    return woken > 0 ? static_cast<int>(woken) : 0;
}

} // namespace plait::detail
