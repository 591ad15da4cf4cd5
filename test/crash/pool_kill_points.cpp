// Copyright 2026 the plait authors. Boost Software License 1.0
//
// A worker of a process_pool killed at the k-th step that it comes by, for every k: the steps of the pool's own protocol, and
// those of the queues and of the segment underneath.
//
//     pool_kill_points [--short]
//
// For each k a pool of two workers is given tasks that may run once, and tasks that may run again. One worker dies at its k-th
// step, and only that one. Then: whatever may run again gives its value; of the others at most one fails, and says that
// its worker was killed; every task that may run once has begun at most once; the pool goes on, and ends, and all its
// room for messages is free. Nobody hangs.
//
// The same with a worker that is stopped at its k-th step: while it is, all tasks but the one that it holds come to their
// ends, also those that are submitted then. And once it is killed, that one does, too.
#include <plait/ipc/process_pool.hpp>
#include <plait/ipc/queue.hpp>
#include <plait/runtime/detail/child_process.hpp>
#include <plait/runtime/detail/step.hpp>
#include <plait/runtime/gather.hpp>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <signal.h>
#include <unistd.h>

namespace {

using plait::ipc::process_pool;
using ints = plait::ipc::queue<int>;

constexpr int tasks = 6;

// In a worker.
std::optional<ints> beginnings; // of tasks
std::atomic<int> steps_left{0}; // its monitor thread comes by steps, too

template <int Signal>
void count_down(const char*) noexcept {
    if (--steps_left == 0) ::raise(Signal);
}

/// The first worker that comes here is the victim: it is killed at step k, or stopped at step -k.
void take_place(ints victims, ints begun) {
    beginnings.emplace(std::move(begun));
    if (auto k = victims.try_get()) {
        steps_left = std::abs(*k);
        plait::detail::step_hook = *k > 0 ? &count_down<SIGKILL> : &count_down<SIGSTOP>;
    }
}

/// The journal's own steps are none of the pool's.
int run_task(int number, bool notes) {
    if (notes) {
        auto* hook = std::exchange(plait::detail::step_hook, nullptr);
        beginnings->put(number);
        plait::detail::step_hook = hook;
    }
    return 2 * number;
}

/// Reads its argument where it lies, and keeps the message until it has ended.
plait::ipc::message_bytes echo(std::span<const std::byte> bytes) { return plait::ipc::message_bytes(bytes); }

[[noreturn]] void fail(int k, const std::string& what) {
    std::printf("FAILED: step %d: %s\n", k, what.c_str());
    std::exit(EXIT_FAILURE);
}

/// Returns whether the victim died.
bool play(int k) {
    auto shared = plait::ipc::segment::create({.bytes = 4 << 20});
    auto victims = ints::create(shared, "victims"), begun = ints::create(shared, "begun");
    victims.put(k);
    process_pool pool({.workers = 2}, plait::fn<&take_place>, victims, begun);
    std::vector<plait::future<int>> once, again;
    std::vector<plait::future<plait::ipc::message_bytes>> in_place;
    const std::string text(300, 'x'); // some cells
    for (int i = 0; i < tasks; ++i) {
        once.push_back(pool.submit(plait::fn<&run_task>, i, true));
        again.push_back(pool.submit(plait::ipc::task_options{.idempotent = true}, plait::fn<&run_task>, i, false));
        in_place.push_back(pool.submit(
            plait::ipc::task_options{.idempotent = true}, plait::fn<&echo>, std::as_bytes(std::span(text))));
    }
    int lost = 0;
    for (auto& result : in_place)
        try {
            if (std::move(result).get().text() != text) fail(k, "other bytes came back");
        } catch (const std::exception& e) {
            fail(k, e.what());
        }
    for (auto* results : {&again, &once})
        for (int i = 0; i < tasks; ++i)
            try {
                if ((*results)[static_cast<std::size_t>(i)].get() != 2 * i) fail(k, "a wrong value");
            } catch (const plait::ipc::worker_exited& e) {
                if (results == &again || e.exit_code() != -SIGKILL) fail(k, e.what());
                ++lost;
            } catch (const std::exception& e) {
                fail(k, e.what());
            }
    if (lost > 1) fail(k, std::to_string(lost) + " tasks failed with one worker");
    for (int i = 0; i < 2 * tasks; ++i) { // the victim may die only now
        auto later = pool.submit(plait::ipc::task_options{.idempotent = true}, plait::fn<&run_task>, i, false);
        if (later.get() != 2 * i) fail(k, "the pool gives wrong values afterwards");
    }
    pool.shutdown();
    auto stats = pool.stats();
    if (stats.completed + stats.failed != stats.submitted || stats.failed != static_cast<unsigned>(lost))
        fail(k, "its counters do not add up");
    if (auto held = pool.held_bytes()) fail(k, std::to_string(held) + " bytes of the messages' room are still taken");
    std::map<int, int> times;
    while (auto number = begun.try_get())
        if (++times[*number] > 1) fail(k, "a task that may run once has begun twice");
    if (times.size() < static_cast<std::size_t>(tasks - lost)) fail(k, "a task gave a value without having begun");
    return stats.died != 0;
}

bool is_stopped(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid).append("/stat"));
    std::string line;
    std::getline(file, line);
    const auto name_ends = line.rfind(')');
    return name_ends != std::string::npos && line.compare(name_ends, 4, ") T ") == 0;
}

