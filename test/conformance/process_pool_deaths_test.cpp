// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Section G of the conformance list for pools of processes whose workers die, hang, or are killed. In CI the deadlock matrix
// and the mutual killers run twenty times; with PLAIT_TEST_SHORT in the environment, twice.
#include "support/fails_with.hpp"
#include "support/parties.hpp"
#include "support/pool_door.hpp"
#include "support/signal_relative.hpp"

#include <plait/ipc/process_pool.hpp>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace plait;
using namespace std::chrono_literals;
using ipc::process_pool;
using plait::detail::unique_fd;
using test::pool_door;

namespace {

int rounds() { return std::getenv("PLAIT_TEST_SHORT") ? 2 : 20; }

int twice(int n) { return 2 * n; }
void be_killed() { ::raise(SIGKILL); }
void kill_process(pid_t pid) { plait::test::signal_relative(pid, SIGKILL); }

enum class moment { task_is_written, task_is_read, task_runs, result_is_written, result_is_read };
enum class deed { throws, exits, crashes };

void do_it(deed d) {
    if (d == deed::throws) throw std::out_of_range("as it was told");
    if (d == deed::exits) std::_Exit(7);
    ::raise(SIGKILL);
}

struct plan {
    moment when;
    deed what;
    void now(moment m) const {
        if (m == when) do_it(what);
    }
};
/// What happens when it is written and read, as an argument and as a result.
struct trapped_argument : plan {};
struct trapped_result : plan {};

trapped_result pass_the_trap(trapped_argument a) {
    a.now(moment::task_runs);
    return {a};
}

template <class T, moment written, moment read>
struct trapped_codec {
    static std::size_t size(const T&) { return sizeof(plan); }
    static void encode(const T& value, std::span<std::byte> to) {
        value.now(written);
        std::memcpy(to.data(), static_cast<const plan*>(&value), sizeof(plan));
    }
    static T decode(std::span<const std::byte> from) {
        T value;
        std::memcpy(static_cast<plan*>(&value), from.data(), sizeof(plan));
        value.now(read);
        return value;
    }
};

} // namespace

template <>
struct plait::ipc::codec<trapped_argument>
    : trapped_codec<trapped_argument, moment::task_is_written, moment::task_is_read> {};
template <>
struct plait::ipc::codec<trapped_result>
    : trapped_codec<trapped_result, moment::result_is_written, moment::result_is_read> {};

