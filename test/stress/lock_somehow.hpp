// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once

#include "scene.hpp"

#include <chrono>

namespace plait::stress {

/// Locks in any of the ways that there are; false if the way chosen gave up.
template <class Mutex>
bool lock_somehow(actor& a, Mutex& m) {
    switch (a.between(0, 3)) {
    case 0: a.doing("try_lock"); return m.try_lock();
    case 1: a.doing("try_lock_for"); return m.try_lock_for(std::chrono::microseconds(a.between(0, 300)));
    default:
        a.doing("lock");
        m.lock();
        return true;
    }
}

} // namespace plait::stress
