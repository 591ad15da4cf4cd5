// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once

#include "scene.hpp"

#include <string>
#include <vector>

namespace crash {

/// While somebody is stopped who may have the lock of the stage's queue: whoever tries hears that at once, and whoever
/// waits, a thread or a coroutine, does so no longer than he said; all of them go on if the lock is free. Returns whether
/// it is held.
bool others_are_held_up(stage& s, std::vector<std::string>& wrong);

} // namespace crash
