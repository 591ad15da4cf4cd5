// Copyright 2026 the plait authors. Boost Software License 1.0
#include "layout.hpp"
#include "support/child_program.hpp"
#include "support/with_code.hpp"
#include "validation.hpp"

#include <plait/ipc/queue.hpp>
#include <plait/ipc/segment.hpp>
#include <plait/runtime/error.hpp>

#include <boost/test/unit_test.hpp>

#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace plait;
using ipc::segment;
using test::with_code;
namespace layout = ipc::detail;

namespace {

constexpr ipc::segment_options small{.bytes = 1 << 20, .max_participants = 4};

/// The bytes of a segment, written into a fresh memory file as somebody hostile could have made it.
struct forged {
    int memory;
    int liveness;
    explicit forged(const segment& original, std::size_t bytes = 1 << 20, unsigned seals = F_SEAL_SHRINK) {
        memory = ::memfd_create("forged", MFD_ALLOW_SEALING);
        BOOST_REQUIRE(::ftruncate(memory, static_cast<off_t>(bytes)) == 0);
        std::vector<char> copy(4096);
        BOOST_REQUIRE(::pread(original.memory_fd(), copy.data(), copy.size(), 0) == 4096);
        BOOST_REQUIRE(::pwrite(memory, copy.data(), copy.size(), 0) == 4096);
        if (seals) BOOST_REQUIRE(::fcntl(memory, F_ADD_SEALS, seals) == 0);
        // The inode is checked against the header, so the real liveness file it is; by a path, not by a duplicate.
        auto path = "/proc/self/fd/" + std::to_string(original.liveness_fd());
        liveness = ::open(path.c_str(), O_RDWR);
    }
    template <class T>
    void overwrite(std::size_t offset, T value) const {
        BOOST_REQUIRE(::pwrite(memory, &value, sizeof value, static_cast<off_t>(offset)) == ssize_t{sizeof value});
    }
    /// Makes the checksum right again.
    void seal() const {
        layout::segment_plan plan;
        BOOST_REQUIRE(::pread(memory, &plan, sizeof plan, 0) == ssize_t{sizeof plan});
        overwrite(offsetof(layout::segment_plan, checksum), layout::checksum_of(plan));
    }
};

#define REFUSED(forgery)                                                                                               \
    BOOST_CHECK_EXCEPTION(                                                                                             \
        static_cast<void>(segment::attach((forgery).memory, (forgery).liveness)), segment_error,                       \
        with_code(errc::segment_invalid))

const test::child_function says_its_index("says_its_index", [](segment& s, const auto&) {
    return static_cast<int>(s.self()) + 10 * static_cast<int>(s.participants());
});
const test::child_function sweeps("sweeps", [](segment& s, const auto&) { return static_cast<int>(s.sweep()); });
const test::child_function waits_to_be_killed("waits_to_be_killed", [](segment& s, const auto&) {
    ipc::byte_queue::open(s, "ready").put({});
    for (;;)
        ::pause();
    return 0;
});

} // namespace

BOOST_AUTO_TEST_CASE(the_maker_is_the_first_participant) {
    auto s = segment::create(small);
    BOOST_TEST(s.self() == 0U);
    BOOST_TEST(s.participants() == 1U);
    BOOST_TEST(s.size() == std::size_t{1} << 20);
    BOOST_TEST(s.free_bytes() > s.size() / 2);
}

BOOST_AUTO_TEST_CASE(its_memory_is_committed_when_it_is_made) {
    auto s = segment::create(small);
    struct stat status {};
    BOOST_REQUIRE(::fstat(s.memory_fd(), &status) == 0);
    BOOST_TEST(static_cast<std::size_t>(status.st_blocks) * 512 >= s.size());
}

BOOST_AUTO_TEST_CASE(its_memory_cannot_shrink) {
    auto s = segment::create(small);
    BOOST_TEST(::ftruncate(s.memory_fd(), 4096) == -1);
    BOOST_TEST(errno == EPERM);
}

