// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What the programs of bare system calls share.

#include "starts.hpp"

#include <plait/ipc/process.hpp>

#include <cstdlib>

#include <sys/wait.h>
#include <unistd.h>

namespace bench {

inline void wait_for(pid_t child) {
    int status = 0;
    if (waitpid(child, &status, 0) != child || status != 0) fail("the child failed");
}

/// The loader has the same to do for everybody.
inline void link_what_plait_links() {
    if (std::getenv("LINK_WHAT_PLAIT_LINKS")) plait::ipc::process([] {}).start();
}

} // namespace bench
