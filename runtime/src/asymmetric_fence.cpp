// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/asymmetric_fence.hpp>

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace plait::detail {

namespace {

bool membarrier(int command) noexcept { return syscall(SYS_membarrier, command, 0, 0) == 0; }

// Registered when the program starts: later, with threads running, it would take milliseconds. Until then, heavy_fence()
// fails, which its callers bear.
const bool registered = membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);

} // namespace

bool heavy_fence() noexcept { return membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED); }

bool has_heavy_fence() noexcept { return registered; }

} // namespace plait::detail
