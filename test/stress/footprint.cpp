// Copyright 2026 the plait authors. Boost Software License 1.0
#include "footprint.hpp"

#include <filesystem>
#include <iterator>

#include <malloc.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// Of sanitizer/allocator_interface.h, which g++ 12 does not bring along.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif

namespace plait::stress {
namespace {

std::size_t bytes_in_use() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return __sanitizer_get_current_allocated_bytes();
#else
    auto heap = ::mallinfo2();
    return heap.uordblks + heap.hblkhd;
#endif
}

} // namespace

footprint footprint::now() {
    std::filesystem::directory_iterator first("/proc/self/fd");
    auto descriptors = std::distance(first, std::filesystem::directory_iterator());
    return {bytes_in_use(), static_cast<std::size_t>(descriptors)};
}

} // namespace plait::stress
