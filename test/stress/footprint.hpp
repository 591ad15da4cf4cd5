// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What the process holds: to see that it gives back what it took.

#include <cstddef>

namespace plait::stress {

struct footprint {
    std::size_t heap_bytes;
    std::size_t descriptors;

    [[nodiscard]] static footprint now();
};

} // namespace plait::stress
