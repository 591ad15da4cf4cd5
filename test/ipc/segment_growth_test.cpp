// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Segments that grow when objects need it, and what happens when there is no room to.
#include "attachment.hpp"
#include "segment_place.hpp"
#include "support/child_program.hpp"
#include "support/scratch_name.hpp"
#include "support/small_shm.hpp"
#include "support/with_code.hpp"

#include <plait/ipc/queue.hpp>
#include <plait/ipc/segment.hpp>
#include <plait/runtime/error.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace plait;
using ipc::segment;
using test::scratch_name;
using test::with_code;

namespace {

constexpr std::size_t mebibyte = 1 << 20;
constexpr ipc::segment_options growing{.bytes = mebibyte, .max_bytes = 16 * mebibyte, .max_participants = 4};

ipc::byte_queue make_queue(segment& s, const char* name, std::size_t bytes) {
    return ipc::byte_queue::create(s, name, {.bytes = bytes});
}

std::size_t file_size(const segment& s) {
    struct stat status {};
    BOOST_REQUIRE(::fstat(s.memory_fd(), &status) == 0);
    return static_cast<std::size_t>(status.st_size);
}

const test::child_function makes_a_large_queue("makes_a_large_queue", [](segment& s, const auto&) {
    auto q = make_queue(s, "large", 4 * mebibyte);
    q.put(std::vector<std::byte>(3 * mebibyte, std::byte{7}));
    return 0;
});
/// Enters a segment in front of its parent's eyes, from one SIGSTOP to the next.
const test::unrelated_function
    enters_step_by_step("enters_step_by_step", [](const std::vector<std::string>& arguments) {
        if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == -1) return 1;
        ::raise(SIGSTOP);
        auto s = segment::open(arguments.at(0));
        ::raise(SIGSTOP);
        return 0;
    });

/// Calls `f` before and after each system call of the child between its two SIGSTOPs. False if it ended before the second.
template <class Function>
bool at_each_system_call_of(const test::child& c, Function f) {
    constexpr int system_call = SIGTRAP | 0x80;
    for (int stops = 0; stops < 2;) {
        siginfo_t info{};
        BOOST_REQUIRE(::waitid(P_PID, static_cast<id_t>(c.pid()), &info, WSTOPPED | WEXITED | WNOWAIT) == 0);
        if (info.si_code != CLD_TRAPPED) return false;
        if (info.si_status == SIGSTOP && ++stops == 1)
            ::ptrace(PTRACE_SETOPTIONS, c.pid(), nullptr, PTRACE_O_TRACESYSGOOD);
        else if (info.si_status == system_call)
            f();
        ::ptrace(stops == 2 ? PTRACE_DETACH : PTRACE_SYSCALL, c.pid(), nullptr, nullptr);
    }
    return true;
}

const test::unrelated_function
    grows_until_there_is_no_room("grows_until_there_is_no_room", [](const std::vector<std::string>& arguments) {
        if (!test::enter_small_shm(8 * mebibyte)) return test::no_small_shm;
        auto s = segment::create(arguments.at(0), {.bytes = mebibyte, .max_bytes = 64 * mebibyte});
        auto q = make_queue(s, "q", mebibyte);
        q.put(std::vector<std::byte>(1000, std::byte{1}));
        auto before = s.size();
        auto file_before = file_size(s);
        try {
            static_cast<void>(make_queue(s, "too large", 32 * mebibyte));
            return 1;
        } catch (const segment_error& e) {
            if (e.code() != errc::segment_full) return 2;
            if (!std::strstr(e.what(), "needs") || !std::strstr(e.what(), "left")) return 3;
        }
        if (s.size() != before || file_size(s) != file_before) return 4;
        if (q.receive().data().size() != 1000) return 5;
        static_cast<void>(make_queue(s, "small enough", mebibyte));
        return s.size() > before ? 0 : 6;
    });
const test::unrelated_function
    creates_without_room("creates_without_room", [](const std::vector<std::string>& arguments) {
        if (!test::enter_small_shm(2 * mebibyte)) return test::no_small_shm;
        try {
            static_cast<void>(segment::create(arguments.at(0), {.bytes = 4 * mebibyte}));
            return 1;
        } catch (const segment_error& e) {
            if (e.code() != errc::segment_full) return 2;
        }
        // Nothing is left: what fits, fits.
        return segment::create(arguments.at(0), {.bytes = mebibyte}).self() == 0 ? 0 : 3;
    });

} // namespace

BOOST_AUTO_TEST_CASE(an_object_that_does_not_fit_makes_the_segment_grow) {
    auto s = segment::create(growing);
    BOOST_TEST(s.size() == mebibyte);
    auto q = make_queue(s, "q", 4 * mebibyte);
    BOOST_TEST(s.size() > 4 * mebibyte);
    BOOST_TEST(s.size() == file_size(s));
    q.put(std::vector<std::byte>(3 * mebibyte, std::byte{1}));
    BOOST_TEST(q.receive().data().size() == 3 * mebibyte);
}

BOOST_AUTO_TEST_CASE(what_grew_is_committed) {
    auto s = segment::create(growing);
    auto q = make_queue(s, "q", 4 * mebibyte);
    struct stat status {};
    BOOST_REQUIRE(::fstat(s.memory_fd(), &status) == 0);
    BOOST_TEST(static_cast<std::size_t>(status.st_blocks) * 512 >= s.size());
}

