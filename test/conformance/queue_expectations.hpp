// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What holds of every bounded queue, within a process and between processes: each function does it to queues that are new
// and says what is wrong. The tests that call them say which kinds there are.
#include "support/parties.hpp"

#include <plait/runtime/error.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <vector>

namespace plait::test {

/// Of a queue with room for two.
template <class Queue>
void expect_it_to_refuse_at_once_and_within_a_time(parties& party, Queue& q) {
    using namespace std::chrono_literals;
    std::vector<boost::system::error_code> seen;
    party([&] {
        seen.push_back(q.try_get().error());
        seen.push_back(code_of([&] { static_cast<void>(q.get_for(1us)); }));
        q.put(1);
        q.put(2);
        seen.push_back(q.try_put(3).error());
        seen.push_back(code_of([&] { q.put_for(3, 1us); }));
    });
    party.join();
    BOOST_TEST_REQUIRE(seen.size() == 4u);
    BOOST_TEST((seen[0] == errc::queue_empty));
    BOOST_TEST((seen[1] == errc::timed_out));
    BOOST_TEST((seen[2] == errc::queue_full));
    BOOST_TEST((seen[3] == errc::timed_out));
    BOOST_TEST(q.size() == 2u);
}

/// Of two queues with room for one.
template <class Queue>
void expect_them_to_pass_on(parties& party, Queue& there, Queue& back, int items) {
    int returned = 0;
    party([&] {
        for (int i = 0; i < items; ++i)
            there.put(i);
    });
    party([&] {
        for (int i = 0; i < items; ++i)
            back.put(there.get());
    });
    party([&] {
        for (int i = 0; i < items; ++i)
            returned += back.get();
    });
    party.join();
    BOOST_TEST(returned == (items - 1) * items / 2);
}

template <class Queue>
void expect_it_to_conserve_what_fifty_put_and_fifty_take(parties& party, Queue& q, int each) {
    std::vector<std::atomic<int>> seen(static_cast<std::size_t>(50 * each));
    for (int p = 0; p < 50; ++p) {
        party([&, p] {
            for (int i = 0; i < each; ++i)
                q.put(p * each + i);
        });
        party([&] {
            for (int i = 0; i < each; ++i)
                ++seen[static_cast<std::size_t>(q.get())];
        });
    }
    party.join();
    BOOST_TEST(std::count(seen.begin(), seen.end(), 1) == 50 * each);
    BOOST_TEST(q.empty());
}

template <class Queue>
void expect_it_to_give_out_what_it_has_when_it_is_closed(parties& party, Queue& q) {
    boost::system::error_code put, try_put, get, try_get;
    int first = 0;
    party([&] {
        q.put(1);
        q.close();
        put = code_of([&] { q.put(2); });
        try_put = q.try_put(2).error();
        first = q.get();
        get = code_of([&] { static_cast<void>(q.get()); });
        try_get = q.try_get().error();
    });
    party.join();
    BOOST_TEST((put == errc::queue_closed));
    BOOST_TEST((try_put == errc::queue_closed));
    BOOST_TEST(first == 1);
    BOOST_TEST((get == errc::queue_closed));
    BOOST_TEST((try_get == errc::queue_closed));
}

/// Of two queues, the second with room for one.
template <class Queue>
void expect_them_to_release_everybody_when_they_are_closed(
    parties& party, Queue& empty, Queue& full, bool immediately) {
    full.put(1);
    std::atomic<int> released{0};
    for (int i = 0; i < 3; ++i) {
        party([&] { released += code_of([&] { static_cast<void>(empty.get()); }) == errc::queue_closed; });
        party([&] { released += code_of([&] { full.put(2); }) == errc::queue_closed; });
    }
    immediately ? empty.close_now() : empty.close();
    immediately ? full.close_now() : full.close();
    party.join();
    BOOST_TEST(released == 6);
}

template <class Queue>
void expect_its_size_to_follow_what_is_put_and_taken(parties& party, Queue& q) {
    std::vector<std::size_t> sizes;
    party([&] {
        sizes.push_back(q.size());
        for (int i = 0; i < 2; ++i) {
            q.put(i);
            sizes.push_back(q.size());
        }
        for (int i = 0; i < 2; ++i) {
            static_cast<void>(q.get());
            sizes.push_back(q.size());
        }
    });
    party.join();
    BOOST_TEST(sizes == (std::vector<std::size_t>{0, 1, 2, 1, 0}), boost::test_tools::per_element());
}

} // namespace plait::test
