// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// For threads of the library's own: the signals that are sent to the program are for the threads of the program.

#include <pthread.h>
#include <signal.h>

namespace plait::detail {

/// Blocks every signal in the calling thread for as long as it lives, so that a thread created meanwhile starts with all of
/// them blocked; but not those by which a thread is told of a fault of its own.
class signals_blocked {
public:
    signals_blocked() noexcept {
        sigset_t all;
        ::sigfillset(&all);
        for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT})
            ::sigdelset(&all, fault);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    signals_blocked(const signals_blocked&) = delete;
    signals_blocked& operator=(const signals_blocked&) = delete;
    ~signals_blocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_;
};

} // namespace plait::detail
