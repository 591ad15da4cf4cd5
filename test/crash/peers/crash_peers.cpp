// Copyright 2026 the plait authors. Boost Software License 1.0
//
// What one SIGKILL does to the ways in which others share things between processes: a victim is killed after the n-th
// instruction of an operation, and a survivor then tries to go on. Prints a table, with plait's queue at its end. These are
// measurements, and not a test: a survivor counts as hanging that has not ended after 200 ms.
//
//     crash_peers                at most 400 points of each operation, evenly spread: some minutes
//     crash_peers --points N     at most N
//     crash_peers --opener       how long who opens a managed_shared_memory waits for a creator that was killed
#include "killing.hpp"
#include "operations.hpp"
#include "trial.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>

#include <unistd.h>

namespace crash {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 200ms;
constexpr long to_the_end = std::numeric_limits<long>::max();

struct tally {
    long instructions = 0;
    long points = 0;
    std::array<long, 4> seen{};      // by verdict
    std::map<std::string, long> why; // and how often

    void add(const outcome& o) {
        ++points;
        ++seen[static_cast<std::size_t>(o.afterwards)];
        if (!o.why.empty()) ++why[o.why];
    }
};

/// Kills at `most` points at most: try_at(n) is what comes of a kill after n instructions.
template <class F>
tally kill_everywhere(long most, F try_at) {
    outcome undisturbed = try_at(to_the_end);
    if (undisturbed.afterwards != verdict::goes_on)
        throw std::runtime_error("nobody was killed, and yet: " + undisturbed.why);
    tally t;
    t.instructions = undisturbed.instructions;
    long stride = (t.instructions + most - 1) / most;
    for (long n = 0; n < t.instructions; n += stride) {
        outcome o = try_at(n);
        if (!o.was_killed) break; // a little shorter this time
        t.add(o);
    }
    return t;
}

void print(const char* object, const char* operation, const tally& t) {
    std::printf(
        "%-23s %-21s %6ld %6ld | %7ld %5ld %7ld %7ld\n", object, operation, t.instructions, t.points, t.seen[0],
        t.seen[1], t.seen[2], t.seen[3]);
    for (auto& [text, times] : t.why)
        std::printf("%58ld x %s\n", times, text.c_str());
    std::fflush(stdout);
}

/// One kill in plait's queue; the survivor is the harness itself, in calls that never wait, and then sweeps.
outcome try_plait(const operation& op, long instructions) {
    constexpr unsigned far_too_long = 20; // seconds
    ::alarm(far_too_long);
    stage s;
    test::child victim(*op.child, s.segment(), {"single"});
    auto result = single_step(victim, instructions);
    outcome o{result.instructions, result.how == end::killed, verdict::goes_on, "", {}};
    try {
        s.survivors_go_on();
        s.sweep();
        auto wrong = s.account(op.subject, o.was_killed ? op.if_killed : op.if_completed);
        if (!wrong.empty()) {
            o.afterwards = verdict::damaged;
            o.why = wrong.front();
        }
    } catch (const std::exception& e) {
        o.afterwards = verdict::refused;
        o.why = e.what();
    }
    ::alarm(0);
    return o;
}

int table(long most) {
    std::printf(
        "%-23s %-21s %6s %6s | %7s %5s %7s %7s\n", "object", "operation", "instr.", "kills", "goes on", "hangs",
        "damaged", "refused");
    for (auto peers : {boost_peers(), posix_peers()})
        for (auto& p : peers)
            print(p.object, p.name, kill_everywhere(most, [&](long n) { return try_once(p, n, patience); }));
    for (auto& op : queue_operations())
        for (const char* wanted : {"put, one cell", "receive", "ack"})
            if (op.name == wanted)
                print("plait::ipc::queue", op.name.c_str(), kill_everywhere(most, [&](long n) {
                          return try_plait(op, n);
                      }));
    return EXIT_SUCCESS;
}

/// Kills the creator in the middle, and does not end the opener before it ends itself.
int opener() {
    for (auto& p : boost_peers()) {
        if (std::strcmp(p.object, "managed_shared_memory") != 0 || std::strcmp(p.name, "create") != 0) continue;
        long middle = try_once(p, to_the_end, patience).instructions / 2;
        outcome o = try_once(p, middle, 30min);
        std::printf(
            "managed_shared_memory, creator killed after instruction %ld: the opener ended after %.1f s: %s\n", middle,
            o.took.count(), o.afterwards == verdict::goes_on ? "it goes on" : o.why.c_str());
    }
    return EXIT_SUCCESS;
}

} // namespace
} // namespace crash

int main(int argc, char** argv) {
    if (auto code = test::run_as_child(argc, argv)) return *code;
    // Symbols are resolved at the start: the instructions counted are those of the operation, and not the dynamic linker's.
    if (!std::getenv("LD_BIND_NOW")) {
        ::setenv("LD_BIND_NOW", "1", 1);
        ::execv("/proc/self/exe", argv);
        std::perror("crash_peers: execv(/proc/self/exe)");
        return EXIT_FAILURE;
    }
    if (argc == 1) return crash::table(400);
    if (argc == 2 && std::strcmp(argv[1], "--opener") == 0) return crash::opener();
    if (argc == 3 && std::strcmp(argv[1], "--points") == 0 && std::atol(argv[2]) > 0)
        return crash::table(std::atol(argv[2]));
    std::fprintf(stderr, "crash_peers: give nothing, --points N (at least 1), or --opener\n");
    return 2;
}
