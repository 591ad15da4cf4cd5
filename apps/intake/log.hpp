// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What the program says about itself: lines on standard error, each written at once so that those of several processes
// do not mix.

#include <string>
#include <string_view>

#include <unistd.h>

namespace plait::intake {

inline void log(std::string_view text) {
    std::string line = "plait-intake: ";
    line.append(text).append("\n");
    // There is nobody to tell that the log is gone.
    [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, line.data(), line.size());
}

} // namespace plait::intake
