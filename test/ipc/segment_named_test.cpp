// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Segments with a name: who makes them, who finds them, and when the name goes away. Damaged ones are in
// test/conformance/segments_test.cpp.
#include "attachment.hpp"
#include "registry.hpp"
#include "segment_place.hpp"
#include "support/child_program.hpp"
#include "support/scratch_name.hpp"
#include "support/with_code.hpp"

#include <plait/ipc/queue.hpp>
#include <plait/ipc/segment.hpp>
#include <plait/runtime/error.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace plait;
using ipc::segment;
using test::scratch_name;
using test::with_code;
namespace internals = ipc::detail;

namespace {

constexpr ipc::segment_options small{.bytes = 1 << 20, .max_participants = 4};
constexpr ipc::segment_options lasting{
    .bytes = 1 << 20, .max_participants = 4, .lifetime = ipc::segment_lifetime::until_removed};

#define NOT_THERE(name)                                                                                                \
    BOOST_CHECK_EXCEPTION(static_cast<void>(segment::open(name)), error, with_code(errc::segment_not_found))

/// The liveness file of a segment that is there.
std::string liveness_of(const scratch_name& name) {
    struct stat memory {};
    BOOST_REQUIRE(::stat(name.path().c_str(), &memory) == 0);
    return internals::segment_place::named(*name).liveness_path(internals::id_of(memory));
}

bool exists(const std::string& path) { return std::filesystem::exists(path); }

const test::unrelated_function answers_in("answers_in", [](const std::vector<std::string>& arguments) {
    auto s = segment::open(arguments.at(0));
    auto q = ipc::queue<int>::open(s, "q");
    q.put(q.get() + 1);
    return 0;
});
const test::unrelated_function opens_and_waits("opens_and_waits", [](const std::vector<std::string>& arguments) {
    auto s = segment::open(arguments.at(0));
    ipc::queue<int>::open(s, "ready").put(1);
    for (;;)
        ::pause();
    return 0;
});
const test::unrelated_function creates_and_dies("creates_and_dies", [](const std::vector<std::string>& arguments) {
    auto options = arguments.size() > 1 ? lasting : small;
    if (arguments.size() > 2) options.max_participants = 1;
    auto s = segment::create(arguments.at(0), options);
    ::kill(::getpid(), SIGKILL);
    return 0;
});
const test::unrelated_function opens_or_creates("opens_or_creates", [](const std::vector<std::string>& arguments) {
    auto start = segment::open(arguments.at(0));
    auto gate = ipc::queue<int>::open(start, "gate");
    auto done = ipc::queue<int>::open(start, "done");
    static_cast<void>(gate.get());
    auto s = segment::open_or_create(arguments.at(1), {.bytes = 1 << 20});
    bool made = s.self() == 0;
    done.put(made ? 1 : 0);
    static_cast<void>(ipc::queue<int>::open(start, "leave").get());
    return 0;
});
const test::unrelated_function keeps_house_and_hangs("keeps_house_and_hangs", [](const auto& arguments) {
    auto s = segment::open(arguments.at(0));
    internals::participant_table::housekeeping lock(s.attachment()->participants());
    ipc::queue<int>::open(s, "ready").put(1);
    for (;;)
        ::pause();
    return 0;
});
const test::unrelated_function finds_it_busy("finds_it_busy", [](const auto& arguments) {
    internals::liveness_file::housekeeping::longest_wait = std::chrono::milliseconds(1);
    try {
        static_cast<void>(segment::open(arguments.at(0)));
    } catch (const timeout_error& e) {
        auto named = "process " + arguments.at(1) + " keeps it";
        return std::string_view(e.what()).find(named) == std::string_view::npos ? 1 : 0;
    }
    return 2;
});
const test::child_function stays_until_told("stays_until_told", [](segment& s, const auto&) {
    static_cast<void>(ipc::queue<int>::open(s, "leave").get());
    return 0;
});

} // namespace

BOOST_AUTO_TEST_CASE(an_unrelated_process_finds_it_by_its_name) {
    scratch_name name;
    auto s = segment::create(*name, small);
    auto q = ipc::queue<int>::create(s, "q", {.bytes = 4096});
    q.put(41);
    BOOST_TEST(test::child(answers_in, {*name}).wait() == 0);
    BOOST_TEST(q.get() == 42);
}

BOOST_AUTO_TEST_CASE(opening_it_twice_in_a_process_gives_the_same_participant) {
    scratch_name name;
    auto s = segment::create(*name, small);
    BOOST_TEST((segment::open(*name) == s));
    BOOST_TEST((segment::open_or_create(*name) == s));
    BOOST_TEST(s.participants() == 1U);
}

