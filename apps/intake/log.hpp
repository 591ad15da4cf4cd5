// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What the program says about itself: lines on standard error, each written at once so that those of several processes
// do not mix.

#include "settings.hpp"

#include <string_view>

namespace plait::intake {

/// Of this process, from now on. Before other threads log.
void set_log_format(log_format format) noexcept;

/// "plait-intake: text", or {"time":"2026-01-31T12:00:00.000Z","pid":1,"message":"text"}. Any thread.
void log(std::string_view text);

} // namespace plait::intake
