// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Looking at segments from outside, and from within a process that is in them; and at memory that says anything at all.
#include "fifo.hpp"
#include "segment_outline.hpp"
#include "support/child_program.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/ipc/inspect.hpp>
#include <plait/ipc/queue.hpp>
#include <plait/runtime/error.hpp>

#include <boost/test/unit_test.hpp>

#include <cstring>
#include <filesystem>
#include <random>
#include <span>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace plait;
using ipc::segment;
namespace inspect = ipc::inspect;

namespace {

constexpr ipc::segment_options small{.bytes = 1 << 20, .max_participants = 4};
constexpr ipc::queue_options small_queue{.capacity = 8, .bytes = 64 * 1024};

inspect::found_segment found(const segment& s) {
    struct stat status {};
    BOOST_REQUIRE(::fstat(s.memory_fd(), &status) == 0);
    return inspect::find_segment("memfd:" + std::to_string(status.st_ino));
}

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string text_of(const inspect::message_preview& m) {
    return {reinterpret_cast<const char*>(m.data.data()), m.data.size()};
}

/// A copy of a segment's bytes, to be damaged.
class forged {
public:
    explicit forged(const segment& original) : content_(original.size()) {
        fd_.reset(::memfd_create("plait-segment", MFD_CLOEXEC));
        BOOST_REQUIRE(::pread(original.memory_fd(), content_.data(), content_.size(), 0) == size());
        restore();
    }
    void restore() { BOOST_REQUIRE(::pwrite(fd_.get(), content_.data(), content_.size(), 0) == size()); }
    void overwrite(std::size_t offset, std::uint64_t value) {
        BOOST_REQUIRE(::pwrite(fd_.get(), &value, sizeof value, static_cast<off_t>(offset)) == ssize_t{sizeof value});
    }
    void cut(std::size_t length) { BOOST_REQUIRE(::ftruncate(fd_.get(), static_cast<off_t>(length)) == 0); }
    [[nodiscard]] inspect::found_segment where() const {
        struct stat status {};
        BOOST_REQUIRE(::fstat(fd_.get(), &status) == 0);
        return {
            .id = "forged",
            .device = status.st_dev,
            .inode = status.st_ino,
            .file_bytes = content_.size(),
            .holders = {{::getpid(), fd_.get()}}};
    }

private:
    [[nodiscard]] ssize_t size() const { return static_cast<ssize_t>(content_.size()); }
    std::vector<char> content_;
    plait::detail::unique_fd fd_;
};

/// Looks at everything there is to see. Whatever the memory says, this ends, and without touching what is not there.
void look_at_all(const inspect::found_segment& where) {
    try {
        auto report = inspect::look(where);
        for (auto& object : report.objects) {
            auto queue = inspect::look_at_queue(where, object.name, {.messages = 100});
            BOOST_TEST(queue.first.size() <= 100U);
        }
    } catch (const boost::system::system_error& e) {
        BOOST_TEST(!inspect::sentence_of(e).empty());
    }
}

const test::child_function sweeps("sweeps", [](segment& s, const auto&) { return static_cast<int>(s.sweep()); });

} // namespace

BOOST_AUTO_TEST_CASE(a_process_that_looks_at_its_own_segment_stays_alive_in_it) {
    auto s = segment::create(small);
    auto q = ipc::byte_queue::create(s, "q", small_queue);
    static_cast<void>(inspect::find_segments());
    static_cast<void>(inspect::look(found(s)));
    static_cast<void>(inspect::look_at_queue(found(s), "q"));
    BOOST_TEST(test::child(sweeps, s).wait() == 0); // nobody was dead
}

