// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once

#include <string>

namespace plait::intake {

/// Has the calling thread, and those that it will start, run on these processors alone: "0,2-3" (forms::processors). Nothing
/// is changed for an empty text. Throws system_error if the machine has none of them, or they may not be used.
void run_on(const std::string& cpus);

} // namespace plait::intake
