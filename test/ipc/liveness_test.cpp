// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Who lives is told by the kernel's lock and by nothing else: not by a process id, which may be another process's by now,
// or mean nothing in another pid namespace.
#include "attachment.hpp"
#include "support/child_program.hpp"

#include <plait/ipc/queue.hpp>
#include <plait/runtime/error.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <cstdint>

#include <sched.h>
#include <unistd.h>

using namespace plait;
using ipc::byte_queue;
using ipc::segment;

namespace {

constexpr std::array<std::byte, 1> impossible{}; // what a child says when it may not make a namespace

/// Takes a message, says so, and keeps it until it is killed.
const test::child_function holds("holds", [](segment& s, const std::vector<std::string>&) {
    auto held = byte_queue::open(s, "work").receive();
    byte_queue::open(s, "held").put({});
    for (;;)
        ::pause();
    return 0;
});

/// Becomes the parent of a pid namespace, in which another child holds a message as process 1; kills it when told to.
const test::child_function
    holds_in_a_namespace("holds_in_a_namespace", [](segment& s, const std::vector<std::string>&) {
        if (::unshare(CLONE_NEWPID) != 0) { // not root; and a process with threads cannot become it in a user namespace
            byte_queue::open(s, "held").put(impossible);
            return 0;
        }
        test::child holder(holds, s);
        byte_queue::open(s, "end").receive().ack();
        holder.kill();
        ::_exit(0); // and not return: LeakSanitizer cannot make its own process in a namespace whose first one is gone
    });

struct fixture {
    segment s = segment::create({.bytes = 8 << 20, .max_participants = 8});
    byte_queue work = byte_queue::create(s, "work");
    byte_queue held = byte_queue::create(s, "held");
    byte_queue end = byte_queue::create(s, "end");

    fixture() {
        s.attachment()->stop_ticking(); // the tests say when to sweep
        work.put({});
    }
    /// What a participant wrote as its process id. The only other one has index 1.
    [[nodiscard]] std::atomic<std::uint32_t>& pid_of_the_other() const {
        return s.attachment()->participants().slot(1).pid;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(liveness, fixture)

BOOST_AUTO_TEST_CASE(a_dead_participant_whose_process_id_is_another_s_by_now_is_swept) {
    test::child holder(holds, s);
    held.receive().ack();
    holder.kill();
    pid_of_the_other() = static_cast<std::uint32_t>(::getpid()); // somebody who lives
    BOOST_TEST(s.sweep() == 1U);
    BOOST_TEST(work.try_receive().has_value());
}

BOOST_AUTO_TEST_CASE(a_living_participant_whose_process_id_means_nothing_here_is_left_alone) {
    test::child holder(holds, s);
    held.receive().ack();
    pid_of_the_other() = 0x7fff'fffe; // beyond the greatest that Linux gives
    BOOST_TEST(s.sweep() == 0U);
    BOOST_TEST((work.try_receive().error() == errc::queue_empty));
    holder.kill();
    BOOST_TEST(s.sweep() == 1U);
    BOOST_TEST(work.try_receive().has_value());
}

BOOST_AUTO_TEST_CASE(a_participant_in_another_pid_namespace_is_swept_when_it_dies_and_not_before) {
    test::child outer(holds_in_a_namespace, s);
    if (held.receive().data().size() == 1) { // it holds nothing
        BOOST_TEST_MESSAGE("not tested: this process may not make pid namespaces");
        return;
    }
    BOOST_TEST(s.sweep() == 0U); // its process id, 1, is init's here
    BOOST_TEST((work.try_receive().error() == errc::queue_empty));
    end.put({});
    BOOST_TEST(outer.wait() == 0);
    s.sweep(); // of the holder, unless its parent did that, and of the parent, which did not leave
    BOOST_TEST(s.participants() == 1U);
    BOOST_TEST(work.try_receive().has_value());
}

BOOST_AUTO_TEST_SUITE_END()
