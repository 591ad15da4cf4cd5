// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// A /dev/shm of a few megabytes, for one process: a file system of its own in a mount namespace of its own. That needs
// nobody's permission where a user may have a user namespace. Some containers forbid it; then the test says so and
// proves nothing.

#include <cstddef>

namespace test {

/// What a child returns that could not have one.
inline constexpr int no_small_shm = 77;
inline constexpr const char* why_no_small_shm =
    "NOT TESTED: this process may not have a user and mount namespace of its own, and so no small /dev/shm";

/// Gives this process, which has one thread, a /dev/shm of `bytes` bytes. False if that is not possible here.
[[nodiscard]] bool enter_small_shm(std::size_t bytes);

} // namespace test
