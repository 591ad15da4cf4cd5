// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// How many coroutines a test may have alive at once: ThreadSanitizer has 8,128 fibers of about 0.8 MB each.

#include <cstddef>
#include <cstdlib>

namespace plait::test {

#if defined(__SANITIZE_THREAD__)
inline constexpr bool under_tsan = true;
#else
inline constexpr bool under_tsan = false;
#endif
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool under_asan = true;
#else
inline constexpr bool under_asan = false;
#endif

/// `n`, or what the sanitizer in use can bear of it.
inline std::size_t coroutines(std::size_t n) {
    std::size_t most = under_tsan ? 500 : under_asan ? 20'000 : n;
    return n < most ? n : most;
}

} // namespace plait::test
