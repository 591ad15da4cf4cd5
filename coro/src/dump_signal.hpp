// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The thread of a run that waits for the signal run_options::dump_on, and then tells what the program does. It needs no
// loop for that, so it answers also when all of them are held.

#include <plait/coro/run.hpp>
#include <plait/runtime/signal.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace plait::detail {

class dump_signal {
public:
    /// Starts the thread if `options` ask for it. To be made before the threads of the loops, which must not get the signal;
    /// the loops must outlive it.
    dump_signal(const std::vector<std::unique_ptr<loop>>& loops, const run_options& options);
    ~dump_signal();
    dump_signal(const dump_signal&) = delete;
    dump_signal& operator=(const dump_signal&) = delete;

private:
    void serve();
    [[nodiscard]] std::string held_loops() const;

    const std::vector<std::unique_ptr<loop>>& loops_;
    const int signal_;
    const std::function<void(const std::string&)> tell_;
    std::optional<signal_set> asked_;
    std::atomic<bool> over_{false};
    std::thread thread_;
};

} // namespace plait::detail
