// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Messages of 64 bytes that go to another process and come back, one at a time.
//
//   client  ──put──▶ [ there ] ──get──▶  server
//           ◀──get── [ back  ] ◀──put──
//
// A message carries a number, and the answer must carry the same. Each round trip is timed by itself; the figures are the
// median and the 99th percentile of those in half a second, after a tenth of a second of warming up.

#include "shape.hpp"

#include <array>
#include <optional>
#include <thread>

namespace bench {

struct round_trips {
    std::string_view row;
    long client_cpu;
    long server_cpu;
    /// Before each, and not timed. The client sleeps, and so does the server: longer than anybody spins.
    std::chrono::microseconds pause{0};
};

inline std::optional<round_trips> round_trips_of(std::string_view row) {
    using namespace std::chrono_literals;
    if (row == "xrtt_busy" || row == "xrtt_loops") return round_trips{row, producer_cpu, consumer_cpu};
    if (row == "xrtt_sleep") return round_trips{row, producer_cpu, consumer_cpu, 500us};
    if (row == "xrtt_one_core") return round_trips{row, consumer_cpu, consumer_cpu};
    return std::nullopt;
}

using small_message = std::array<std::byte, 64>;

inline std::uint64_t number_in(const small_message& m) {
    std::uint64_t number = 0;
    std::memcpy(&number, m.data(), sizeof number);
    return number;
}

/// The client's part: `put` and `get` take a span of bytes.
template <class Put, class Get>
void measure_round_trips(const round_trips& what, Put put, Get get) {
    using namespace std::chrono_literals;
    small_message message{}, answer{};
    std::uint64_t number = 0;
    std::vector<double> spent;
    auto begin = clock::now();
    for (auto measured_from = begin + 100ms, end = begin + 600ms; begin < end; begin = clock::now()) {
        std::memcpy(message.data(), &++number, sizeof number);
        put(std::span<const std::byte>(message));
        get(std::span<std::byte>(answer));
        auto now = clock::now();
        if (number_in(answer) != number) fail("the answer is not that to the question");
        if (begin >= measured_from) spent.push_back(nanoseconds_between(begin, now));
        if (what.pause.count() > 0) std::this_thread::sleep_for(what.pause);
    }
    std::memcpy(message.data(), &end_of_messages, sizeof end_of_messages);
    put(std::span<const std::byte>(message));

    std::ranges::sort(spent);
    report(what.row, "ns", spent[spent.size() / 2], "ns");
    report(what.row, "p99_ns", spent[spent.size() * 99 / 100], "ns");
}

/// The server's part: sends back what comes.
template <class Put, class Get>
void answer_round_trips(Put put, Get get) {
    for (small_message message;;) {
        get(std::span<std::byte>(message));
        if (number_in(message) == end_of_messages) return;
        put(std::span<const std::byte>(message));
    }
}

} // namespace bench
