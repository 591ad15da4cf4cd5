// Copyright 2026 the plait authors. Boost Software License 1.0
#include "recovery.hpp"

#include <plait/runtime/wait.hpp>

#include <csignal>
#include <istream>
#include <stdexcept>
#include <string>
#include <vector>

namespace plait::load {
namespace {

time_point now() { return plait::detail::party::current().now(); }

} // namespace

kills kill_workers(duration length, duration every, const own_front& of) {
    kills killed;
    std::size_t turn = 0;
    const time_point begin = now();
    for (time_point next = begin + every; next < begin + length; next += every) {
        sleep_until(next);
        const std::vector<pid_t> there = of.workers();
        if (there.empty()) continue;
        const pid_t victim = there[turn++ % there.size()];
        if (killed.contains(victim)) continue; // it is being replaced
        killed.emplace(victim, now());
        ::kill(victim, SIGKILL);
    }
    return killed;
}

recovery recovered(const kills& killed, std::istream& audit, const ledger& requests) {
    std::map<ledger::id, std::vector<pid_t>> begun;
    pid_t worker = 0;
    char slash = 0;
    ledger::id id = 0;
    while (audit >> worker) {
        if (!(audit >> slash >> id) || slash != '/' || id >= requests.entries().size())
            throw std::runtime_error("a line of the audit is not 'PID /ID'");
        begun[id].push_back(worker);
    }
    recovery r;
    for (const auto& [which, workers] : begun) {
        if (workers.size() < 2) continue;
        ++r.begun_again;
        const auto kill = killed.find(workers[workers.size() - 2]);
        if (kill == killed.end())
            ++r.unexplained;
        else if (requests[which].status == 200)
            r.times.add(requests[which].ended - kill->second);
    }
    return r;
}

} // namespace plait::load
