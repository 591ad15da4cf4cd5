// Copyright 2026 the plait authors. Boost Software License 1.0
#include "processors.hpp"

#include <plait/runtime/detail/syscall.hpp>

#include <cstdlib>
#include <string_view>

#include <sched.h>

namespace plait::intake {

void run_on(const std::string& cpus) {
    if (cpus.empty()) return;
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const char* at = cpus.c_str(); *at;) { // the form was checked
        char* end = nullptr;
        const unsigned long first = std::strtoul(at, &end, 10);
        unsigned long last = first;
        if (*end == '-') last = std::strtoul(end + 1, &end, 10);
        for (unsigned long i = first; i <= last; ++i)
            CPU_SET(i, &set);
        at = *end == ',' ? end + 1 : end;
    }
    plait::detail::checked(
        [&] { return ::sched_setaffinity(0, sizeof(set), &set); }, [&] { return "sched_setaffinity(" + cpus + ")"; });
}

} // namespace plait::intake
