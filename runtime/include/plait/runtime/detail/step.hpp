// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The kill-point marker. PLAIT_STEP("queue.put.committed") names an instant at which a process may die; the crash
// harness kills a child there, at the k-th step for every k. Without PLAIT_KILL_POINTS it compiles to nothing.

#ifdef PLAIT_KILL_POINTS
namespace plait::detail {
/// Called at each step with its name. The harness sets it in the child that is to die; nullptr means: go on.
inline void (*step_hook)(const char* name) noexcept = nullptr;
} // namespace plait::detail
#define PLAIT_STEP(name)                                                                                               \
    do {                                                                                                               \
        if (::plait::detail::step_hook) ::plait::detail::step_hook(name);                                              \
    } while (false)
#else
#define PLAIT_STEP(name) static_cast<void>(0)
#endif