/// Whether there was one.
bool kill_who_is_stopped(process_pool& pool) {
    bool killed = false;
    for (pid_t pid : pool.pids()) {
        const plait::detail::unique_fd who(plait::detail::open_pidfd(pid));
        if (who && is_stopped(pid)) killed |= plait::detail::send_signal_through(who.get(), SIGKILL) == 0;
    }
    return killed;
}

using results = std::vector<plait::future<int>>;

void submit_some(process_pool& pool, results& to, bool may_run_again) {
    for (int i = 0; i < tasks; ++i)
        to.push_back(pool.submit({.idempotent = may_run_again}, plait::fn<&run_task>, i, false));
}

/// Waits until all but one have ended; somebody who is stopped may hold that one.
void await_all_but_one(results& of) {
    std::size_t left = of.size() - 1;
    for ([[maybe_unused]] auto& done : plait::as_completed(of))
        if (--left == 0) return;
}

/// Returns whether the victim was stopped.
bool play_with_a_stop(int k) {
    auto shared = plait::ipc::segment::create({.bytes = 4 << 20});
    auto victims = ints::create(shared, "victims"), begun = ints::create(shared, "begun");
    victims.put(-k);
    process_pool pool({.workers = 2}, plait::fn<&take_place>, victims, begun);
    results all;
    for (int round = 0; round < 2; ++round) {
        submit_some(pool, all, false);
        submit_some(pool, all, true);
        await_all_but_one(all);
    }
    bool stopped = kill_who_is_stopped(pool);
    while (!std::ranges::all_of(all, [](const auto& f) { return f.is_done(); })) // it may be stopped only now
        stopped |= kill_who_is_stopped(pool);
    int lost = 0;
    for (std::size_t i = 0; i < all.size(); ++i)
        try {
            if (all[i].get() != 2 * static_cast<int>(i % tasks)) fail(-k, "a wrong value");
        } catch (const plait::ipc::worker_exited&) {
            ++lost;
        }
    if (lost > (stopped ? 1 : 0)) fail(-k, std::to_string(lost) + " tasks failed with one worker");
    pool.terminate(); // there may be one who is stopped without a task
    return stopped;
}

/// Plays with every `stride`th step, until the victim has none left. Returns how often it came as far.
int play_with_all(bool (*play)(int), int stride, int& k) {
    int victims = 0, in_peace = 0;
    // A victim that has nothing left to do comes by no more steps: when several in a row lived, that was the last.
    for (k = 1; in_peace < 20; k += stride) {
        ::alarm(60); // who waits for ever is found here
        if (play(k)) {
            ++victims;
            in_peace = 0;
        } else {
            ++in_peace;
        }
    }
    return victims;
}

} // namespace

int main(int argc, char** argv) {
    if (auto code = plait::ipc::child_main(argc, argv)) return *code;
    const int stride = argc > 1 && std::strcmp(argv[1], "--short") == 0 ? 7 : 1;
    int k = 0;
    const int deaths = play_with_all(&play, stride, k);
    std::printf("a worker was killed at %d steps, up to the %dth; every task was accounted for\n", deaths, k);
    const int stops = play_with_all(&play_with_a_stop, stride, k);
    std::printf("a worker was stopped at %d steps, up to the %dth; nobody waited for it\n", stops, k);
    return deaths > 30 / stride && stops > 30 / stride ? EXIT_SUCCESS : EXIT_FAILURE; // it did come by steps
}
