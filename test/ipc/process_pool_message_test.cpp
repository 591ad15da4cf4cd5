// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Arguments that are read where they lie, and results that are.
#include <plait/ipc/process_pool.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <unistd.h>

using namespace plait;
using ipc::message_bytes;
using ipc::process_pool;

namespace {

using bytes = std::span<const std::byte>;
bytes of(std::string_view text) { return std::as_bytes(std::span(text)); }

message_bytes echo(bytes what) { return message_bytes(what); }
std::tuple<pid_t, message_bytes> echo_and_sign(int, bytes what) { return {::getpid(), message_bytes(what)}; }
std::size_t length(bytes what) { return what.size(); }
void die_of(bytes) { ::raise(SIGKILL); }
void refuse(bytes) { throw std::runtime_error("not this"); }

} // namespace

BOOST_AUTO_TEST_SUITE(ipc_process_pool_messages)

BOOST_AUTO_TEST_CASE(bytes_go_there_and_come_back) {
    process_pool pool({.workers = 2});
    for (std::size_t size : {0U, 1U, 64U, 100'000U}) {
        std::string text(size, 'x');
        BOOST_TEST(pool.submit(fn<&echo>, of(text)).get().text() == text);
        auto [who, what] = pool.submit(fn<&echo_and_sign>, 7, of(text)).get();
        BOOST_TEST(who != ::getpid());
        BOOST_TEST(what.text() == text);
    }
}

BOOST_AUTO_TEST_CASE(a_result_takes_room_until_it_is_released) {
    process_pool pool({.workers = 1});
    auto kept = pool.submit(fn<&echo>, of(std::string(1000, 'x'))).get();
    auto moved = std::move(kept);
    pool.shutdown();
    BOOST_TEST(pool.held_bytes() >= 1000u);
    BOOST_TEST(moved.text() == std::string(1000, 'x'));
    moved.release();
    BOOST_TEST(moved.bytes().empty());
    BOOST_TEST(pool.held_bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(a_result_that_is_dropped_or_assigned_to_gives_its_room_back) {
    process_pool pool({.workers = 1});
    auto result = pool.submit(fn<&echo>, of("first")).get();
    result = pool.submit(fn<&echo>, of("second")).get();
    BOOST_TEST(result.text() == "second");
    static_cast<void>(pool.submit(fn<&echo>, of("nobody reads this")));
    result = message_bytes();
    pool.shutdown();
    BOOST_TEST(pool.held_bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(no_room_is_lost_with_workers_that_die_over_bytes_which_they_read_where_they_lie) {
    process_pool pool({.workers = 2});
    std::vector<future<std::size_t>> good;
    for (int i = 0; i < 20; ++i) {
        auto bad = pool.submit(fn<&die_of>, of("bad"));
        good.push_back(pool.submit(fn<&length>, of("good")));
        BOOST_CHECK_THROW(bad.get(), ipc::worker_exited);
        BOOST_CHECK_THROW(pool.submit(fn<&refuse>, of("worse")).get(), ipc::remote_error);
    }
    for (auto& each : good)
        BOOST_TEST(each.get() == 4u);
    pool.shutdown();
    BOOST_TEST(pool.held_bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(bytes_of_a_task_that_may_run_again_are_kept_for_that) {
    process_pool pool({.workers = 1, .poison_limit = 3});
    auto poison = [&] {
        std::string gone = "gone when submit returns";
        return pool.submit(ipc::task_options{.idempotent = true}, fn<&die_of>, of(gone));
    }();
    BOOST_CHECK_THROW(poison.get(), ipc::task_poisoned);
    pool.shutdown();
    BOOST_TEST(pool.held_bytes() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
