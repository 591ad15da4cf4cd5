// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Shared memory as an argument: parent and children meet in the segments and queues that they are given.
#include "support/pipe.hpp"

#include <plait/ipc/lifo_queue.hpp>
#include <plait/ipc/priority_queue.hpp>
#include <plait/ipc/process.hpp>
#include <plait/ipc/queue.hpp>
#include <plait/runtime/error.hpp>

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>
#include <vector>

namespace ipc = plait::ipc;
using plait::detail::unique_fd;

namespace {

int produce(ipc::queue<int> to, std::string name, int count) {
    if (name != "chef") return 1;
    for (int i = 0; i < count; ++i)
        to.put(i);
    return 0;
}

void copy_to_both(ipc::queue<int> from, ipc::lifo_queue<int> last_first, ipc::priority_queue<int> highest_first) {
    for (int i = 0; i < 5; ++i) {
        int value = from.get();
        last_first.put(value);
        highest_first.put(value, -value);
    }
}

void forward(ipc::queue<int> from, ipc::queue<int> to) {
    try {
        for (;;)
            to.put(from.get());
    } catch (const plait::queue_closed&) {
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(ipc_process_queue)

BOOST_AUTO_TEST_CASE(a_child_puts_into_the_queue_that_it_was_given) {
    auto shared = ipc::segment::create();
    auto numbers = ipc::queue<int>::create(shared, "numbers", {.capacity = 4});
    ipc::process p{plait::fn<&produce>, numbers, "chef", 10};
    p.start();
    for (int i = 0; i < 10; ++i)
        BOOST_TEST(numbers.get() == i);
    p.join();
    BOOST_TEST(p.exit_code().value() == 0);
}

BOOST_AUTO_TEST_CASE(queues_of_every_order_can_be_given_to_a_child) {
    auto shared = ipc::segment::create({.bytes = 8 << 20});
    auto numbers = ipc::queue<int>::create(shared, "numbers");
    auto last_first = ipc::lifo_queue<int>::create(shared, "last first");
    auto highest_first = ipc::priority_queue<int>::create(shared, "highest first");
    ipc::process p{plait::fn<&copy_to_both>, numbers, last_first, highest_first};
    p.start();
    for (int value : {3, 1, 5, 2, 4})
        numbers.put(value);
    p.join();
    for (int value : {4, 2, 5, 1, 3})
        BOOST_TEST(last_first.get() == value);
    for (int value : {5, 4, 3, 2, 1})
        BOOST_TEST(highest_first.get() == value);
}

BOOST_AUTO_TEST_CASE(children_share_queues_with_each_other) {
    auto shared = ipc::segment::create();
    auto in = ipc::queue<int>::create(shared, "in"), out = ipc::queue<int>::create(shared, "out");
    std::vector<ipc::process> workers;
    for (int i = 0; i < 3; ++i) {
        workers.emplace_back(plait::fn<&forward>, in, out);
        workers.back().start();
    }
    for (int i = 0; i < 300; ++i)
        in.put(i);
    in.close();
    std::multiset<int> seen;
    while (seen.size() < 300)
        seen.insert(out.get());
    for (int i = 0; i < 300; ++i)
        BOOST_TEST(seen.count(i) == 1u);
    for (auto& worker : workers) {
        worker.join();
        BOOST_TEST(worker.exit_code().value() == 0);
    }
    BOOST_TEST(out.empty());
}

BOOST_AUTO_TEST_CASE(a_segment_and_untyped_queues_are_arguments_too) {
    auto shared = ipc::segment::create();
    auto made_here = ipc::byte_queue::create(shared, "here");
    ipc::process p{
        [](ipc::segment s, std::vector<ipc::byte_queue> queues) {
            // A process is attached to a segment once, however many handles it is given.
            for (auto& q : queues)
                if (q.segment_handle() != s) return 1;
            ipc::queue<std::string>::create(s, "there").put("hello");
            return 0;
        },
        shared, std::vector{made_here, made_here}};
    p.start();
    p.join();
    BOOST_TEST(p.exit_code().value() == 0);
    BOOST_TEST(ipc::queue<std::string>::open(shared, "there").get() == "hello");
}

BOOST_AUTO_TEST_CASE(starting_a_child_does_not_end_the_parent_s_participation) {
    auto shared = ipc::segment::create();
    auto q = ipc::queue<int>::create(shared, "numbers");
    auto held_until_the_end = [&] { return q.receive(); };
    q.put(1);
    auto lease = held_until_the_end();
    // A child that sweeps would take the lease from a parent whose lock was dropped by a closed duplicate.
    ipc::process p{
        [](ipc::segment s, ipc::queue<int> numbers) {
            return s.sweep() == 0 && numbers.empty() && s.participants() == 2 ? 0 : 1;
        },
        shared, q};
    p.start();
    p.join();
    BOOST_TEST(p.exit_code().value() == 0);
    lease.ack();
}

BOOST_AUTO_TEST_CASE(a_child_that_cannot_enter_the_segment_says_why) {
    auto shared = ipc::segment::create({.max_participants = 1});
    ipc::process p{[](ipc::segment) {}, shared};
    p.start();
    BOOST_CHECK_EXCEPTION(
        p.join(), plait::error, [](const plait::error& e) { return e.code() == plait::errc::too_many_participants; });
    BOOST_TEST(p.exit_code().value() == 126);
}

BOOST_AUTO_TEST_SUITE_END()
