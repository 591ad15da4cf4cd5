// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Threads, what is local to them, and child programs: what users of Python's threading and subprocess rely on.
#include "support/parties.hpp"

#include <plait/runtime/error.hpp>
#include <plait/runtime/locals.hpp>
#include <plait/runtime/mutex.hpp>
#include <plait/runtime/subprocess.hpp>
#include <plait/runtime/thread.hpp>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>
#include <vector>

using namespace plait;

namespace {

void cook(const std::string& dish, std::string& table) { table = dish; }

class waiter_of_a_restaurant {
public:
    explicit waiter_of_a_restaurant(std::atomic<int>& served) : served_(&served) {}
    void operator()(int tables) const { *served_ += tables; }

private:
    std::atomic<int>* served_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(threads_conformance)

// conformance A: threads from a function
BOOST_AUTO_TEST_CASE(a_thread_runs_a_function) {
    std::string table;
    thread t(cook, "soup", std::ref(table));
    t.join();
    BOOST_TEST(table == "soup");
}

// conformance A: threads from an object
BOOST_AUTO_TEST_CASE(a_thread_runs_an_object_with_state) {
    std::atomic<int> served{0};
    waiter_of_a_restaurant w(served);
    std::vector<thread> threads;
    for (int tables : {1, 2, 3})
        threads.emplace_back(w, tables);
    for (auto& t : threads)
        t.join();
    BOOST_TEST(served == 6);
}

// conformance A: join
BOOST_AUTO_TEST_CASE(everybody_may_join_a_thread_and_sees_what_it_did) {
    test::for_every_kind([](test::parties& party) {
        event go;
        int written = 0;
        std::atomic<int> seen{0};
        thread t([&] {
            go.wait();
            written = 7;
        });
        for (int i = 0; i < 3; ++i)
            party([&] {
                t.join();
                seen += written;
            });
        go.set();
        party.join();
        BOOST_TEST(seen == 21);
    });
}

// conformance A: daemon threads
BOOST_AUTO_TEST_CASE(a_daemon_goes_on_without_its_handle) {
    event go, over;
    {
        thread daemon({.name = "bell", .daemon = true}, [&] {
            go.wait();
            over.set();
        });
        BOOST_TEST(daemon.is_daemon());
    }
    go.set();
    over.wait();
    BOOST_TEST(!thread([] {}).is_daemon());
}

// conformance A: current/enumerate/active_count
BOOST_AUTO_TEST_CASE(threads_know_themselves_and_each_other) {
    const auto before = thread::active_count();
    event go;
    std::vector<std::string> own_names(3);
    std::vector<thread> threads;
    for (std::size_t i = 0; i < own_names.size(); ++i)
        threads.emplace_back(thread_options{.name = "worker-" + std::to_string(i)}, [&, i] {
            own_names[i] = thread::current().name();
            go.wait();
        });
    BOOST_TEST(thread::active_count() == before + 3);
    std::vector<std::string> names;
    for (const auto& t : thread::enumerate())
        names.push_back(t.name());
    for (const char* name : {"main", "worker-0", "worker-1", "worker-2"})
        BOOST_TEST(std::count(names.begin(), names.end(), name) == 1, name);
    go.set();
    for (auto& t : threads)
        t.join();
    BOOST_TEST(thread::active_count() == before);
    BOOST_TEST(
        own_names == (std::vector<std::string>{"worker-0", "worker-1", "worker-2"}), boost::test_tools::per_element());
}

// conformance A: shared data race and its cure
BOOST_AUTO_TEST_CASE(threads_that_count_under_a_lock_lose_nothing) {
    long count = 0;
    mutex m;
    {
        std::vector<thread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                for (int n = 0; n < 10'000; ++n) {
                    std::lock_guard guard(m);
                    ++count;
                }
            });
    }
    BOOST_TEST(count == 40'000);
}

// conformance A: thread-locals
BOOST_AUTO_TEST_CASE(each_party_has_its_own_student) {
    test::for_every_kind([](test::parties& party) {
        local<std::string> student;
        std::vector<std::string> seen(4);
        for (std::size_t i = 0; i < seen.size(); ++i)
            party([&, i] {
                student.set("student " + std::to_string(i));
                yield();
                seen[i] = *student;
            });
        party.join();
        BOOST_TEST(
            seen == (std::vector<std::string>{"student 0", "student 1", "student 2", "student 3"}),
            boost::test_tools::per_element());
    });
}

// conformance A: run a command and get its exit status
BOOST_AUTO_TEST_CASE(a_command_s_exit_status_is_told) {
    test::for_every_kind([](test::parties& party) {
        int well = -1, badly = -1, killed = 0;
        party([&] { well = subprocess::run({"true"}).exit_code; });
        party([&] { badly = subprocess::run({"/bin/sh", "-c", "exit 42"}).exit_code; });
        party([&] { killed = subprocess::run({"/bin/sh", "-c", "kill -9 $$"}).exit_code; });
        party.join();
        BOOST_TEST(well == 0);
        BOOST_TEST(badly == 42);
        BOOST_TEST(killed == -9);
    });
}

// conformance A: talk to a command over stdin/stdout/stderr
BOOST_AUTO_TEST_CASE(one_talks_to_a_command) {
    test::for_every_kind([](test::parties& party) {
        std::string answer, complaint;
        party([&] {
            subprocess::popen p(
                {"/bin/sh", "-c", "read name; echo hello $name; echo not now >&2"},
                {.in = subprocess::pipe, .out = subprocess::pipe, .err = subprocess::pipe});
            p.in().write("plait\n");
            answer = p.out().read_line().value_or("");
            complaint = p.err().read_line().value_or("");
            p.wait();
        });
        party.join();
        BOOST_TEST(answer == "hello plait");
        BOOST_TEST(complaint == "not now");
    });
}

BOOST_AUTO_TEST_SUITE_END()