namespace {

/// Whether `f` ended as it has to after that deed at that moment.
bool ends_rightly(future<trapped_result> f, const plan& p) {
    bool in_worker = p.when != moment::task_is_written && p.when != moment::result_is_read;
    try {
        static_cast<void>(std::move(f).get());
    } catch (const ipc::worker_exited& e) {
        return in_worker && ((p.what == deed::exits && e.exit_code() == 7) ||
                             (p.what == deed::crashes && e.exit_code() == -SIGKILL));
    } catch (const ipc::remote_error& e) {
        return in_worker && p.what == deed::throws && e.type_name() == "std::out_of_range";
    } catch (const std::out_of_range&) {
        return !in_worker && p.what == deed::throws;
    }
    return false;
}

/// Waits until the process behind a pidfd has ended; false if it has not after a minute.
bool await_end(const unique_fd& pidfd) {
    pollfd ended{.fd = pidfd.get(), .events = POLLIN, .revents = 0};
    return ::poll(&ended, 1, 60'000) == 1;
}

int own_a_pool(ipc::queue<pid_t> workers) {
    process_pool pool({.workers = 3});
    for (pid_t pid : pool.pids())
        workers.put(pid);
    auto never = pool.submit([] { ::pause(); });
    never.get();
    return 0;
}

} // namespace

BOOST_AUTO_TEST_SUITE(process_pool_deaths_suite)

// conformance 58
BOOST_AUTO_TEST_CASE(terminate_with_10_000_tasks_queued_returns_without_running_them) {
    pool_door door;
    process_pool pool({.workers = 2}, fn<&pool_door::enter_hall>, door.tickets(), door.arrivals());
    auto first = pool.submit(fn<&pool_door::wait>), second = pool.submit(fn<&pool_door::wait>);
    door.await(2);
    std::vector<future<void>> queued;
    for (int i = 0; i < 10'000; ++i)
        queued.push_back(pool.submit(fn<&pool_door::wait>));
    pool.terminate();
    bool all_cancelled = true;
    for (auto& q : queued)
        all_cancelled &= q.is_cancelled();
    BOOST_TEST(all_cancelled);
    BOOST_TEST(door.arrivals().size() == 0U);
    auto was_killed = [](const ipc::worker_exited& e) { return e.exit_code() == -SIGKILL; };
    BOOST_CHECK_EXCEPTION(first.get(), ipc::worker_exited, was_killed);
    BOOST_CHECK_EXCEPTION(second.get(), ipc::worker_exited, was_killed);
    BOOST_TEST(test::fails_with(errc::pool_shut_down, [&] { static_cast<void>(pool.submit(fn<&twice>, 1)); }));
}

// conformance 66: {error, exit, crash} × {write the task, read it, run, write the result, read it}; where the owner does
// it, only the error: anything else would end the owner.
BOOST_AUTO_TEST_CASE(whatever_a_task_does_at_whatever_moment_its_future_ends_rightly_and_the_pool_goes_on) {
    process_pool pool({.workers = 2});
    for (int round = 0; round < rounds(); ++round)
        for (auto when :
             {moment::task_is_written, moment::task_is_read, moment::task_runs, moment::result_is_written,
              moment::result_is_read})
            for (auto what : {deed::throws, deed::exits, deed::crashes}) {
                bool in_owner = when == moment::task_is_written || when == moment::result_is_read;
                if (in_owner && what != deed::throws) continue;
                plan p{when, what};
                BOOST_TEST_CONTEXT("moment " << static_cast<int>(when) << ", deed " << static_cast<int>(what)) {
                    auto trapped = pool.submit(fn<&pass_the_trap>, trapped_argument{p});
                    auto good = pool.submit(fn<&twice>, round);
                    BOOST_TEST(ends_rightly(std::move(trapped), p));
                    BOOST_TEST(good.get() == 2 * round);
                }
            }
}

// conformance 66: the same with callbacks and coroutines, several at once
BOOST_AUTO_TEST_CASE(deaths_are_told_to_threads_and_coroutines_alike) {
    process_pool pool({.workers = 2});
    test::for_every_kind([&](test::parties& party) {
        std::atomic<int> right{0};
        for (int n = 0; n < 3; ++n)
            party([&] {
                for (auto what : {deed::throws, deed::exits, deed::crashes}) {
                    plan p{moment::task_runs, what};
                    if (ends_rightly(pool.submit(fn<&pass_the_trap>, trapped_argument{p}), p)) ++right;
                }
            });
        party.join();
        BOOST_TEST(right == 9);
    });
}

// conformance 67
BOOST_AUTO_TEST_CASE(workers_that_are_killed_while_huge_arguments_are_on_their_way_fail_their_tasks_alone) {
    process_pool pool({.workers = 2, .message_bytes = 8 << 20});
    const std::string huge(5 << 20, 'x');
    std::vector<future<std::size_t>> lengths;
    for (int i = 0; i < 10; ++i) {
        auto killer = pool.submit(fn<&be_killed>);
        lengths.push_back(pool.submit([](const std::string& text) { return text.size(); }, huge));
        BOOST_CHECK_THROW(killer.get(), ipc::worker_exited);
    }
    for (auto& l : lengths)
        BOOST_TEST(l.get() == huge.size());
}

// conformance 68
BOOST_AUTO_TEST_CASE(a_killed_worker_fails_its_own_task_and_those_that_wait_are_done_by_others) {
    pool_door door;
    process_pool pool({.workers = 2}, fn<&pool_door::enter_hall>, door.tickets(), door.arrivals());
    auto doomed = pool.submit([] {
        pool_door::wait();
        ::raise(SIGKILL);
    });
    auto other = pool.submit(fn<&pool_door::wait>);
    door.await(2);
    std::vector<future<int>> waiting;
    for (int i = 0; i < 50; ++i)
        waiting.push_back(pool.submit(fn<&twice>, i));
    door.open(2);
    BOOST_CHECK_THROW(doomed.get(), ipc::worker_exited);
    other.get();
    for (int i = 0; auto& w : waiting)
        BOOST_TEST(w.get() == 2 * i++);
    BOOST_TEST(pool.stats().died == 1U);
    BOOST_TEST(pool.stats().failed == 1U);
}

// conformance 68
BOOST_AUTO_TEST_CASE(the_death_of_a_worker_breaks_a_strict_pool) {
    process_pool pool({.workers = 2, .strict = true});
    auto killer = pool.submit(fn<&be_killed>);
    BOOST_CHECK_THROW(killer.get(), ipc::worker_exited);
    auto is_broken = [&] { return test::code_of([&] { pool.submit(fn<&twice>, 1).get(); }) == errc::pool_broken; };
    while (!is_broken())
        std::this_thread::yield();
    BOOST_TEST(test::fails_with(errc::pool_broken, [&] { static_cast<void>(pool.submit(fn<&twice>, 1)); }));
}

// conformance 69
BOOST_AUTO_TEST_CASE(the_error_names_the_exit_code_or_the_signal) {
    process_pool pool({.workers = 1});
    auto text_of = [&](auto f) -> std::string {
        try {
            f.get();
        } catch (const worker_died& e) {
            return e.what();
        }
        return "it did not die";
    };
    auto contains = [](const std::string& text, const char* part) {
        boost::test_tools::assertion_result result(text.find(part) != std::string::npos);
        result.message() << text;
        return result;
    };
    BOOST_TEST(contains(text_of(pool.submit([] { std::_Exit(3); })), "pool-0 (pid "));
    BOOST_TEST(contains(text_of(pool.submit([] { std::_Exit(3); })), "ended with exit code 3"));
    BOOST_TEST(contains(text_of(pool.submit([] { std::exit(0); })), "ended with exit code 0"));
    BOOST_TEST(contains(text_of(pool.submit([] { ::raise(SIGTERM); })), "was killed by SIGTERM"));
}

// conformance 71 [loky test_crash_races]
BOOST_AUTO_TEST_CASE(workers_that_kill_each_other_leave_a_pool_that_works) {
    for (int round = 0; round < rounds(); ++round)
        for (std::size_t workers : {1U, 2U, 5U, 13U}) {
            process_pool pool({.workers = workers});
            auto pids = pool.pids();
            std::vector<future<void>> killers;
            for (std::size_t i = 0; i < pids.size(); ++i)
                killers.push_back(pool.submit(fn<&kill_process>, pids[(i + 1) % pids.size()]));
            std::uint64_t killed = 0;
            for (auto& k : killers)
                if (test::code_of([&] { k.get(); }) == errc::worker_died) ++killed;
            BOOST_TEST(pool.submit(fn<&twice>, round).get() == 2 * round);
            BOOST_TEST(pool.stats().failed == killed);
        }
}

// conformance 72
BOOST_AUTO_TEST_CASE(a_callback_of_a_task_that_killed_its_worker_can_submit) {
    process_pool pool({.workers = 1});
    std::atomic<int> result{0};
    event end;
    future<int> next;
    auto killer = pool.submit(fn<&be_killed>);
    killer.on_done([&] {
        next = pool.submit(fn<&twice>, 21);
        next.on_done([&] { result = next.get(), end.set(); });
    });
    end.wait();
    BOOST_TEST(result == 42);
}

// conformance 73
BOOST_AUTO_TEST_CASE(a_hundred_bad_tasks_and_then_a_hundred_good_ones) {
    process_pool pool({.workers = 2});
    std::vector<future<void>> bad;
    for (int i = 0; i < 100; ++i)
        bad.push_back(i % 2 ? pool.submit(fn<&be_killed>) : pool.submit([] { throw std::runtime_error("bad"); }));
    std::vector<future<int>> good;
    for (int i = 0; i < 100; ++i)
        good.push_back(pool.submit(fn<&twice>, i));
    for (int i = 0; auto& b : bad) {
        auto expected = i++ % 2 ? errc::worker_died : errc::remote_failure;
        BOOST_TEST(test::fails_with(expected, [&] { b.get(); }));
    }
    for (int i = 0; auto& g : good)
        BOOST_TEST(g.get() == 2 * i++);
}

// conformance 74
BOOST_AUTO_TEST_CASE(no_worker_survives_when_the_owner_of_the_pool_is_killed) {
    auto shared = ipc::segment::create();
    auto workers = ipc::queue<pid_t>::create(shared, "workers");
    ipc::process owner({.daemon = false}, fn<&own_a_pool>, workers);
    owner.start();
    std::vector<unique_fd> ends;
    for (int i = 0; i < 3; ++i)
        ends.emplace_back(static_cast<int>(::syscall(SYS_pidfd_open, workers.get(), 0)));
    owner.kill();
    owner.join();
    for (auto& e : ends)
        BOOST_TEST(await_end(e));
}

BOOST_AUTO_TEST_CASE(a_task_that_runs_too_long_is_killed_and_the_pool_goes_on) {
    process_pool pool({.workers = 2});
    test::for_every_kind([&](test::parties& party) {
        std::atomic<int> right{0};
        party([&] {
            auto endless = pool.submit(ipc::task_options{.timeout = 20ms, .idempotent = true}, [] { ::pause(); });
            auto quick = pool.submit(ipc::task_options{.timeout = 1h}, fn<&twice>, 4);
            try {
                endless.get();
            } catch (const ipc::task_timed_out&) {
                ++right;
            }
            if (quick.get() == 8) ++right;
            if (pool.submit(fn<&twice>, 1).get() == 2) ++right;
        });
        party.join();
        BOOST_TEST(right == 3);
    });
}

BOOST_AUTO_TEST_CASE(each_task_has_a_timeout_of_its_own) {
    pool_door door;
    process_pool pool({.workers = 3}, fn<&pool_door::enter_hall>, door.tickets(), door.arrivals());
    auto patient = pool.submit(ipc::task_options{.timeout = 1h}, fn<&pool_door::wait>);
    door.await();
    for (int round = 0; round < 3; ++round) { // the keeper looks for the patient one in an hour, unless it is told
        auto shorter = pool.submit(ipc::task_options{.timeout = 5ms}, [] { ::pause(); });
        auto longer = pool.submit(ipc::task_options{.timeout = 20ms}, [] { ::pause(); });
        BOOST_CHECK_THROW(longer.get(), ipc::task_timed_out);
        BOOST_CHECK_THROW(shorter.get(), ipc::task_timed_out);
    }
    BOOST_TEST(!patient.is_done());
    door.open();
    BOOST_CHECK_NO_THROW(patient.get());
}

BOOST_AUTO_TEST_CASE(the_time_in_the_queue_does_not_count_for_the_timeout) {
    pool_door door;
    process_pool pool({.workers = 2, .priorities = true}, fn<&pool_door::enter_hall>, door.tickets(), door.arrivals());
    auto first = pool.submit(fn<&pool_door::wait>);
    door.await();
    auto clock = pool.submit(ipc::task_options{.timeout = 20ms}, [] { ::pause(); });
    auto next = pool.submit(ipc::task_options{.priority = 1}, fn<&pool_door::wait>);
    auto hasty = pool.submit(ipc::task_options{.timeout = 1ms, .priority = 2}, [] { ::pause(); });
    BOOST_CHECK_THROW(clock.get(), ipc::task_timed_out);
    door.await(); // `next` has taken the place of `clock`; `hasty` has waited for twenty times its timeout
    BOOST_TEST(!hasty.is_done());
    door.open(2);
    BOOST_CHECK_THROW(hasty.get(), ipc::task_timed_out);
    first.get();
    next.get();
}

BOOST_AUTO_TEST_CASE(an_idempotent_task_is_run_again_until_it_has_killed_too_many) {
    process_pool pool({.workers = 2, .poison_limit = 3});
    const ipc::task_options again{.idempotent = true};
    auto poison = pool.submit(again, fn<&be_killed>);
    BOOST_CHECK_EXCEPTION(poison.get(), ipc::task_poisoned, [](const ipc::task_poisoned& e) {
        return e.deaths() == 3 && e.exit_code() == -SIGKILL;
    });
    BOOST_TEST(pool.stats().died == 3U);
    BOOST_TEST(pool.stats().retried == 2U);
}

BOOST_AUTO_TEST_CASE(an_idempotent_task_that_survives_its_second_run_gives_its_value) {
    pool_door door;
    process_pool pool({.workers = 1}, fn<&pool_door::enter_hall>, door.tickets(), door.arrivals());
    auto value = pool.submit(
        ipc::task_options{.idempotent = true},
        [](const std::string& text) {
            pool_door::wait();
            return text.size();
        },
        "twice");
    door.await();
    kill_process(pool.pids().front());
    door.await(); // it has come again
    door.open();
    BOOST_TEST(value.get() == 5U);
}

BOOST_AUTO_TEST_CASE(a_pool_whose_workers_cannot_live_is_broken_and_says_why) {
    process_pool pool({.workers = 2, .max_restarts = 3}, [] { std::_Exit(9); });
    BOOST_CHECK_EXCEPTION(pool.submit(fn<&twice>, 1).get(), error, [](const error& e) {
        return e.code() == errc::pool_broken && std::string(e.what()).find("exit code 9") != std::string::npos;
    });
}

BOOST_AUTO_TEST_CASE(under_random_kills_every_task_ends_once_with_its_value_or_a_named_cause) {
    process_pool pool({.workers = 3, .max_restarts = 1'000'000}); // some are killed while they are starting
    std::atomic<bool> over{false};
    std::thread killer([&] {
        std::minstd_rand random(7);
        while (!over) {
            auto pids = pool.pids();
            if (!pids.empty()) kill_process(pids[random() % pids.size()]);
            std::this_thread::sleep_for(std::chrono::microseconds(random() % 3000));
        }
    });
    const int count = std::getenv("PLAIT_TEST_SHORT") ? 20'000 : 100'000;
    std::vector<future<int>> plain, repeated;
    for (int i = 0; i < count; ++i) {
        plain.push_back(pool.submit(fn<&twice>, i));
        if (i % 10 == 0) repeated.push_back(pool.submit(ipc::task_options{.idempotent = true}, fn<&twice>, i));
    }
    std::uint64_t values = 0, deaths = 0, wrong = 0;
    auto account = [&](future<int>& f, int expected) {
        try {
            ++(f.get() == expected ? values : wrong);
        } catch (const ipc::worker_exited&) {
            ++deaths;
        }
    };
    for (int i = 0; auto& f : plain)
        account(f, 2 * i++);
    for (int i = 0; auto& f : repeated)
        account(f, 20 * i++);
    over = true;
    killer.join();
    BOOST_TEST(wrong == 0U);
    auto stats = pool.stats();
    BOOST_TEST(stats.completed == values);
    BOOST_TEST(stats.failed == deaths);
    BOOST_TEST(stats.completed + stats.failed == stats.submitted);
    BOOST_TEST(stats.queued == 0U);
    BOOST_TEST_MESSAGE(stats.died << " workers killed, " << deaths << " tasks failed with them");
    BOOST_TEST(pool.submit(fn<&twice>, 1).get() == 2);
}

BOOST_AUTO_TEST_SUITE_END()
