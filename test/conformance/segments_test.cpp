// Copyright 2026 the plait authors. Boost Software License 1.0
//
// What users of shared memory rely on: memory that never overlaps and comes back, segments that unrelated programs find
// by name, nothing left after a kill, and an error for everything that is not a whole segment of this layout.
#include "attachment.hpp"
#include "support/child_program.hpp"
#include "support/scratch_name.hpp"
#include "validation.hpp"

#include <plait/ipc/queue.hpp>
#include <plait/ipc/segment.hpp>
#include <plait/runtime/error.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <deque>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <random>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace plait;
using ipc::segment;
using test::scratch_name;
namespace layout = ipc::detail;

namespace {

constexpr ipc::segment_options small{.bytes = 1 << 20, .max_participants = 4};
constexpr ipc::segment_options lasting{
    .bytes = 1 << 20, .max_bytes = 2 << 20, .max_participants = 4, .lifetime = ipc::segment_lifetime::until_removed};

const test::unrelated_function doubles_one("doubles_one", [](const std::vector<std::string>& arguments) {
    auto s = segment::open(arguments.at(0));
    auto q = ipc::queue<int>::open(s, "q");
    q.put(q.get() * 2);
    return 0;
});
const test::unrelated_function
    makes_one_and_is_killed("makes_one_and_is_killed", [](const std::vector<std::string>& arguments) {
        auto s = segment::create(arguments.at(0), small);
        auto q = ipc::queue<int>::create(s, "q", {.bytes = 4096});
        q.put(1);
        auto held = q.receive();
        ::kill(::getpid(), SIGKILL);
        return 0;
    });
const test::unrelated_function
    makes_one_and_waits("makes_one_and_waits", [](const std::vector<std::string>& arguments) {
        auto ready = segment::open(arguments.at(1));
        auto s = segment::create(arguments.at(0), small);
        ipc::queue<int>::create(s, "q", {.bytes = 4096}).put(7);
        ipc::queue<int>::open(ready, "ready").put(1);
        for (;;)
            ::pause();
        return 0;
    });

std::vector<std::byte> pattern(std::size_t size, unsigned seed) {
    std::vector<std::byte> bytes(size);
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<std::byte>(seed * 131 + i);
    return bytes;
}

} // namespace

// ------------------------------------------------------------------------------------------------------ 45 allocation

BOOST_AUTO_TEST_CASE(messages_of_random_sizes_never_overlap_and_their_room_comes_back) {
    auto s = segment::create(small);
    auto q = ipc::byte_queue::create(s, "q", {.capacity = 100, .bytes = 64 * 1024, .cell_bytes = 64});
    auto all_of_it = q.free_bytes();
    std::mt19937 random(45);
    std::deque<unsigned> waiting;
    std::vector<std::pair<unsigned, ipc::byte_lease>> held;
    auto size_of = [](unsigned seed) { return std::size_t{seed * 7919U % 3000U}; };
    auto is_whole = [&](auto& one) {
        return std::ranges::equal(one.second.data(), pattern(size_of(one.first), one.first));
    };
    for (unsigned seed = 0; seed < 20'000; ++seed) {
        switch (random() % 3) {
        case 0:
            if (q.try_put(pattern(size_of(seed), seed))) waiting.push_back(seed);
            break;
        case 1:
            if (auto message = q.try_receive()) {
                held.emplace_back(waiting.front(), std::move(*message));
                waiting.pop_front();
            }
            break;
        default:
            if (held.empty()) break;
            auto& one = held[random() % held.size()];
            BOOST_REQUIRE(is_whole(one));
            one.second.ack();
            std::swap(one, held.back());
            held.pop_back();
        }
    }
    for (auto& one : held) {
        BOOST_REQUIRE(is_whole(one));
        one.second.ack();
    }
    for (auto seed : waiting) {
        auto message = q.try_receive().value();
        BOOST_REQUIRE(std::ranges::equal(message.data(), pattern(size_of(seed), seed)));
        message.ack();
    }
    BOOST_TEST(q.free_bytes() == all_of_it);
}