BOOST_AUTO_TEST_CASE(growing_moves_nothing) {
    auto s = segment::create(growing);
    auto first = make_queue(s, "first", 64 * 1024);
    first.put(std::vector<std::byte>(10, std::byte{1}));
    auto held = first.receive();
    auto* before = held.data().data();
    auto second = make_queue(s, "second", 8 * mebibyte);
    BOOST_TEST(held.data().data() == before);
    BOOST_TEST((*before == std::byte{1}));
}

BOOST_AUTO_TEST_CASE(another_process_sees_it_grow) {
    auto s = segment::create(growing);
    BOOST_TEST(test::child(makes_a_large_queue, s).wait() == 0);
    BOOST_TEST(ipc::byte_queue::open(s, "large").receive().data().size() == 3 * mebibyte);
    BOOST_TEST(s.size() > 4 * mebibyte);
}

BOOST_AUTO_TEST_CASE(it_grows_so_far_and_no_further) {
    auto s = segment::create(growing);
    auto before = s.size();
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(make_queue(s, "q", 16 * mebibyte)), segment_error, with_code(errc::segment_full));
    BOOST_TEST(s.size() == before);
    BOOST_TEST(s.free_bytes() > 15 * mebibyte);
    BOOST_TEST(s.max_size() == 16 * mebibyte);
}

BOOST_AUTO_TEST_CASE(one_that_was_not_asked_to_grow_does_not) {
    auto s = segment::create({.bytes = mebibyte});
    BOOST_TEST(s.max_size() == mebibyte);
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(make_queue(s, "q", mebibyte)), segment_error, with_code(errc::segment_full));
}

BOOST_AUTO_TEST_CASE(the_largest_size_is_at_least_the_size) {
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(segment::create({.bytes = 2 * mebibyte, .max_bytes = mebibyte})), error,
        with_code(errc::invalid_argument));
}

BOOST_AUTO_TEST_CASE(its_memory_cannot_shrink_after_it_grew) {
    auto s = segment::create(growing);
    auto q = make_queue(s, "q", 4 * mebibyte);
    BOOST_TEST(::ftruncate(s.memory_fd(), mebibyte) == -1);
}

BOOST_AUTO_TEST_CASE(a_size_beyond_the_end_of_the_file_is_not_believed) {
    auto s = segment::create(growing);
    auto q = make_queue(s, "q", 64 * 1024);
    auto* header = reinterpret_cast<ipc::detail::segment_header*>(s.attachment()->bytes().data());
    std::atomic_ref(header->size).store(12 * mebibyte);
    BOOST_TEST(s.size() == mebibyte);
    std::atomic_ref(header->size).store(~0ULL);
    BOOST_TEST(s.size() == mebibyte);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_longer_than_its_segment_says_is_accepted) {
    // Somebody died between the two steps of a growth.
    auto s = segment::create(growing);
    BOOST_REQUIRE(::ftruncate(s.memory_fd(), 2 * mebibyte) == 0);
    BOOST_TEST(test::child(makes_a_large_queue, s).wait() == 0);
    BOOST_TEST(ipc::byte_queue::open(s, "large").receive().data().size() == 3 * mebibyte);
}

BOOST_AUTO_TEST_CASE(a_named_segment_grows_too) {
    scratch_name name;
    auto s = segment::create(*name, growing);
    auto q = make_queue(s, "q", 4 * mebibyte);
    BOOST_TEST(s.size() == file_size(s));
    BOOST_TEST(s.size() > 4 * mebibyte);
}

BOOST_AUTO_TEST_CASE(one_can_be_entered_while_it_grows) {
    scratch_name name;
    auto s = segment::create(*name, growing);
    auto* header = reinterpret_cast<ipc::detail::segment_header*>(s.attachment()->bytes().data());
    auto before = header->size;
    test::child other(enters_step_by_step, {*name});
    bool entered = at_each_system_call_of(other, [&] { // as attachment::grow() does
        auto size = header->size;
        if (size == growing.max_bytes) return;
        ipc::detail::allocate(s.memory_fd(), size, size + ipc::detail::cache_line);
        std::atomic_ref(header->size).store(size + ipc::detail::cache_line, std::memory_order_release);
    });
    BOOST_TEST(entered);
    BOOST_TEST(other.wait() == 0);
    BOOST_TEST(header->size > before);
}

BOOST_AUTO_TEST_CASE(a_full_dev_shm_is_an_error_that_changes_nothing) {
    scratch_name name;
    int code = test::child(grows_until_there_is_no_room, {*name}).wait();
    if (code == test::no_small_shm)
        BOOST_TEST_MESSAGE(test::why_no_small_shm);
    else
        BOOST_TEST(code == 0);
}

BOOST_AUTO_TEST_CASE(a_segment_for_which_there_is_no_room_is_not_made) {
    scratch_name name;
    int code = test::child(creates_without_room, {*name}).wait();
    if (code == test::no_small_shm)
        BOOST_TEST_MESSAGE(test::why_no_small_shm);
    else
        BOOST_TEST(code == 0);
}
