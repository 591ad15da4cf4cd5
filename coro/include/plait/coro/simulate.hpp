// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//     plait::simulate([] {
//         cache c;
//         auto reader = plait::spawn([&] { c.get("key"); });
//         auto writer = plait::spawn([&] { plait::sleep_for(10min); c.clear(); });
//         …
//     });
//
// For tests of programs that wait: runs them many times, each time with time that is simulated and turns that are drawn
// from a seed. Ten minutes take microseconds, and an interleaving that fails is run again by its seed:
//
//   seed ──▶ which ready coroutine has the next turn · which of two equal deadlines comes first
//   time ──▶ stands still while anything can happen, then jumps to the next deadline
//
// Everything happens on one loop, the calling thread's. I/O is real, and time does not wait for it: a test that wants
// to be repeatable has none. A wait through an async_ face, for the end of a child program, or for a signal counts as I/O: it
// may always come to its end, so a coroutine that awaits one that does not is not found to be deadlocked.

#include <plait/runtime/error.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace plait {

struct simulate_options {
    std::uint64_t first_seed = 1;
    std::uint64_t seeds = 100; ///< how many, from the first; at least 1

    /// Whether a coroutine may wait for something that another thread will do. If so, one that waits for ever cannot be
    /// told from one that is about to be woken, and deadlocks are not detected.
    bool other_threads = false;
};

/// A simulation has failed. What it failed with is nested in it: see std::rethrow_if_nested.
class simulation_failed : public error {
public:
    simulation_failed(std::uint64_t seed, const std::string& why)
        : error(
              errc::simulation_failed,
              "seed " + std::to_string(seed) + " (repeat it with PLAIT_SEED=" + std::to_string(seed) + "): " + why),
          seed_(seed) {}

    [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }

private:
    std::uint64_t seed_;
};

/// Calls `f` once for each seed, as plait::run would, with a virtual clock that begins at zero. If the environment
/// variable PLAIT_SEED holds a number, with that seed alone.
///
/// Blocks:  the calling thread, until all is done or a seed has failed.
/// Throws:  simulation_failed at the first seed at which `f`, or a handler, throws; or at which all coroutines wait and
///          nothing is left that could wake one: then errc::deadlock is nested, and says what each of them waits for.
///          errc::invalid_argument for no seeds, a PLAIT_SEED that is no number, or inside plait::run.
void simulate(const std::function<void()>& f, const simulate_options& options = {});

} // namespace plait