BOOST_AUTO_TEST_CASE(a_name_is_taken_once) {
    scratch_name name;
    auto s = segment::create(*name, small);
    BOOST_CHECK_EXCEPTION(static_cast<void>(segment::create(*name, small)), error, with_code(errc::segment_exists));
    BOOST_TEST(s.name() == *name);
}

BOOST_AUTO_TEST_CASE(a_name_that_nobody_made_is_not_found) {
    scratch_name name;
    NOT_THERE(*name);
}

BOOST_AUTO_TEST_CASE(names_have_a_few_safe_characters) {
    for (std::string bad : {"", ".hidden", "a/b", "a b", "\xc3\xa4", "new\nline"})
        BOOST_CHECK_EXCEPTION(static_cast<void>(segment::open(bad)), error, with_code(errc::invalid_argument));
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(segment::open(std::string(201, 'x'))), error, with_code(errc::invalid_argument));
    NOT_THERE(std::string(200, 'x'));
}

BOOST_AUTO_TEST_CASE(its_files_are_its_owner_s_alone) {
    scratch_name name;
    ::umask(0);
    auto s = segment::create(*name, small);
    struct stat memory {
    }, liveness{};
    BOOST_REQUIRE(::stat(name.path().c_str(), &memory) == 0);
    BOOST_REQUIRE(::fstat(s.liveness_fd(), &liveness) == 0);
    BOOST_TEST((memory.st_mode & 07777) == 0600U);
    BOOST_TEST((liveness.st_mode & 07777) == 0600U);
}

BOOST_AUTO_TEST_CASE(others_may_be_let_in) {
    scratch_name name;
    ::umask(077);
    auto s = segment::create(*name, {.bytes = 1 << 20, .max_participants = 4, .mode = 0660});
    struct stat memory {};
    BOOST_REQUIRE(::stat(name.path().c_str(), &memory) == 0);
    BOOST_TEST((memory.st_mode & 07777) == 0660U);
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(segment::create(*name, {.mode = 0700})), error, with_code(errc::invalid_argument));
}

BOOST_AUTO_TEST_CASE(a_segment_of_another_user_is_opened_only_by_who_asks_for_it) {
    scratch_name name;
    auto s = segment::create(*name, lasting);
    auto another = ::geteuid() + 1;
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(segment::open(*name, another)), segment_error, with_code(errc::segment_invalid));
    BOOST_TEST((segment::open(*name, ::geteuid()) == s));
}

BOOST_AUTO_TEST_CASE(the_name_goes_with_the_last_participant) {
    scratch_name name;
    std::optional<segment> s = segment::create(*name, small);
    auto liveness = liveness_of(name);
    BOOST_TEST(exists(liveness));
    s.reset();
    BOOST_TEST(!exists(name.path()));
    BOOST_TEST(!exists(liveness));
    NOT_THERE(*name);
}

BOOST_AUTO_TEST_CASE(the_name_is_gone_when_the_last_handle_is_although_the_monitor_was_looking) {
    scratch_name name;
    std::optional s = segment::create(*name, small);
    auto& there = *s->attachment();
    auto looks = internals::registry::instance().visit_to(there);
    bool gone = false;
    std::jthread leaves([&] {
        s.reset();
        gone = !exists(name.path());
    });
    while (internals::registry::instance().visit_to(there)) // until the last handle is dropped
        std::this_thread::yield();
    BOOST_TEST(exists(name.path()));
    { auto ends = std::move(looks); }
    leaves.join();
    BOOST_TEST(gone);
}

BOOST_AUTO_TEST_CASE(who_drops_the_last_handle_in_a_visit_leaves_with_its_end) {
    scratch_name name;
    std::optional s = segment::create(*name, small);
    {
        auto looks = internals::registry::instance().visit_to(*s->attachment());
        s.reset();
        BOOST_TEST(exists(name.path()));
        looks->tick();
    }
    BOOST_TEST(!exists(name.path()));
}

BOOST_AUTO_TEST_CASE(the_name_stays_while_somebody_is_in) {
    scratch_name name;
    std::optional<segment> s = segment::create(*name, small);
    std::optional ready = ipc::queue<int>::create(*s, "ready", {.bytes = 4096});
    test::child c(opens_and_waits, {*name});
    static_cast<void>(ready->get());
    ready.reset();
    s.reset();
    BOOST_TEST(exists(name.path()));
    BOOST_TEST(segment::open(*name).participants() == 2U);
}

BOOST_AUTO_TEST_CASE(a_name_that_stays_until_removed_stays) {
    scratch_name name;
    {
        auto s = segment::create(*name, lasting);
        static_cast<void>(ipc::queue<int>::create(s, "q", {.bytes = 4096}));
    }
    auto s = segment::open(*name);
    BOOST_TEST(ipc::queue<int>::open(s, "q").empty());
    BOOST_TEST(segment::remove(*name));
    NOT_THERE(*name);
    BOOST_TEST(!segment::remove(*name));
}

