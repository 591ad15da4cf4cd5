// Copyright 2026 the plait authors. Boost Software License 1.0
#include "waiting_age.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>

using namespace plait;
using namespace std::chrono_literals;
using ipc::detail::waiting_age;

namespace {
constexpr time_point start{};
constexpr bool waits = true, is_started = false, some = true, none = false;
} // namespace

BOOST_AUTO_TEST_SUITE(ipc_waiting_age)

BOOST_AUTO_TEST_CASE(while_nobody_waits_there_is_no_age) {
    waiting_age age;
    BOOST_CHECK(age.look(start, none, is_started) == 0s);
    BOOST_TEST(!age.has_noted());
}

BOOST_AUTO_TEST_CASE(a_task_that_waits_is_as_old_as_its_note) {
    waiting_age age;
    BOOST_CHECK(age.look(start, some, is_started) == 0s);
    age.note(start);
    BOOST_CHECK(age.look(start + 3s, some, waits) == 3s);
    BOOST_CHECK(age.look(start + 5s, some, waits) == 5s);
}

BOOST_AUTO_TEST_CASE(what_one_has_waited_stands_for_the_next_until_that_has_waited_longer) {
    waiting_age age;
    age.note(start);
    BOOST_CHECK(age.look(start + 3s, some, is_started) == 3s);
    BOOST_TEST(!age.has_noted());
    age.note(start + 3s);
    BOOST_CHECK(age.look(start + 4s, some, waits) == 3s);
    BOOST_CHECK(age.look(start + 7s, some, waits) == 4s);
}

BOOST_AUTO_TEST_CASE(a_queue_that_gets_faster_gets_younger) {
    waiting_age age;
    age.note(start);
    static_cast<void>(age.look(start + 3s, some, is_started));
    age.note(start + 3s);
    BOOST_CHECK(age.look(start + 4s, some, is_started) == 1s);
}

BOOST_AUTO_TEST_CASE(when_nobody_waits_any_more_all_is_forgotten) {
    waiting_age age;
    age.note(start);
    static_cast<void>(age.look(start + 3s, some, is_started));
    BOOST_CHECK(age.look(start + 4s, none, is_started) == 0s);
    BOOST_CHECK(age.look(start + 5s, some, is_started) == 0s);
}

BOOST_AUTO_TEST_SUITE_END()