BOOST_AUTO_TEST_CASE(its_descriptors_close_on_exec) {
    auto s = segment::create(small);
    BOOST_TEST((::fcntl(s.memory_fd(), F_GETFD) & FD_CLOEXEC) != 0);
    BOOST_TEST((::fcntl(s.liveness_fd(), F_GETFD) & FD_CLOEXEC) != 0);
}

BOOST_AUTO_TEST_CASE(bad_options_name_the_field) {
    auto names = [](const char* field) {
        return [field](const error& e) {
            return e.code() == errc::invalid_argument && std::strstr(e.what(), field) != nullptr;
        };
    };
    BOOST_CHECK_EXCEPTION(static_cast<void>(segment::create({.bytes = 100})), error, names("bytes"));
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(segment::create({.max_participants = 0})), error, names("max_participants"));
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(segment::create({.max_participants = 5000})), error, names("max_participants"));
}

BOOST_AUTO_TEST_CASE(attaching_again_gives_the_same_participant) {
    auto s = segment::create(small);
    auto again = segment::attach(s.memory_fd(), s.liveness_fd());
    BOOST_TEST((again == s));
    auto path = "/proc/self/fd/" + std::to_string(s.memory_fd());
    auto live = "/proc/self/fd/" + std::to_string(s.liveness_fd());
    auto third = segment::attach(::open(path.c_str(), O_RDWR), ::open(live.c_str(), O_RDWR));
    BOOST_TEST((third == s));
    BOOST_TEST(s.participants() == 1U);
    // None of that may have dropped the lock: another process must see this one alive.
    third = segment::create(small);
    test::child c(says_its_index, s);
    BOOST_TEST(c.wait() == 1 + 10 * 2);
    BOOST_TEST(s.sweep() <= 1U);
    BOOST_TEST(s.participants() == 1U);
}

BOOST_AUTO_TEST_CASE(a_child_that_inherits_the_descriptors_becomes_a_participant) {
    auto s = segment::create(small);
    BOOST_TEST(test::child(says_its_index, s).wait() == 1 + 10 * 2);
}

BOOST_AUTO_TEST_CASE(the_slot_of_a_killed_participant_is_free_after_a_sweep) {
    auto s = segment::create(small);
    auto ready = ipc::byte_queue::create(s, "ready", {.bytes = 4096});
    test::child c(waits_to_be_killed, s);
    ready.receive().ack();
    BOOST_TEST(s.sweep() == 0U);
    BOOST_TEST(s.participants() == 2U);
    c.kill();
    s.sweep();
    BOOST_TEST(s.participants() == 1U);
}

BOOST_AUTO_TEST_CASE(a_segment_without_a_free_slot_refuses_further_participants) {
    auto s = segment::create({.bytes = 1 << 20, .max_participants = 1});
    BOOST_TEST(test::child(says_its_index, s).wait() == 99);
}

BOOST_AUTO_TEST_CASE(a_forked_child_is_refused_clearly) {
    auto s = segment::create(small);
    auto q = ipc::byte_queue::create(s, "q", {.bytes = 4096});
    q.put({});
    auto held = q.receive();
    pid_t pid = ::fork();
    if (pid == 0) {
        int code = 1;
        try {
            static_cast<void>(q.try_put({}));
        } catch (const segment_error& e) {
            code = e.code() == errc::segment_invalid ? 0 : 2;
        }
        {
            auto copy = std::move(held); // destroying it must not release what the parent holds
        }
        ::_exit(code);
    }
    int status = 0;
    BOOST_REQUIRE(::waitpid(pid, &status, 0) == pid);
    BOOST_TEST(WEXITSTATUS(status) == 0);
    BOOST_TEST(q.size() == 0U);
    held.ack();
    BOOST_TEST(s.participants() == 1U);
}

BOOST_AUTO_TEST_CASE(foreign_memory_is_refused) {
    auto s = segment::create(small);
    forged plain(s);
    plain.overwrite(offsetof(layout::segment_plan, magic), std::uint64_t{42});
    REFUSED(plain);
}