BOOST_AUTO_TEST_CASE(those_who_are_in_stay_in_when_the_name_is_removed) {
    scratch_name name;
    auto before = segment::create(*name, small);
    BOOST_TEST(segment::remove(*name));
    auto after = segment::create(*name, small);
    BOOST_TEST((before != after));
    auto q = ipc::queue<int>::create(before, "q", {.bytes = 4096});
    q.put(1);
    BOOST_TEST(q.get() == 1);
    q = ipc::queue<int>::create(after, "q", {.bytes = 4096});
    before = after; // the one without a name goes, and takes nobody else's away
    BOOST_TEST((segment::open(*name) == after));
}

BOOST_AUTO_TEST_CASE(a_name_whose_participants_were_all_killed_is_free) {
    scratch_name name;
    BOOST_TEST(test::child(creates_and_dies, {*name}).wait() == -SIGKILL);
    auto liveness = liveness_of(name);
    BOOST_TEST(exists(liveness));
    NOT_THERE(*name);
    BOOST_TEST(!exists(name.path()));
    BOOST_TEST(!exists(liveness));
    BOOST_TEST(test::child(creates_and_dies, {*name}).wait() == -SIGKILL);
    BOOST_TEST(segment::create(*name, small).self() == 0U);
    BOOST_TEST(test::child(creates_and_dies, {*name}).wait() == -SIGKILL);
    BOOST_TEST(segment::open_or_create(*name, small).self() == 0U);
}

