// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The mutex that survives its holder. The holders are forked here: a program of one thread, nothing but the mutex in
// memory that both map.
#include "robust_mutex.hpp"

#include <plait/runtime/detail/syscall.hpp>
#include <plait/runtime/error.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <csignal>
#include <cstring>
#include <functional>
#include <new>
#include <thread>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace plait;
using namespace std::chrono_literals;
using ipc::detail::robust_mutex;

namespace {

struct shared_memory {
    robust_mutex mutex;
    std::atomic<int> recoveries{0};
};

deadline in(duration d) { return deadline(std::chrono::steady_clock::now() + d); }

struct fixture {
    fixture() {
        void* at = ::mmap(nullptr, sizeof(shared_memory), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (at == MAP_FAILED) plait::detail::throw_system_error(errno, "mmap()");
        shared = new (at) shared_memory;
    }
    ~fixture() { ::munmap(shared, sizeof(shared_memory)); }

    auto recover() {
        return [this]() noexcept { ++shared->recoveries; };
    }
    /// A process that does `f` and then what `signal` makes of it; returns when that has happened.
    pid_t child_that(const std::function<void()>& f, int signal) {
        pid_t pid = plait::detail::checked([] { return ::fork(); }, [] { return std::string("fork()"); });
        if (pid == 0) {
            f();
            ::raise(signal);
            ::_exit(0);
        }
        int status = 0;
        ::waitpid(pid, &status, WUNTRACED);
        return pid;
    }
    void a_holder_is_killed() {
        child_that([&] { static_cast<void>(new auto(shared->mutex.lock(recover()))); }, SIGKILL);
    }

    shared_memory* shared;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(robust_mutex_of_processes, fixture)

BOOST_AUTO_TEST_CASE(threads_exclude_each_other) {
    int counter = 0;
    auto count = [&] {
        for (int i = 0; i < 20'000; ++i) {
            auto lock = shared->mutex.lock(recover());
            ++counter;
        }
    };
    std::thread other(count);
    count();
    other.join();
    BOOST_TEST(counter == 40'000);
    BOOST_TEST(shared->recoveries == 0);
}

BOOST_AUTO_TEST_CASE(a_lock_that_somebody_has_is_not_to_be_had) {
    auto lock = shared->mutex.lock(recover());
    std::thread other([&] {
        BOOST_TEST(!shared->mutex.try_lock(recover()));
        BOOST_TEST(!shared->mutex.lock_until(in(1ms), recover()));
        BOOST_TEST(!shared->mutex.lock_until(deadline(time_point(-1s)), recover()));
    });
    other.join();
}

BOOST_AUTO_TEST_CASE(who_locks_after_a_killed_holder_recovers_first) {
    a_holder_is_killed();
    auto lock = shared->mutex.lock(recover());
    BOOST_TEST(shared->recoveries == 1);
}

BOOST_AUTO_TEST_CASE(every_way_to_lock_recovers) {
    a_holder_is_killed();
    BOOST_TEST(shared->mutex.try_lock(recover()).has_value());
    a_holder_is_killed();
    BOOST_TEST(shared->mutex.lock_until(in(1h), recover()).has_value());
    BOOST_TEST(shared->recoveries == 2);
}

BOOST_AUTO_TEST_CASE(who_dies_in_recovery_leaves_it_to_the_next) {
    a_holder_is_killed();
    child_that([&] { static_cast<void>(shared->mutex.lock([]() noexcept { ::raise(SIGKILL); })); }, SIGKILL);
    auto lock = shared->mutex.lock(recover());
    BOOST_TEST(shared->recoveries == 1);
}

BOOST_AUTO_TEST_CASE(a_recovered_lock_is_a_lock_like_any_other) {
    a_holder_is_killed();
    { auto lock = shared->mutex.lock(recover()); }
    { auto lock = shared->mutex.lock(recover()); }
    BOOST_TEST(shared->recoveries == 1);
}

BOOST_AUTO_TEST_CASE(a_stopped_holder_holds_nobody_up_beyond_his_deadline) {
    pid_t holder = child_that([&] { static_cast<void>(new auto(shared->mutex.lock(recover()))); }, SIGSTOP);
    BOOST_TEST(!shared->mutex.lock_until(in(1ms), recover()));
    ::kill(holder, SIGKILL);
    int status = 0;
    ::waitpid(holder, &status, 0);
    BOOST_TEST(shared->mutex.lock_until(in(1h), recover()).has_value());
}

BOOST_AUTO_TEST_CASE(a_lock_of_another_boot_is_made_free) {
    pid_t holder = child_that([&] { static_cast<void>(new auto(shared->mutex.lock(recover()))); }, SIGSTOP);
    shared->mutex.reinitialise();
    BOOST_TEST(shared->mutex.try_lock(recover()).has_value());
    BOOST_TEST(shared->recoveries == 0);
    ::kill(holder, SIGKILL);
    int status = 0;
    ::waitpid(holder, &status, 0);
}

BOOST_AUTO_TEST_CASE(a_damaged_lock_is_an_error) {
    std::memset(static_cast<void*>(&shared->mutex), 0xff, sizeof(robust_mutex));
    auto is_invalid = [](const segment_error& e) { return e.code() == errc::segment_invalid; };
    BOOST_CHECK_EXCEPTION(static_cast<void>(shared->mutex.lock(recover())), segment_error, is_invalid);
    BOOST_CHECK_EXCEPTION(static_cast<void>(shared->mutex.try_lock(recover())), segment_error, is_invalid);
    BOOST_CHECK_EXCEPTION(static_cast<void>(shared->mutex.lock_until(in(1ms), recover())), segment_error, is_invalid);
}

BOOST_AUTO_TEST_SUITE_END()
