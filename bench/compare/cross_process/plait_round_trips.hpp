// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Round trips over two of plait's queues: between threads that wait, and, in the row xrtt_loops, between coroutines, whose
// event loops wait.

#include "round_trip.hpp"

#include <plait/coro/run.hpp>
#include <plait/ipc/process.hpp>
#include <plait/ipc/queue.hpp>
#include <plait/ipc/segment.hpp>

#include <string>

namespace bench {

using small_queue = plait::ipc::queue<small_message>;

/// Sends through one queue, gets from the other.
struct plait_ends {
    small_queue to, from;

    auto put() {
        return [this](std::span<const std::byte> bytes) {
            small_message message;
            std::ranges::copy(bytes, message.begin());
            to.put(message);
        };
    }
    auto get() {
        return [this](std::span<std::byte> into) { std::ranges::copy(from.get(), into.begin()); };
    }
};

/// On a coroutine if the row asks for it, and on the thread itself otherwise.
template <class Work>
void run_as_asked(const round_trips& what, Work work) {
    if (what.row == "xrtt_loops")
        plait::run(work);
    else
        work();
}

inline void serve_round_trips(small_queue there, small_queue back, std::string row) {
    auto what = *round_trips_of(row);
    pin_this_thread(what.server_cpu);
    plait_ends ends{back, there};
    run_as_asked(what, [&] { answer_round_trips(ends.put(), ends.get()); });
}

inline int round_trips_to_another_process(const round_trips& what) {
    auto shared = plait::ipc::segment::create();
    plait_ends ends{small_queue::create(shared, "there"), small_queue::create(shared, "back")};
    plait::ipc::process server(plait::fn<&serve_round_trips>, ends.to, ends.from, std::string(what.row));
    server.start();
    pin_this_thread(what.client_cpu);
    run_as_asked(what, [&] { measure_round_trips(what, ends.put(), ends.get()); });
    server.join();
    if (server.exit_code() != 0) fail("the server process failed");
    return 0;
}

} // namespace bench
