// Copyright 2026 the plait authors. Boost Software License 1.0
//
// What users of queues between processes rely on, in each of the three orders: task_done and join, close, timeouts, failing
// codecs.
#include "every_ipc_queue.hpp"
#include "support/child_program.hpp"
#include "support/fails_with.hpp"

#include <plait/runtime/error.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <unistd.h>

namespace {

/// One that does not want to travel.
struct moody {
    int value = 0;
};

} // namespace

template <>
struct plait::ipc::codec<moody> {
    static std::size_t size(const moody&) noexcept { return sizeof(int); }
    static void encode(const moody& m, std::span<std::byte> to) {
        if (m.value < 0) throw std::runtime_error("it cannot be written");
        std::memcpy(to.data(), &m.value, sizeof m.value);
    }
    static moody decode(std::span<const std::byte> from) {
        moody m;
        std::memcpy(&m.value, from.data(), sizeof m.value);
        if (m.value == 13) throw std::runtime_error("it cannot be read");
        return m;
    }
};

namespace {

using namespace plait;
using namespace std::chrono_literals;
using ipc::segment;
using plait::test::code_of;
using plait::test::fails_with;
using plait::test::for_every_queue;
using plait::test::make_in;
using plait::test::parties;
using plait::test::queue_of;
using plait::test::with_its_order;

using numbers = ipc::queue<int>;
constexpr ipc::queue_options joinable{.capacity = 64, .bytes = 64 << 10, .joinable = true};

segment make_segment() { return segment::create({.bytes = 2 << 20, .max_participants = 16}); }

const ::test::child_function worker("worker", [](segment& s, const std::vector<std::string>&) {
    auto done = numbers::open(s, "done");
    with_its_order<int>(ipc::byte_queue::open(s, "tasks"), [&](auto tasks) {
        try {
            for (;;) {
                done.put(tasks.get());
                tasks.task_done();
            }
        } catch (const queue_closed&) {
        }
    });
    return 0;
});
const ::test::child_function stuck_worker("stuck_worker", [](segment& s, const std::vector<std::string>&) {
    with_its_order<int>(ipc::byte_queue::open(s, "tasks"), [&](auto tasks) {
        numbers::open(s, "stuck").put(tasks.get());
        for (;;)
            ::pause();
    });
    return 0;
});
const ::test::child_function closer("closer", [](segment& s, const std::vector<std::string>& a) {
    auto q = ipc::byte_queue::open(s, "tasks");
    a.at(0) == "now" ? q.close_now() : q.close();
    return 0;
});

} // namespace

BOOST_AUTO_TEST_SUITE(ipc_join_and_close)

// conformance 20
BOOST_AUTO_TEST_CASE(task_done_without_work_is_an_error) {
    for_every_queue<int>([](parties& party, auto type) {
        auto s = make_segment();
        auto q = make_in<queue_of<decltype(type)>>(s, "tasks", joinable);
        boost::system::error_code before, after;
        party([&] {
            before = code_of([&] { q.task_done(); });
            q.put(1);
            static_cast<void>(q.get());
            q.task_done();
            after = code_of([&] { q.task_done(); });
        });
        party.join();
        BOOST_TEST((before == errc::task_done_without_get));
        BOOST_TEST((after == errc::task_done_without_get));
    });
}

// conformance 21
BOOST_AUTO_TEST_CASE(join_waits_for_all_and_the_queue_can_be_used_and_joined_again) {
    for_every_queue<int>([](parties& party, auto type) {
        auto s = make_segment();
        auto q = make_in<queue_of<decltype(type)>>(s, "tasks", joinable);
        std::atomic<int> worked{0}, seen_first{0}, seen_second{0};
        for (int w = 0; w < 2; ++w)
            party([&] {
                while (q.get() >= 0) {
                    ++worked;
                    q.task_done();
                }
                q.task_done();
            });
        party([&] {
            for (auto* seen : {&seen_first, &seen_second}) {
                for (int i = 0; i < 20; ++i)
                    q.put(i);
                q.join();
                *seen = worked.load();
                q.join();
            }
            q.put(-1);
            q.put(-1);
            q.join();
        });
        party.join();
        BOOST_TEST(seen_first == 20);
        BOOST_TEST(seen_second == 40);
    });
}

// conformance 22
BOOST_AUTO_TEST_CASE(a_negative_timeout_is_an_error_and_changes_nothing) {
    for_every_queue<int>([](parties& party, auto type) {
        auto s = make_segment();
        auto q = make_in<queue_of<decltype(type)>>(s, "tasks", joinable);
        q.put(1);
        std::vector<boost::system::error_code> codes;
        party([&] {
            std::vector<int> batch{1, 2};
            codes.push_back(code_of([&] { q.put_for(2, -1ns); }));
            codes.push_back(code_of([&] { q.put_many_for(batch, -1ns); }));
            codes.push_back(code_of([&] { static_cast<void>(q.get_for(-1ns)); }));
            codes.push_back(code_of([&] { static_cast<void>(q.get_many_for(2, -1ns)); }));
            codes.push_back(code_of([&] { static_cast<void>(q.receive_for(-1ns)); }));
            codes.push_back(code_of([&] { static_cast<void>(q.receive_many_for(2, -1ns)); }));
            codes.push_back(code_of([&] { static_cast<void>(q.bytes().prepare_for(4, -1ns)); }));
            codes.push_back(code_of([&] { static_cast<void>(q.join_for(-1ns)); }));
        });
        party.join();
        BOOST_TEST(codes.size() == 8U);
        for (auto& code : codes)
            BOOST_TEST((code == errc::invalid_argument));
        BOOST_TEST(q.size() == 1U);
    });
}

