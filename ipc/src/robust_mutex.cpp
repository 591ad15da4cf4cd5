// Copyright 2026 the plait authors. Boost Software License 1.0
#include "robust_mutex.hpp"
#include "tsan.hpp"

#include <plait/runtime/detail/step.hpp>
#include <plait/runtime/detail/syscall.hpp>
#include <plait/runtime/error.hpp>

#include <cerrno>
#include <chrono>
#include <string>
#include <system_error>

namespace plait::ipc::detail {
namespace {

void must(int code, const char* call) {
    if (code != 0) plait::detail::throw_system_error(code, call);
}

void initialise(pthread_mutex_t& mutex) {
    pthread_mutexattr_t attributes;
    must(::pthread_mutexattr_init(&attributes), "pthread_mutexattr_init()");
    must(::pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED), "pthread_mutexattr_setpshared()");
    must(::pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST), "pthread_mutexattr_setrobust()");
    // Those that inherit priority abort when a holder of another pid namespace dies.
    must(::pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_NONE), "pthread_mutexattr_setprotocol()");
    must(::pthread_mutex_init(&mutex, &attributes), "pthread_mutex_init()");
    ::pthread_mutexattr_destroy(&attributes);
}

[[noreturn]] void refuse(const std::string& why) {
    throw segment_error(errc::segment_invalid, "a lock in the segment is damaged: " + why);
}

} // namespace

void robust_mutex::reinitialise() { initialise(native_); }

/// What a mutex is decides what glibc does with it, up to calling abort(): it has to be what we made.
void robust_mutex::check_kind() const {
    static const int ours = [] {
        pthread_mutex_t one;
        initialise(one);
        int kind = one.__data.__kind;
        ::pthread_mutex_destroy(&one);
        return kind;
    }();
    if (native_.__data.__kind != ours) refuse("it is of another kind");
}

robust_mutex::outcome robust_mutex::acquire() {
    check_kind();
    switch (int code = ::pthread_mutex_lock(&native_)) {
    case 0: PLAIT_STEP("lock.taken"); return outcome::locked;
    case EOWNERDEAD: PLAIT_STEP("lock.inherited"); return outcome::owner_died;
    default: refuse("pthread_mutex_lock: " + std::generic_category().message(code));
    }
}

robust_mutex::outcome robust_mutex::acquire_until(deadline until) {
    if (until.is_never()) return acquire();
    check_kind();
    auto since_epoch = until.at().time_since_epoch();
    auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
    timespec at{seconds.count(), (since_epoch - seconds).count()};
    switch (int code = ::pthread_mutex_clocklock(&native_, CLOCK_MONOTONIC, &at)) {
    case 0:
        tsan_locked(&native_);
        PLAIT_STEP("lock.taken");
        return outcome::locked;
    case EOWNERDEAD:
        tsan_locked(&native_);
        PLAIT_STEP("lock.inherited");
        return outcome::owner_died;
    case ETIMEDOUT: return outcome::not_locked;
    default: refuse("pthread_mutex_clocklock: " + std::generic_category().message(code));
    }
}

robust_mutex::outcome robust_mutex::try_acquire() {
    check_kind();
    switch (int code = ::pthread_mutex_trylock(&native_)) {
    case 0: PLAIT_STEP("lock.taken"); return outcome::locked;
    case EOWNERDEAD: PLAIT_STEP("lock.inherited"); return outcome::owner_died;
    case EBUSY: return outcome::not_locked;
    default: refuse("pthread_mutex_trylock: " + std::generic_category().message(code));
    }
}

void robust_mutex::make_consistent() noexcept {
    PLAIT_STEP("lock.recovered");
    ::pthread_mutex_consistent(&native_);
    PLAIT_STEP("lock.consistent");
}

void robust_mutex::release() noexcept {
    PLAIT_STEP("lock.release");
    // It fails only if somebody scribbled over the mutex, and then the next one who locks it finds that out.
    static_cast<void>(::pthread_mutex_unlock(&native_));
    PLAIT_STEP("lock.released");
}

} // namespace plait::ipc::detail