BOOST_AUTO_TEST_CASE(a_liveness_file_whose_creator_died_before_the_name_is_removed_by_the_next_creator) {
    scratch_name name;
    std::string leftover = "/dev/shm/.plait-alive.ffffffff" + std::to_string(::getpid()); // of no inode that there is
    ::close(::open(leftover.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
    auto s = segment::create(*name, small);
    BOOST_TEST(!exists(leftover));
}

BOOST_AUTO_TEST_CASE(a_liveness_file_that_somebody_has_locked_is_nobody_s_leftover) {
    scratch_name name;
    auto s = segment::create(*name, small);
    auto q = ipc::queue<int>::create(s, "ready", {.bytes = 4096});
    test::child c(opens_and_waits, {*name});
    static_cast<void>(q.get());
    auto liveness = liveness_of(name);
    BOOST_REQUIRE(::unlink(name.path().c_str()) == 0); // as if the memory had no name yet
    internals::remove_leftovers("/dev/shm");
    BOOST_TEST(exists(liveness));
    ::unlink(liveness.c_str());
}

BOOST_AUTO_TEST_CASE(a_lasting_segment_whose_participants_were_all_killed_is_swept_by_the_next) {
    scratch_name name;
    BOOST_TEST(test::child(creates_and_dies, {*name, "lasting"}).wait() == -SIGKILL);
    auto s = segment::open(*name);
    s.sweep();
    BOOST_TEST(s.participants() == 1U);
}

BOOST_AUTO_TEST_CASE(a_lasting_segment_full_of_dead_participants_lets_the_next_one_in) {
    scratch_name name;
    BOOST_TEST(test::child(creates_and_dies, {*name, "lasting", "alone"}).wait() == -SIGKILL);
    auto s = segment::open(*name);
    BOOST_TEST(s.self() == 0U);
    BOOST_TEST(test::child(opens_and_waits, {*name}).wait() == 99); // too many
}

BOOST_AUTO_TEST_CASE(of_many_creators_one_wins_and_the_others_find_its_segment) {
    constexpr int creators = 8;
    scratch_name start_name, name;
    auto start = segment::create(*start_name, {.bytes = 1 << 20, .max_participants = creators + 1});
    auto gate = ipc::queue<int>::create(start, "gate", {.bytes = 4096});
    auto done = ipc::queue<int>::create(start, "done", {.bytes = 4096});
    auto leave = ipc::queue<int>::create(start, "leave", {.bytes = 4096});
    std::vector<std::unique_ptr<test::child>> all;
    for (int i = 0; i < creators; ++i)
        all.push_back(std::make_unique<test::child>(opens_or_creates, std::vector<std::string>{*start_name, *name}));
    for (int i = 0; i < creators; ++i)
        gate.put(0);
    int made = 0, failed = 0;
    for (int i = 0; i < creators; ++i)
        made += done.get();
    for (int i = 0; i < creators; ++i)
        leave.put(0);
    for (auto& c : all)
        failed += c->wait() != 0;
    BOOST_TEST(made == 1);
    BOOST_TEST(failed == 0);
}

BOOST_AUTO_TEST_CASE(who_enters_does_not_wait_for_ever_for_a_housekeeper_that_is_stopped) {
    scratch_name name;
    auto s = segment::create(*name, small);
    auto ready = ipc::queue<int>::create(s, "ready", {.bytes = 4096});
    s.attachment()->stop_ticking(); // a sweep would keep house now and then, too
    test::child keeper(keeps_house_and_hangs, {*name});
    static_cast<void>(ready.get());
    BOOST_TEST(test::child(finds_it_busy, {*name, std::to_string(keeper.pid())}).wait() == 0);
}

BOOST_AUTO_TEST_CASE(threads_that_open_one_name_share_an_attachment) {
    scratch_name name;
    std::vector<std::optional<segment>> found(8);
    std::vector<std::thread> threads;
    for (auto& f : found)
        threads.emplace_back([&] { f = segment::open_or_create(*name, small); });
    for (auto& t : threads)
        t.join();
    for (auto& f : found)
        BOOST_TEST((*f == *found[0]));
    BOOST_TEST(found[0]->participants() == 1U);
}

BOOST_AUTO_TEST_CASE(a_child_that_inherited_the_descriptors_keeps_the_name) {
    scratch_name name;
    std::optional<segment> s = segment::create(*name, small);
    std::optional leave = ipc::queue<int>::create(*s, "leave", {.bytes = 4096});
    test::child c(stays_until_told, *s);
    while (s->participants() < 2)
        std::this_thread::yield();
    leave.reset();
    s.reset();
    BOOST_TEST(exists(name.path()));
    s = segment::open(*name);
    ipc::queue<int>::open(*s, "leave").put(1);
    BOOST_TEST(c.wait() == 0);
    s.reset();
    BOOST_TEST(!exists(name.path()));
}

BOOST_AUTO_TEST_CASE(what_somebody_else_put_behind_the_name_is_refused) {
    scratch_name name;
    auto refused = [&] {
        BOOST_CHECK_EXCEPTION(static_cast<void>(segment::open(*name)), segment_error, with_code(errc::segment_invalid));
        BOOST_CHECK_EXCEPTION(static_cast<void>(segment::create(*name, small)), error, with_code(errc::segment_exists));
        BOOST_TEST(::unlink(name.path().c_str()) == 0);
    };
    BOOST_REQUIRE(::symlink("/etc/passwd", name.path().c_str()) == 0);
    refused();
    BOOST_REQUIRE(::mkfifo(name.path().c_str(), 0600) == 0);
    refused();
    int empty = ::open(name.path().c_str(), O_CREAT | O_RDWR, 0600);
    ::close(empty);
    auto liveness = liveness_of(name);
    refused();
    BOOST_TEST(!exists(liveness));
}

BOOST_AUTO_TEST_CASE(a_segment_that_was_renamed_is_refused) {
    scratch_name name, other;
    { auto s = segment::create(*name, lasting); }
    BOOST_REQUIRE(::rename(name.path().c_str(), other.path().c_str()) == 0);
    BOOST_CHECK_EXCEPTION(static_cast<void>(segment::open(*other)), segment_error, with_code(errc::segment_invalid));
    auto liveness = liveness_of(other);
    BOOST_TEST(segment::remove(*other));
    BOOST_TEST(!exists(liveness));
}

BOOST_AUTO_TEST_CASE(a_segment_whose_liveness_file_was_exchanged_is_refused) {
    scratch_name name;
    { auto s = segment::create(*name, lasting); }
    auto liveness = liveness_of(name);
    int keeps_the_inode = ::open(liveness.c_str(), O_RDONLY);
    BOOST_REQUIRE(::unlink(liveness.c_str()) == 0);
    BOOST_CHECK_EXCEPTION(static_cast<void>(segment::open(*name)), segment_error, with_code(errc::segment_invalid));
    ::close(keeps_the_inode);
}

BOOST_AUTO_TEST_CASE(participants_are_listed_with_their_process_ids) {
    scratch_name name;
    auto s = segment::create(*name, small);
    auto ready = ipc::queue<int>::create(s, "ready", {.bytes = 4096});
    s.attachment()->stop_ticking();
    test::child c(opens_and_waits, {*name});
    static_cast<void>(ready.get());
    auto all = s.participants_info();
    BOOST_REQUIRE(all.size() == 2U);
    BOOST_TEST(all[0].pid == ::getpid());
    BOOST_TEST(all[1].pid == c.pid());
    BOOST_TEST((all[0].alive && all[1].alive));
    c.kill();
    BOOST_TEST(!s.participants_info()[1].alive);
}
