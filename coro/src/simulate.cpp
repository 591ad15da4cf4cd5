// Copyright 2026 the plait authors. Boost Software License 1.0
#include "run_loops.hpp"
#include "scheduler.hpp"

#include <plait/coro/simulate.hpp>
#include <plait/runtime/clock.hpp>

#include <charconv>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string_view>

namespace plait {
namespace {

std::optional<std::uint64_t> seed_of_the_environment() {
    const char* variable = std::getenv("PLAIT_SEED");
    if (!variable) return {};
    std::string_view text = variable;
    std::uint64_t seed = 0;
    auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), seed);
    if (failure != std::errc() || end != text.data() + text.size())
        throw error(
            errc::invalid_argument, "PLAIT_SEED is '" + std::string(text) + "'; it must be a number below 2^64");
    return seed;
}

[[noreturn]] void throw_deadlock(loop& l) {
    std::string who;
    for (const coroutine_info& info : detail::coroutine_scheduler::of(l).list())
        who.append("\n  ").append(to_string(info));
    throw error(errc::deadlock, "nothing is left that could wake" + who + '\n');
}

void simulate_once(const std::function<void()>& f, std::uint64_t seed, bool other_threads) {
    virtual_clock clock;
    detail::standstill_handler on_standstill;
    if (!other_threads) on_standstill = throw_deadlock;
    auto main = [&f] {
        f();
        return 0;
    };
    try {
        detail::run_loops(main, {.clock = &clock, .seed = seed}, on_standstill);
    } catch (const std::exception& e) {
        std::throw_with_nested(simulation_failed(seed, e.what()));
    } catch (...) {
        std::throw_with_nested(simulation_failed(seed, "an exception that is not a std::exception"));
    }
}

} // namespace

void simulate(const std::function<void()>& f, const simulate_options& options) {
    if (options.seeds == 0) throw error(errc::invalid_argument, "simulate_options::seeds is 0; it must be at least 1");
    if (!loops().empty()) throw error(errc::invalid_argument, "plait::simulate inside plait::run");
    if (auto only = seed_of_the_environment()) return simulate_once(f, *only, options.other_threads);
    for (std::uint64_t i = 0; i < options.seeds; ++i)
        simulate_once(f, options.first_seed + i, options.other_threads);
}

} // namespace plait
