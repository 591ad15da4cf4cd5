// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Queues between processes whose values cannot be written, or not be read: the caller is told, and nothing else happens.
// (Python's multiprocessing drops such a value in a hidden thread.)
#include "support/parties.hpp"

#include <plait/ipc/queue.hpp>

#include <atomic>
#include <new>
#include <set>
#include <stdexcept>
#include <string>

using namespace plait;

namespace {

/// A value that can be made to fail at each stage of its journey.
struct brittle {
    enum class stage { none, counting, writing, reading };
    stage fails_when = stage::none;
    std::string text = "";
    mutable int packed = 0;
};

/// How many readings of values that fail when they are read are still to fail.
std::atomic<int> failing_readings = 0;

} // namespace

template <>
struct plait::ipc::packing<brittle> {
    static void pack(packer& to, const brittle& value) {
        using enum brittle::stage;
        int now = value.packed++;
        if (value.fails_when == counting || (value.fails_when == writing && now % 2 == 1))
            throw std::runtime_error("cannot be written");
        to.pack(value.fails_when == reading);
        to.pack(value.text);
    }
    static brittle unpack(unpacker& from) {
        bool fails = from.unpack<bool>();
        if (fails && failing_readings > 0) {
            --failing_readings;
            throw std::bad_alloc();
        }
        return {.text = from.unpack<std::string>()};
    }
};

namespace {

constexpr ipc::segment_options small{.bytes = 1 << 20, .max_participants = 4};
constexpr ipc::queue_options of_two{.capacity = 2, .bytes = 4096};

struct fixture {
    ipc::segment shared = ipc::segment::create(small);
    ipc::queue<brittle> q = ipc::queue<brittle>::create(shared, "q", of_two);
};

} // namespace

BOOST_AUTO_TEST_SUITE(conformance_codec)

BOOST_AUTO_TEST_CASE(a_value_that_cannot_be_written_throws_at_the_caller_and_changes_nothing) {
    test::for_every_kind([](test::parties& party) {
        fixture f;
        std::size_t free = f.q.bytes().free_bytes();
        int thrown = 0;
        party([&] {
            for (auto stage : {brittle::stage::counting, brittle::stage::writing})
                for (int i = 0; i < 10; ++i)
                    try {
                        f.q.put({.fails_when = stage});
                    } catch (const std::runtime_error&) {
                        ++thrown;
                    }
        });
        party.join();
        BOOST_TEST(thrown == 20);
        BOOST_TEST(f.q.empty());
        BOOST_TEST(f.q.bytes().free_bytes() == free);
    });
}

BOOST_AUTO_TEST_CASE(a_failing_put_leaves_the_queue_and_its_waiters_as_they_were) {
    test::for_every_kind([](test::parties& party) {
        fixture f;
        std::string got;
        party([&] { got = f.q.get().text; });
        party([&] {
            for (auto stage : {brittle::stage::counting, brittle::stage::writing})
                try {
                    f.q.put({.fails_when = stage, .text = "bad"});
                } catch (const std::runtime_error&) {
                }
            f.q.put({.text = "good"});
        });
        party.join();
        BOOST_TEST(got == "good");
        BOOST_TEST(f.q.size() == 0U);
    });
}

BOOST_AUTO_TEST_CASE(a_failing_get_leaves_the_value_to_the_next) {
    test::for_every_kind([](test::parties& party) {
        fixture f;
        f.q.put({.fails_when = brittle::stage::reading, .text = "kept"});
        failing_readings = 1;
        bool failed = false;
        std::string got;
        party([&] {
            try {
                static_cast<void>(f.q.get());
            } catch (const std::bad_alloc&) {
                failed = f.q.size() == 1;
            }
            got = f.q.get().text;
        });
        party.join();
        BOOST_TEST(failed);
        BOOST_TEST(got == "kept");
    });
}

BOOST_AUTO_TEST_CASE(a_failing_get_does_not_strand_a_producer_that_waits_for_room) {
    test::for_every_kind([](test::parties& party) {
        fixture f;
        f.q.put({.fails_when = brittle::stage::reading, .text = "first"});
        f.q.put({.text = "second"});
        failing_readings = 1;
        std::multiset<std::string> got;
        party([&] { f.q.put({.text = "third"}); }); // there is no room yet
        party([&] {
            while (got.size() < 3)
                try {
                    got.insert(f.q.get().text);
                } catch (const std::bad_alloc&) {
                }
        });
        party.join();
        BOOST_TEST((got == std::multiset<std::string>{"first", "second", "third"}));
        BOOST_TEST(failing_readings == 0);
    });
}

BOOST_AUTO_TEST_SUITE_END()
