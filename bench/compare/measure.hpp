// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What every program of a comparison shares: how it learns which row to measure, and how it hands the figure back.
//
//   bench/run ──PROGRAM ID──▶ program ──"RESULT ID METRIC VALUE UNIT"──▶ bench/run: median, min, max
//
// A program measures one row once and ends. Repeating, interleaving with the peers and choosing the CPUs are the
// runner's business, so that every peer gets the same.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <string_view>

#include <sched.h>
#include <unistd.h>

namespace bench {

using clock = std::chrono::steady_clock;

inline double nanoseconds_between(clock::time_point from, clock::time_point to) {
    return std::chrono::duration<double, std::nano>(to - from).count();
}

/// Hands one figure to the runner.
inline void report(std::string_view id, const char* metric, double value, const char* unit) {
    std::printf("RESULT %.*s %s %.6g %s\n", static_cast<int>(id.size()), id.data(), metric, value, unit);
    std::fflush(stdout);
}

/// Ends the program with a message; the runner then fails the run.
[[noreturn]] inline void fail(const char* why) {
    std::fprintf(stderr, "%s\n", why);
    std::exit(1);
}

/// The row that the command line asks for, one of `known`.
inline std::string_view requested_row(int argc, char** argv, std::initializer_list<std::string_view> known) {
    if (argc == 2) {
        for (auto id : known) {
            if (id == argv[1]) return id;
        }
    }
    std::fprintf(stderr, "usage: %s ROW, where ROW is one of:", argv[0]);
    for (auto id : known)
        std::fprintf(stderr, " %.*s", static_cast<int>(id.size()), id.data());
    std::fprintf(stderr, "\n");
    std::exit(2);
}

/// Keeps the calling thread on `cpu`, counted modulo the CPUs of the machine.
inline void pin_this_thread(long cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<std::size_t>(cpu % sysconf(_SC_NPROCESSORS_ONLN)), &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) fail("sched_setaffinity failed");
}

/// Bytes of this process that are in memory. Page tables are not part of it, for nobody.
inline double resident_bytes() {
    std::FILE* statm = std::fopen("/proc/self/statm", "r");
    long total = 0, resident = 0;
    if (!statm || std::fscanf(statm, "%ld %ld", &total, &resident) != 2) fail("cannot read /proc/self/statm");
    std::fclose(statm);
    return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

} // namespace bench