// conformance 23
BOOST_AUTO_TEST_CASE(a_put_that_cannot_be_encoded_leaves_size_room_and_waiters_as_they_were) {
    for_every_queue<moody>([](parties& party, auto type) {
        auto s = make_segment();
        auto q = make_in<queue_of<decltype(type)>>(s, "q", {.capacity = 1, .bytes = 128});
        int thrown = 0, got = 0;
        party([&] { got = q.get().value; }); // waits through all of it
        party([&] {
            for (int i = 0; i < 10; ++i)
                try {
                    q.put({-1});
                } catch (const std::runtime_error&) {
                    ++thrown;
                }
            q.put({7});
        });
        party.join();
        BOOST_TEST(thrown == 10);
        BOOST_TEST(got == 7);
        BOOST_TEST(q.size() == 0U);
        BOOST_TEST(q.bytes().free_bytes() == 128U);
    });
}

// conformance 23
BOOST_AUTO_TEST_CASE(a_get_that_cannot_be_decoded_leaves_the_message_and_size_as_they_were) {
    for_every_queue<moody>([](parties& party, auto type) {
        auto s = make_segment();
        auto q = make_in<queue_of<decltype(type)>>(s, "q", {.capacity = 1, .bytes = 128, .joinable = true});
        int thrown = 0;
        q.put({13});
        party([&] {
            for (int i = 0; i < 10; ++i)
                try {
                    static_cast<void>(q.get());
                } catch (const std::runtime_error&) {
                    ++thrown;
                }
        });
        party.join();
        BOOST_TEST(thrown == 10);
        BOOST_TEST(q.size() == 1U);
        BOOST_TEST(!q.try_join());
        auto message = q.bytes().receive();
        BOOST_TEST(message.deliveries() == 11U);
        message.ack();
        BOOST_TEST(q.try_join());
    });
}

// conformance 26
BOOST_AUTO_TEST_CASE(another_process_s_close_refuses_puts_and_lets_gets_drain) {
    for_every_queue<int>([](parties& party, auto type) {
        auto s = make_segment();
        auto q = make_in<queue_of<decltype(type)>>(s, "tasks", joinable);
        q.put(1);
        BOOST_TEST(::test::child(closer, s, {"gently"}).wait() == 0);
        boost::system::error_code put, get;
        int first = 0;
        party([&] {
            put = code_of([&] { q.put(2); });
            first = q.get();
            get = code_of([&] { static_cast<void>(q.get()); });
        });
        party.join();
        BOOST_TEST((put == errc::queue_closed));
        BOOST_TEST(first == 1);
        BOOST_TEST((get == errc::queue_closed));
        BOOST_TEST(!q.try_join()); // the 1 is not done
    });
}

// conformance 26
BOOST_AUTO_TEST_CASE(another_process_s_immediate_close_drops_what_waits_and_releases_join_and_put) {
    for_every_queue<int>([](parties& party, auto type) {
        auto s = make_segment();
        auto q = make_in<queue_of<decltype(type)>>(s, "tasks", {.capacity = 2, .bytes = 1024, .joinable = true});
        q.put(1);
        q.put(2);
        boost::system::error_code put;
        party([&] { q.join(); });
        party([&] { put = code_of([&] { q.put(3); }); });
        BOOST_TEST(::test::child(closer, s, {"now"}).wait() == 0);
        party.join();
        BOOST_TEST((put == errc::queue_closed));
        BOOST_TEST(q.empty());
        BOOST_TEST((q.try_get().error() == errc::queue_closed));
    });
}

// conformance 29
BOOST_AUTO_TEST_CASE(four_worker_processes_do_what_join_waits_for) {
    for_every_queue<int>([](parties& party, auto type) {
        auto s = make_segment();
        auto tasks = make_in<queue_of<decltype(type)>>(s, "tasks", joinable);
        auto done = numbers::create(s, "done", {.bytes = 64 << 10});
        ::test::child a(worker, s), b(worker, s), c(worker, s), d(worker, s);
        std::size_t done_at_join = 0;
        party([&] {
            for (int i = 0; i < 100; ++i)
                tasks.put(i);
            tasks.join();
            done_at_join = done.size();
        });
        party.join();
        BOOST_TEST(done_at_join == 100U);
        tasks.close();
        for (auto* w : {&a, &b, &c, &d})
            BOOST_TEST(w->wait() == 0);
    });
}

// conformance 29, and what one killed worker changes: nothing
BOOST_AUTO_TEST_CASE(join_returns_and_everything_is_done_although_a_worker_was_killed_in_the_middle) {
    for_every_queue<int>([](parties& party, auto type) {
        auto s = make_segment();
        auto tasks = make_in<queue_of<decltype(type)>>(s, "tasks", joinable);
        auto done = numbers::create(s, "done", {.bytes = 64 << 10});
        auto stuck = numbers::create(s, "stuck", {.bytes = 64 << 10});
        for (int i = 0; i < 40; ++i)
            tasks.put(i);
        ::test::child victim(stuck_worker, s);
        static_cast<void>(stuck.get()); // it has one in hand
        ::test::child a(worker, s), b(worker, s), c(worker, s);
        std::set<int> did;
        party([&] {
            tasks.join();
            for (int i : done.get_many(1000))
                did.insert(i);
        });
        victim.kill();
        party.join();
        BOOST_TEST(did.size() == 40U);
        tasks.close();
        for (auto* w : {&a, &b, &c})
            BOOST_TEST(w->wait() == 0);
    });
}

BOOST_AUTO_TEST_SUITE_END()
