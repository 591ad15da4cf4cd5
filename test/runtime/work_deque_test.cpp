// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/injection_queue.hpp>
#include <plait/runtime/detail/work_deque.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

using namespace plait::detail;

namespace {

/// An item that counts how often somebody got hold of it.
struct numbered : work_item {
    numbered() : work_item(kind::task, [](work_item&, const plait::error*) noexcept {}) {}
    std::atomic<int> taken{0};
};

bool all_taken_once(const std::vector<numbered>& items) {
    return std::all_of(items.begin(), items.end(), [](auto& item) { return item.taken == 1; });
}

} // namespace

BOOST_AUTO_TEST_SUITE(work_deque_suite)

BOOST_AUTO_TEST_CASE(the_owner_takes_the_newest_and_a_thief_the_oldest) {
    work_deque deque;
    numbered a, b, c;
    deque.push(a);
    deque.push(b);
    deque.push(c);
    BOOST_TEST(deque.size() == 3u);
    BOOST_TEST(deque.steal() == &a);
    BOOST_TEST(deque.pop() == &c);
    BOOST_TEST(deque.pop() == &b);
    BOOST_TEST(deque.pop() == nullptr);
    BOOST_TEST(deque.steal() == nullptr);
    BOOST_TEST(deque.empty());
}

BOOST_AUTO_TEST_CASE(a_full_deque_grows_and_keeps_the_order) {
    std::vector<numbered> items(100);
    work_deque deque(2);
    for (auto& item : items)
        deque.push(item);
    for (std::size_t i = 0; i < 50; ++i)
        BOOST_REQUIRE(deque.steal() == &items[i]);
    for (std::size_t i = 100; i-- > 50;)
        BOOST_REQUIRE(deque.pop() == &items[i]);
    BOOST_TEST(deque.empty());
}

BOOST_AUTO_TEST_CASE(every_item_is_taken_once_while_thieves_steal_and_the_deque_grows) {
    for (int round = 0; round < 20; ++round) {
        std::vector<numbered> items(5'000);
        work_deque deque(2);
        std::atomic<bool> all_pushed{false};
        std::vector<std::jthread> thieves;
        for (int t = 0; t < 3; ++t)
            thieves.emplace_back([&] {
                while (!all_pushed || !deque.empty())
                    if (auto* item = static_cast<numbered*>(deque.steal())) ++item->taken;
            });
        std::size_t n = 0;
        for (auto& item : items) {
            deque.push(item);
            if (++n % 3 == 0) // so that the last item is fought for
                while (auto* own = static_cast<numbered*>(deque.pop()))
                    ++own->taken;
        }
        all_pushed = true;
        thieves.clear();
        BOOST_REQUIRE(all_taken_once(items));
    }
}

BOOST_AUTO_TEST_CASE(an_injection_queue_is_first_in_first_out_across_its_chunks) {
    std::vector<numbered> items(3'000);
    injection_queue queue;
    for (auto& item : items)
        BOOST_REQUIRE(queue.push(item));
    BOOST_TEST(queue.size() == items.size());
    std::array<work_item*, 7> some{};
    for (std::size_t n = 0; n < items.size();) {
        std::size_t count = queue.take(some.data(), some.size());
        BOOST_REQUIRE(count > 0u);
        for (std::size_t i = 0; i < count; ++i)
            BOOST_REQUIRE(some[i] == &items[n++]);
    }
    BOOST_TEST(queue.empty());
    BOOST_TEST(queue.take(some.data(), some.size()) == 0u);
}

BOOST_AUTO_TEST_CASE(an_injection_queue_with_many_at_both_ends_conserves_every_item) {
    std::vector<numbered> items(20'000);
    injection_queue queue;
    {
        std::atomic<std::size_t> next{0}, taken{0};
        std::vector<std::jthread> parties;
        for (int t = 0; t < 2; ++t) {
            parties.emplace_back([&] {
                for (std::size_t i = next++; i < items.size(); i = next++)
                    static_cast<void>(queue.push(items[i]));
            });
            parties.emplace_back([&] {
                std::array<work_item*, 16> some{};
                while (taken < items.size()) {
                    std::size_t count = queue.take(some.data(), some.size());
                    for (std::size_t i = 0; i < count; ++i)
                        ++static_cast<numbered*>(some[i])->taken;
                    taken += count;
                }
            });
        }
    }
    BOOST_TEST(all_taken_once(items));
}

BOOST_AUTO_TEST_CASE(a_closed_injection_queue_refuses_what_is_new_and_takes_back_what_it_gave) {
    injection_queue queue;
    numbered a, b;
    BOOST_TEST(queue.push(a));
    queue.close();
    BOOST_TEST(!queue.push(b));
    work_item* got = nullptr;
    BOOST_TEST(queue.take(&got, 1) == 1u);
    queue.push_again(*got);
    BOOST_TEST(queue.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
