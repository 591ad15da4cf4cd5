// Copyright 2026 the plait authors. Boost Software License 1.0
#include "watchdog.hpp"

#include <plait/runtime/observe.hpp>

#include <cstdlib>
#include <iostream>

namespace plait::stress {

watchdog::watchdog(std::chrono::seconds patience) : patience_(patience), thread_([this] { watch(); }) {}

watchdog::~watchdog() {
    {
        std::lock_guard guard(lock_);
        over_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void watchdog::add(const watched& w) {
    std::lock_guard guard(lock_);
    sights_[&w] = {w.progress(), clock::now()};
}

void watchdog::remove(const watched& w) {
    std::lock_guard guard(lock_);
    sights_.erase(&w);
}

void watchdog::fail(const std::string& what) {
    std::lock_guard guard(lock_);
    std::cerr << "stress: FAILED " << what << '\n';
    for (auto& [w, seen] : sights_)
        w->describe(std::cerr);
    std::cerr << std::flush << dump_all() << std::flush;
    std::abort(); // here, so that a debugger finds everything as it is
}

void watchdog::watch() {
    std::unique_lock guard(lock_);
    while (!wake_.wait_for(guard, std::chrono::seconds(1), [this] { return over_; })) {
        const watched* stuck = nullptr;
        for (auto& [w, seen] : sights_) {
            if (auto now = w->progress(); now != seen.progress)
                seen = {now, clock::now()};
            else if (clock::now() - seen.since > patience_)
                stuck = w;
        }
        if (!stuck) continue;
        guard.unlock();
        fail("no progress for " + std::to_string(patience_.count()) + " s");
    }
}

} // namespace plait::stress