BOOST_AUTO_TEST_CASE(a_damaged_header_is_refused) {
    auto s = segment::create(small);
    using p = layout::segment_plan;
    using h = layout::segment_header;
    struct {
        std::size_t offset;
        std::uint64_t value;
        int bytes;
    } damages[] = {
        {offsetof(p, version), 99, 4},
        {offsetof(p, max_participants), 0, 4},
        {offsetof(p, max_participants), 4095, 4},
        {offsetof(p, layout_hash), 1, 8},
        {offsetof(p, kind), 9, 4},
        {offsetof(p, outlives_participants), 2, 4},
        {offsetof(p, objects), 0, 8},
        {offsetof(p, objects), ~0ULL, 8},
        {offsetof(p, max_bytes), 1, 8},
        {offsetof(p, max_bytes), ~0ULL, 8},
        {offsetof(p, name_length), 7, 4},
        {offsetof(h, boot), 1, 8},
        {offsetof(h, size), 1 << 30, 8},
        {offsetof(h, size), 64, 8},
        {offsetof(h, liveness_inode), 1, 8},
    };
    for (auto& d : damages) {
        BOOST_TEST_CONTEXT("offset " << d.offset << " value " << d.value) {
            forged f(s);
            if (d.bytes == 4)
                f.overwrite(d.offset, static_cast<std::uint32_t>(d.value));
            else
                f.overwrite(d.offset, d.value);
            f.seal();
            REFUSED(f);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_header_whose_checksum_is_wrong_is_refused) {
    auto s = segment::create(small);
    forged f(s);
    f.overwrite(offsetof(layout::segment_plan, max_bytes), std::uint64_t{2 << 20});
    REFUSED(f);
}

BOOST_AUTO_TEST_CASE(a_truncated_segment_is_refused) {
    auto s = segment::create(small);
    REFUSED(forged(s, 1 << 19));
    REFUSED(forged(s, 4096));
}

BOOST_AUTO_TEST_CASE(memory_that_could_shrink_is_refused) {
    auto s = segment::create(small);
    REFUSED(forged(s, 1 << 20, 0));
}

BOOST_AUTO_TEST_CASE(descriptors_of_other_things_are_refused) {
    int pipes[2];
    BOOST_REQUIRE(::pipe(pipes) == 0);
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(segment::attach(pipes[0], pipes[1])), segment_error, with_code(errc::segment_invalid));
}

BOOST_AUTO_TEST_CASE(an_object_that_does_not_fit_is_refused_and_leaves_nothing) {
    auto s = segment::create(small);
    auto before = s.free_bytes();
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(ipc::byte_queue::create(s, "big", {.bytes = 1 << 20})), segment_error,
        with_code(errc::segment_full));
    BOOST_TEST(s.free_bytes() == before);
}

BOOST_AUTO_TEST_CASE(names_are_unique_and_bounded) {
    auto s = segment::create(small);
    auto q = ipc::byte_queue::create(s, "q", {.bytes = 4096});
    auto make = [&](std::string name) { static_cast<void>(ipc::byte_queue::create(s, name, {.bytes = 4096})); };
    BOOST_CHECK_EXCEPTION(make("q"), error, with_code(errc::object_exists));
    BOOST_CHECK_EXCEPTION(make(""), error, with_code(errc::invalid_argument));
    BOOST_CHECK_EXCEPTION(make(std::string(64, 'x')), error, with_code(errc::invalid_argument));
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(ipc::byte_queue::open(s, "other")), error, with_code(errc::object_not_found));
    make(std::string(63, 'x'));
}

BOOST_AUTO_TEST_CASE(a_refused_attachment_leaves_this_process_alive_in_the_segment_it_is_in) {
    segment s = segment::create(small);
    forged foreign(s);
    foreign.overwrite(0, std::uint64_t{0});
    REFUSED(foreign); // its liveness file is that of `s`
    test::child c(sweeps, s);
    BOOST_TEST(c.wait() == 0); // nobody was dead
}