BOOST_AUTO_TEST_CASE(a_process_may_look_at_its_own_segment_as_often_as_it_likes) {
    auto s = segment::create(small);
    auto where = found(s);
    auto open_descriptors = [] {
        return std::distance(
            std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
    };
    auto before = open_descriptors();
    for (int i = 0; i < 3; ++i)
        static_cast<void>(inspect::look(where));
    BOOST_TEST(open_descriptors() == before);
}

BOOST_AUTO_TEST_CASE(a_segment_that_grows_while_it_is_looked_at_is_whole) {
    auto s = segment::create({.bytes = 1 << 20, .max_bytes = 8 << 20, .max_participants = 4});
    ipc::detail::foreign_memory memory(found(s));
    auto q = ipc::byte_queue::create(s, "q", {.bytes = 2 << 20});
    auto outline = ipc::detail::outline_of(memory);
    BOOST_TEST(outline.problems.empty());
    auto objects = ipc::detail::objects_of(memory, outline);
    BOOST_REQUIRE(objects.size() == 1U);
    BOOST_TEST(objects[0].problem == "");
    BOOST_TEST(memory.copy(objects[0].offset, objects[0].bytes).size() == objects[0].bytes);
}

BOOST_AUTO_TEST_CASE(a_process_sees_itself_alive) {
    auto s = segment::create(small);
    auto report = inspect::look(found(s));
    BOOST_REQUIRE(report.participants.size() == 1U);
    BOOST_TEST(report.participants[0].self);
    BOOST_TEST((report.participants[0].state == inspect::life::alive));
    BOOST_TEST(report.participants[0].process->pid == ::getpid());
    BOOST_TEST(report.problems.empty());
    BOOST_TEST(report.free_bytes == s.free_bytes());
}

BOOST_AUTO_TEST_CASE(entering_what_this_process_is_in_gives_the_same_participant) {
    auto s = segment::create(small);
    BOOST_TEST((inspect::enter(found(s)) == s));
    BOOST_TEST(test::child(sweeps, s).wait() == 0);
}

BOOST_AUTO_TEST_CASE(messages_are_counted_by_state_and_holder) {
    auto s = segment::create(small);
    auto q = ipc::byte_queue::create(s, "q", small_queue);
    for (int i = 0; i < 4; ++i)
        q.put(bytes("x"));
    auto held = q.receive();
    auto room = q.prepare(3 * 128);
    auto report = inspect::look_at_queue(found(s), "q");
    BOOST_TEST(report.waiting == 3U);
    BOOST_TEST(report.leased == 1U);
    BOOST_TEST(report.loaned == 1U);
    BOOST_TEST(report.free_bytes == q.free_bytes());
    BOOST_TEST(report.largest_message == q.max_message());
    BOOST_REQUIRE(report.holdings.size() == 1U);
    BOOST_TEST(report.holdings[0].leases == 1U);
    BOOST_TEST(report.holdings[0].loans == 1U);
    BOOST_TEST(report.problems.empty());
    BOOST_TEST(!report.changing);
}

BOOST_AUTO_TEST_CASE(the_next_messages_are_shown_in_order_and_not_taken) {
    auto s = segment::create(small);
    auto q = ipc::byte_queue::create(s, "q", small_queue);
    for (auto* text : {"0", "1", "2", "3"})
        q.put(bytes(text));
    q.receive().ack();
    q.receive().release(); // behind those that wait
    auto report = inspect::look_at_queue(found(s), "q", {.messages = 10});
    BOOST_REQUIRE(report.first.size() == 3U);
    BOOST_TEST(text_of(report.first[0]) == "2");
    BOOST_TEST(text_of(report.first[1]) == "3");
    BOOST_TEST(text_of(report.first[2]) == "1");
    BOOST_TEST(report.first[2].returned);
    BOOST_TEST(report.first[2].deliveries == 1U);
    BOOST_TEST(q.size() == 3U);
}

BOOST_AUTO_TEST_CASE(the_order_is_right_after_many_laps) {
    auto s = segment::create(small);
    auto q = ipc::byte_queue::create(s, "q", small_queue);
    for (int i = 0; i < 10'000; ++i) {
        q.put(bytes("old"));
        q.receive().ack();
    }
    q.put(bytes("a"));
    q.put(bytes("b"));
    auto report = inspect::look_at_queue(found(s), "q", {.messages = 10});
    BOOST_REQUIRE(report.first.size() == 2U);
    BOOST_TEST(text_of(report.first[0]) == "a");
    BOOST_TEST(text_of(report.first[1]) == "b");
    BOOST_TEST(report.problems.empty());
}

BOOST_AUTO_TEST_CASE(a_coroutine_that_waits_is_shown_as_one_of_its_participant) {
    auto s = segment::create(small);
    auto q = ipc::byte_queue::create(s, "q", small_queue);
    plait::run([&] {
        auto waits = plait::spawn([&] { q.receive().ack(); });
        auto report = inspect::look_at_queue(found(s), "q");
        while (report.takers.loops.empty()) {
            plait::yield();
            report = inspect::look_at_queue(found(s), "q");
        }
        BOOST_TEST(!report.takers.threads);
        BOOST_TEST(report.takers.loops == std::vector<unsigned>{s.self()}, boost::test_tools::per_element());
        q.put(bytes("x"));
        waits.join();
    });
}

BOOST_AUTO_TEST_CASE(a_file_of_any_length_is_looked_at_without_harm) {
    auto s = segment::create(small);
    auto q = ipc::byte_queue::create(s, "q", small_queue);
    q.put(bytes("x"));
    for (std::size_t length : {0UL, 1UL, 63UL, 64UL, 100UL, 4096UL, 20'000UL, 65'536UL, 100'000UL, 300'000UL}) {
        forged f(s);
        f.cut(length);
        BOOST_TEST_CONTEXT("length " << length) {
            look_at_all(f.where());
            BOOST_TEST(!inspect::look(f.where()).problems.empty());
        }
    }
}

BOOST_AUTO_TEST_CASE(whatever_one_word_says_looking_ends_without_harm) {
    auto s = segment::create(small);
    auto q = ipc::byte_queue::create(s, "q", {.capacity = 8, .bytes = 4096});
    for (auto* text : {"0", "1", "2", "3"})
        q.put(bytes(text));
    auto held = q.receive();
    forged f(s);
    std::size_t used = s.size() - s.free_bytes();
    std::mt19937_64 random(20260101);
    for (int i = 0; i < 1'000; ++i) {
        f.restore();
        // Mostly in the headers, where one word decides much.
        std::size_t among = i % 2 == 0 ? 512 : used;
        std::size_t from = i % 4 == 0 ? used - q.free_bytes() : 0;
        for (int words = 0; words < 3; ++words)
            f.overwrite((from + random() % among) / 8 * 8 % (s.size() - 8), random() >> random() % 64);
        look_at_all(f.where());
    }
}

BOOST_AUTO_TEST_CASE(what_a_queue_says_wrongly_of_itself_is_named_and_the_rest_is_shown) {
    auto s = segment::create(small);
    auto q = ipc::byte_queue::create(s, "q", small_queue);
    q.put(bytes("x"));
    namespace layout = ipc::detail;
    auto g = layout::queue_geometry::for_room(plait::ipc::queue_order::fifo, 64 * 1024, 128);
    std::size_t queue = layout::objects_offset(small.max_participants);
    std::size_t head = queue + g.order_offset(), slots = head + sizeof(layout::fifo_ends);
    struct {
        std::size_t offset;
        std::uint64_t value;
        const char* problem;
    } damages[] = {
        {head, 1, "1 messages are in slots, of which 0 can be reached from the head, position 1"},
        {slots + 8, layout::slot_word::full(0, g.cells).bits, "slot 1 names cell 512, of which there are 512"},
        {head + 64, std::uint64_t{1} << 40,
         "its head is at position 0 and its tail at 1099511627776 of a ring of 4096 slots"},
        {slots + 8, layout::slot_word::empty(77).bits, "slot 1 is of lap 77, and the ends are at 0 and 0"},
        {slots + 8, layout::slot_word::full(0, 0).bits, "cell 0 is named by more than one slot"},
        {queue + g.words_offset() + 8, std::uint64_t{9} << 20, "cell 1 is in no state that there is"},
        {queue + g.words_offset() + 8, layout::cell_word::of(1, layout::cell_word::leased, 7).bits,
         "cell 1 belongs to participant 7, of which there are at most 4"},
    };
    forged f(s);
    for (auto& d : damages) {
        f.restore();
        f.overwrite(d.offset, d.value);
        auto report = inspect::look_at_queue(f.where(), "q");
        BOOST_TEST_CONTEXT(d.problem) {
            BOOST_REQUIRE(report.problems.size() == 1U);
            BOOST_TEST(report.problems[0] == d.problem);
            BOOST_TEST(report.waiting == 1U);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_message_whose_header_is_damaged_is_shown_without_its_bytes) {
    auto s = segment::create(small);
    auto q = ipc::byte_queue::create(s, "q", small_queue);
    q.put(bytes("x"));
    namespace layout = ipc::detail;
    auto g = layout::queue_geometry::for_room(plait::ipc::queue_order::fifo, 64 * 1024, 128);
    forged f(s);
    f.overwrite(layout::objects_offset(small.max_participants) + g.memory_offset(), 0xffff'ffff'ffff'ffffU);
    auto report = inspect::look_at_queue(f.where(), "q", {.messages = 1});
    BOOST_REQUIRE(report.first.size() == 1U);
    BOOST_TEST(report.first[0].data.empty());
    BOOST_TEST(report.first[0].problem == "its header is damaged: 4294967295 bytes in 4294967295 cells");
}
