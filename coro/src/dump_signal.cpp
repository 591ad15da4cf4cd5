// Copyright 2026 the plait authors. Boost Software License 1.0
#include "dump_signal.hpp"
#include "watchdog.hpp"

#include <plait/runtime/detail/signals_blocked.hpp>
#include <plait/runtime/observe.hpp>

#include <chrono>
#include <cstdio>

#include <pthread.h>
#include <unistd.h>

namespace plait::detail {
namespace {

using namespace std::chrono_literals;

void print(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
}

} // namespace

dump_signal::dump_signal(const std::vector<std::unique_ptr<loop>>& loops, const run_options& options)
    : loops_(loops), signal_(options.dump_on), tell_(options.on_dump ? options.on_dump : print) {
    if (signal_ == 0) return;
    asked_.emplace(std::initializer_list<int>{signal_});
    signals_blocked in_the_thread;
    thread_ = std::thread([this] { serve(); });
    pthread_setname_np(thread_.native_handle(), "plait-dump");
}

dump_signal::~dump_signal() {
    if (!thread_.joinable()) return;
    // release; pairs with the acquire in serve(), as does what the set does
    over_.store(true, std::memory_order_release);
    asked_->deliver(signal_);
    thread_.join();
}

void dump_signal::serve() {
    for (;;) {
        asked_->wait();
        if (over_.load(std::memory_order_acquire)) return;
        tell_("plait: what process " + std::to_string(::getpid()) + " does\n" + held_loops() + dump_all());
    }
}

// Returns as soon as all loops have answered.
std::string dump_signal::held_loops() const {
    constexpr duration limit = 100ms, patience = 5s;
    std::string text;
    watchdog looks(loops_, limit, [&](const stall& s) { text += to_string(s) + "\n"; });
    auto now = [] { return std::chrono::time_point_cast<duration>(std::chrono::steady_clock::now()); };
    const time_point end = now() + patience;
    // relaxed: it is looked at again. While the run ends, loops do not answer.
    for (time_point next = now(); next < end && !over_.load(std::memory_order_relaxed);) {
        if (now() >= next) {
            looks.look(now());
            next = now() + looks.interval();
        }
        if (looks.is_settled()) break;
        sleep_for(1ms);
    }
    return text;
}

} // namespace plait::detail
