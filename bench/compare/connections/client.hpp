// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   client, the last CPU        server, CPU 0
//   ┌ connection 1 ──question──▶ ┐
//   ├ …                          │ … 300 ms …
//   └ connection 10,000 ◀─answer─┘
//
// Ten thousand connections opened at once: each sends a question, waits for the answer, which takes the server its time,
// and is closed. The figures are the time from the first connection to the last answer, and the most memory that the client
// has had meanwhile, less what it had before, a connection.

#include "../measure.hpp"

#include <array>
#include <cstdint>

#include <sys/resource.h>

namespace bench {

inline constexpr int connections = 10'000;

/// A question, and an answer.
using message = std::array<char, 16>;

/// Allows this process that many open descriptors, and some more.
inline void allow_descriptors(rlim_t count) {
    constexpr rlim_t others = 100;
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) fail("getrlimit failed");
    if (limit.rlim_max < count + others) fail("the hard limit of open files (ulimit -Hn) is too low for this row");
    if (limit.rlim_cur >= count + others) return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) fail("setrlimit failed");
}

class opening {
public:
    opening(int argc, char** argv) {
        if (argc != 3) fail("usage: PROGRAM ROW PORT");
        row_ = argv[1];
        port_ = static_cast<std::uint16_t>(std::atoi(argv[2]));
        allow_descriptors(connections);
        before_ = resident_bytes();
        started_ = clock::now();
    }

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    void note_answer() noexcept { ++answers_; }

    /// When all is over.
    void report() const {
        auto stopped = clock::now();
        if (answers_ != connections) fail("a connection was not answered");
        rusage usage{};
        if (getrusage(RUSAGE_SELF, &usage) != 0) fail("getrusage failed");
        double peak = static_cast<double>(usage.ru_maxrss) * 1024;
        bench::report(row_, "ms", nanoseconds_between(started_, stopped) / 1e6, "ms");
        bench::report(row_, "bytes", (peak - before_) / connections, "bytes");
    }

private:
    std::string_view row_;
    std::uint16_t port_;
    double before_;
    clock::time_point started_;
    int answers_ = 0;
};

} // namespace bench
