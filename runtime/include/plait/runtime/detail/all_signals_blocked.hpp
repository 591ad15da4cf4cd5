// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// For threads of the library's own, on which no handler of the program may run.

#include <pthread.h>
#include <signal.h>

namespace plait::detail {

/// Blocks every signal in the calling thread for as long as it lives, so that a thread created meanwhile starts with all of
/// them blocked.
class all_signals_blocked {
public:
    all_signals_blocked() noexcept {
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    all_signals_blocked(const all_signals_blocked&) = delete;
    all_signals_blocked& operator=(const all_signals_blocked&) = delete;
    ~all_signals_blocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_;
};

} // namespace plait::detail