BOOST_AUTO_TEST_CASE(objects_of_random_sizes_never_overlap_and_fill_the_segment) {
    auto s = segment::create({.bytes = 1 << 20, .max_bytes = 8 << 20});
    std::mt19937 random(45);
    std::size_t made = 0;
    try {
        for (;; ++made)
            static_cast<void>(ipc::byte_queue::create(s, std::to_string(made), {.bytes = 1024 + random() % 100'000}));
    } catch (const segment_error& e) {
        BOOST_TEST((e.code() == errc::segment_full));
    }
    BOOST_TEST(made > 10U);
    std::vector<std::span<std::byte>> extents;
    for (auto& entry : s.attachment()->directory())
        if (entry.type.load() != 0) extents.push_back(s.attachment()->memory_of(entry));
    BOOST_TEST(extents.size() == made);
    std::ranges::sort(extents, {}, [](auto& e) { return e.data(); });
    for (std::size_t i = 1; i < extents.size(); ++i)
        BOOST_TEST((extents[i - 1].data() + extents[i - 1].size() <= extents[i].data()));
}

BOOST_AUTO_TEST_CASE(the_memory_of_a_segment_comes_back_when_the_last_participant_leaves) {
    scratch_name name;
    std::optional<segment> s = segment::create(*name, {.bytes = 8 << 20});
    auto path = "/proc/self/fd/" + std::to_string(s->memory_fd());
    int memory = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    s.reset();
    struct stat status {};
    BOOST_REQUIRE(::fstat(memory, &status) == 0);
    BOOST_TEST(status.st_nlink == 0U); // only this descriptor keeps it
    ::close(memory);
}

// ----------------------------------------------------------------------------------- 48 create, attach, create again

BOOST_AUTO_TEST_CASE(a_segment_is_made_found_by_an_unrelated_process_and_made_again) {
    scratch_name name;
    for (int round = 1; round <= 3; ++round) {
        auto s = segment::create(*name, small);
        auto q = ipc::queue<int>::create(s, "q", {.bytes = 4096});
        q.put(round);
        BOOST_TEST(test::child(doubles_one, {*name}).wait() == 0);
        BOOST_TEST(q.get() == 2 * round);
    }
}

// -------------------------------------------------------------------------------------------------- 49 killed creator

BOOST_AUTO_TEST_CASE(a_killed_creator_leaves_nothing_that_the_next_look_does_not_remove) {
    scratch_name name;
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST(test::child(makes_one_and_is_killed, {*name}).wait() == -SIGKILL);
        BOOST_CHECK_THROW(static_cast<void>(segment::open(*name)), error);
        BOOST_TEST(!std::filesystem::exists(name.path()));
    }
}

BOOST_AUTO_TEST_CASE(what_a_killed_creator_made_stays_until_the_last_one_leaves) {
    scratch_name name, meeting;
    auto ready_segment = segment::create(*meeting, small);
    auto ready = ipc::queue<int>::create(ready_segment, "ready", {.bytes = 4096});
    test::child creator(makes_one_and_waits, {*name, *meeting});
    static_cast<void>(ready.get());
    {
        auto s = segment::open(*name);
        creator.kill();
        BOOST_TEST(ipc::queue<int>::open(s, "q").get() == 7);
        s.sweep();
        BOOST_TEST(s.participants() == 1U);
    }
    BOOST_TEST(!std::filesystem::exists(name.path()));
}

// -------------------------------------------------------------------------------------------- 50 what is not a segment

namespace {

/// The file of a segment that nobody is in, to be damaged and opened.
class patient {
public:
    patient() {
        auto s = segment::create(*name_, lasting);
        for (auto* q : {"first", "second"})
            static_cast<void>(ipc::byte_queue::create(s, q, {.bytes = 4096}));
    }
    template <class T>
    void write(std::size_t offset, T value) {
        write_bytes(offset, &value, sizeof value);
    }
    void write_bytes(std::size_t offset, const void* bytes, std::size_t size) {
        int fd = ::open(name_.path().c_str(), O_RDWR | O_CLOEXEC);
        BOOST_REQUIRE(::pwrite(fd, bytes, size, static_cast<off_t>(offset)) == static_cast<ssize_t>(size));
        ::close(fd);
    }
    void truncate(std::size_t size) { BOOST_REQUIRE(::truncate(name_.path().c_str(), static_cast<off_t>(size)) == 0); }
    /// Makes the checksum of the header right again.
    void seal() {
        layout::segment_plan plan;
        int fd = ::open(name_.path().c_str(), O_RDONLY | O_CLOEXEC);
        BOOST_REQUIRE(::pread(fd, &plan, sizeof plan, 0) == ssize_t{sizeof plan});
        ::close(fd);
        write(offsetof(layout::segment_plan, checksum), layout::checksum_of(plan));
    }
    /// Is refused, by an error that says `why`, and can be removed.
    boost::test_tools::assertion_result is_refused(const char* why) {
        boost::test_tools::assertion_result result(true);
        try {
            static_cast<void>(segment::open(*name_));
            result = false;
            result.message() << "it was opened";
        } catch (const segment_error& e) {
            result = e.code() == errc::segment_invalid && std::strstr(e.what(), why) != nullptr;
            result.message() << "it was refused with: " << e.what();
        }
        return result;
    }
    [[nodiscard]] const scratch_name& name() const { return name_; }

private:
    scratch_name name_;
};

constexpr std::size_t entry(std::size_t index, std::size_t member) {
    return layout::directory_offset(lasting.max_participants) + index * sizeof(layout::directory_entry) + member;
}

using plan = layout::segment_plan;
using head = layout::segment_header;
using dir = layout::directory_entry;

enum class checksum { as_it_is, made_right };

struct damage {
    const char* what;
    std::size_t offset;
    std::uint64_t value;
    unsigned bytes;
    checksum sum;
    const char* why;
};

constexpr auto wrong = checksum::as_it_is;
constexpr auto right = checksum::made_right;

constexpr damage damages[] = {
    {"no mark", offsetof(plan, magic), 0, 8, right, "mark of a segment"},
    {"another mark", offsetof(plan, magic), 0x464c'457f, 8, right, "mark of a segment"},
    {"one bit of the mark", offsetof(plan, magic), layout::segment_magic ^ 1, 8, right, "mark of a segment"},
    {"an older layout", offsetof(plan, version), layout::segment_version - 1, 4, right, "layout version"},
    {"a newer layout", offsetof(plan, version), layout::segment_version + 1, 4, right, "layout version"},
    {"no layout", offsetof(plan, version), 0, 4, right, "layout version"},
    {"another build", offsetof(plan, layout_hash), 1, 8, right, "incompatible build"},
    {"participants, not sealed", offsetof(plan, max_participants), 5, 4, wrong, "checksum"},
    {"kind, not sealed", offsetof(plan, kind), 3, 4, wrong, "checksum"},
    {"lifetime, not sealed", offsetof(plan, outlives_participants), 0, 4, wrong, "checksum"},
    {"objects, not sealed", offsetof(plan, objects), 4096, 8, wrong, "checksum"},
    {"largest size, not sealed", offsetof(plan, max_bytes), 4 << 20, 8, wrong, "checksum"},
    {"length of the name, not sealed", offsetof(plan, name_length), 1, 4, wrong, "checksum"},
    {"name, not sealed", offsetof(plan, name), 'X', 1, wrong, "checksum"},
    {"what is reserved", offsetof(plan, reserved), 1, 4, wrong, "checksum"},
    {"checksum", offsetof(plan, checksum), 0, 8, wrong, "checksum"},
    {"no participants", offsetof(plan, max_participants), 0, 4, right, "participants; that must be 1 to"},
    {"too many participants", offsetof(plan, max_participants), 4096, 4, right, "participants; that must be 1 to"},
    {"most participants", offsetof(plan, max_participants), ~0U, 4, right, "participants; that must be 1 to"},
    {"more participants than there is room for", offsetof(plan, max_participants), 4095, 4, right, "objects do not"},
    {"one participant more", offsetof(plan, max_participants), 5, 4, right, "objects do not"},
    {"no kind", offsetof(plan, kind), 0, 4, right, "kind"},
    {"an unknown kind", offsetof(plan, kind), 4, 4, right, "kind"},
    {"anonymous", offsetof(plan, kind), 1, 4, right, "kind"},
    {"over a file", offsetof(plan, kind), 3, 4, right, "kind"},
    {"an unknown lifetime", offsetof(plan, outlives_participants), 2, 4, right, "lifetime"},
    {"objects at the beginning", offsetof(plan, objects), 0, 8, right, "objects do not"},
    {"objects behind the end", offsetof(plan, objects), 1 << 30, 8, right, "objects do not"},
    {"objects at the end of the address space", offsetof(plan, objects), ~0ULL, 8, right, "objects do not"},
    {"largest size of nothing", offsetof(plan, max_bytes), 0, 8, right, "largest size"},
    {"largest size of everything", offsetof(plan, max_bytes), ~0ULL, 8, right, "largest size"},
    {"largest size below the size", offsetof(plan, max_bytes), 1 << 19, 8, right, "its size"},
    {"no name", offsetof(plan, name_length), 0, 4, right, "name"},
    {"a shorter name", offsetof(plan, name_length), 3, 4, right, "another name"},
    {"a name too long", offsetof(plan, name_length), 201, 4, right, "too long"},
    {"the longest name", offsetof(plan, name_length), ~0U, 4, right, "too long"},
    {"another name", offsetof(plan, name), 'X', 1, right, "another name"},
    {"a name that leads elsewhere", offsetof(plan, name), '/', 1, right, "name"},
    {"a size of nothing", offsetof(head, size), 0, 8, right, "its size"},
    {"a size that ends in the directory", offsetof(head, size), 4096, 8, right, "its size"},
    {"a size beyond the file", offsetof(head, size), (1 << 20) + 1, 8, right, "truncated"},
    {"a size of everything", offsetof(head, size), ~0ULL, 8, right, "truncated"},
    {"another liveness file", offsetof(head, liveness_inode), 1, 8, right, "liveness"},
    {"another boot", offsetof(head, boot), 1, 8, right, "earlier boot"},
    {"an unknown mark of closing", offsetof(head, closed_in_order), 2, 4, right, "closed in order"},
    {"an object at the beginning", entry(0, offsetof(dir, offset)), 0, 8, right, "outside the segment"},
    {"an object over the directory", entry(0, offsetof(dir, offset)), 4096, 8, right, "outside the segment"},
    {"an object behind the end", entry(0, offsetof(dir, offset)), 1 << 20, 8, right, "outside the segment"},
    {"an object beyond the address space", entry(0, offsetof(dir, offset)), ~63ULL, 8, right, "outside the segment"},
    {"an object that begins between the lines", entry(1, offsetof(dir, offset)), (1 << 19) + 8, 8, right, "outside"},
    {"an object too large", entry(1, offsetof(dir, bytes)), 1 << 20, 8, right, "outside the segment"},
    {"an object that wraps around", entry(1, offsetof(dir, bytes)), ~0ULL, 8, right, "outside the segment"},
    {"an object over another", entry(0, offsetof(dir, bytes)), 1 << 18, 8, right, "overlap"},
    {"an object without a name", entry(0, offsetof(dir, name_length)), 0, 4, right, "a name of 0 bytes"},
    {"an object with a long name", entry(0, offsetof(dir, name_length)), 64, 4, right, "a name of 64 bytes"},
    {"an object with the longest name", entry(1, offsetof(dir, name_length)), ~0U, 4, right, "a name of 4294967295"},
};

} // namespace

BOOST_AUTO_TEST_CASE(what_was_not_damaged_is_opened) {
    patient p;
    p.seal();
    BOOST_TEST(segment::open(*p.name()).self() == 0U);
}

BOOST_AUTO_TEST_CASE(a_damaged_segment_is_refused_with_what_is_wrong) {
    for (auto& d : damages) {
        BOOST_TEST_CONTEXT(d.what) {
            patient p;
            p.write_bytes(d.offset, &d.value, d.bytes); // little-endian
            if (d.sum == checksum::made_right) p.seal();
            BOOST_TEST(p.is_refused(d.why));
            BOOST_TEST(segment::remove(*p.name()));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_truncated_segment_is_refused) {
    constexpr std::size_t whole = 1 << 20;
    for (std::size_t size :
         std::initializer_list<std::size_t>{0, 1, 8, 100, 200, 300, 4096, 65536, whole / 2, whole - 4096, whole - 1}) {
        BOOST_TEST_CONTEXT(size << " bytes") {
            patient p;
            p.truncate(size);
            BOOST_TEST(p.is_refused(size < sizeof(head) ? "less than its header" : "truncated"));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_foreign_file_is_refused) {
    std::mt19937 random(50);
    std::vector<unsigned char> noise(1 << 20);
    std::ranges::generate(noise, [&] { return static_cast<unsigned char>(random()); });
    const std::string text(1 << 20, 'x');
    const std::vector<char> zeros(1 << 20);
    for (const void* content :
         {static_cast<const void*>(noise.data()), static_cast<const void*>(text.data()),
          static_cast<const void*>(zeros.data())}) {
        patient p;
        p.write_bytes(0, content, 1 << 20);
        BOOST_TEST(p.is_refused("mark of a segment"));
    }
}

BOOST_AUTO_TEST_CASE(any_damaged_byte_of_the_description_is_refused) {
    patient p;
    std::vector<unsigned char> before(sizeof(plan));
    int fd = ::open(p.name().path().c_str(), O_RDONLY | O_CLOEXEC);
    BOOST_REQUIRE(::pread(fd, before.data(), before.size(), 0) == static_cast<ssize_t>(before.size()));
    ::close(fd);
    for (std::size_t i = 0; i < before.size(); ++i) {
        p.write(i, static_cast<unsigned char>(before[i] ^ 0x10));
        BOOST_TEST_CONTEXT("byte " << i) { BOOST_TEST(p.is_refused("")); }
        p.write(i, before[i]);
    }
    BOOST_TEST(segment::open(*p.name()).self() == 0U);
}
