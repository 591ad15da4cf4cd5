// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// How long it takes a pool to get over the death of a worker, from the SIGKILL:
//
//   kill ─┬─▶ its task's future has failed, and who waits for it goes on      (p50_ms, p99_ms)
//         └─▶ another worker has taken its place, and has run a task          (ready_p50_ms, ready_p99_ms)

#include "../measure.hpp"

#include <plait/ipc/process_pool.hpp>
#include <plait/ipc/queue.hpp>

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include <signal.h>
#include <unistd.h>

namespace bench {

inline std::optional<plait::ipc::queue<pid_t>> begun; // in the worker
inline void remember(plait::ipc::queue<pid_t> where) { begun.emplace(std::move(where)); }
inline void wait_for_death() {
    begun->put(::getpid());
    for (;;)
        ::pause();
}
inline void return_at_once() {}

inline void report_recovery(std::string_view row) {
    constexpr std::size_t deaths = 200;
    auto shared = plait::ipc::segment::create();
    auto victims = plait::ipc::queue<pid_t>::create(shared, "victims");
    plait::ipc::process_pool pool({.workers = 1}, plait::fn<&remember>, victims);
    std::vector<double> told, ready;
    for (std::size_t i = 0; i < deaths; ++i) {
        auto doomed = pool.submit(plait::fn<&wait_for_death>);
        pid_t victim = victims.get();
        auto started = clock::now();
        ::kill(victim, SIGKILL);
        try {
            doomed.get();
            fail("it survived");
        } catch (const plait::ipc::worker_exited&) {
            told.push_back(nanoseconds_between(started, clock::now()) / 1e6);
        }
        pool.submit(plait::fn<&return_at_once>).get();
        ready.push_back(nanoseconds_between(started, clock::now()) / 1e6);
    }
    std::ranges::sort(told);
    std::ranges::sort(ready);
    report(row, "p50_ms", told[deaths / 2], "ms");
    report(row, "p99_ms", told[deaths * 99 / 100], "ms");
    report(row, "ready_p50_ms", ready[deaths / 2], "ms");
    report(row, "ready_p99_ms", ready[deaths * 99 / 100], "ms");
}

} // namespace bench
