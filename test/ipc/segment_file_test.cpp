// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Segments over a file: what outlives all processes, and what is refused after a reboot. A reboot is simulated by
// another boot id in the header.
#include "attachment.hpp"
#include "support/child_program.hpp"
#include "support/with_code.hpp"
#include "validation.hpp"

#include <plait/ipc/queue.hpp>
#include <plait/ipc/segment.hpp>
#include <plait/runtime/error.hpp>

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace plait;
using ipc::segment;
using test::with_code;
namespace layout = ipc::detail;
namespace fs = std::filesystem;

namespace {

constexpr ipc::segment_options small{.bytes = 1 << 20, .max_bytes = 4 << 20, .max_participants = 4};

auto saying(const char* what) {
    return [what](const segment_error& e) {
        return e.code() == errc::segment_invalid && std::strstr(e.what(), what) != nullptr;
    };
}

/// A directory of its own, gone with the object, and the path of a file in it.
struct scratch_directory {
    fs::path path;
    scratch_directory() {
        std::string made = (fs::temp_directory_path() / "plait-test-XXXXXX").string();
        BOOST_REQUIRE(::mkdtemp(made.data()) != nullptr);
        path = made;
    }
    ~scratch_directory() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
    scratch_directory(const scratch_directory&) = delete;
    scratch_directory& operator=(const scratch_directory&) = delete;
    [[nodiscard]] std::string file(const char* name = "orders") const { return (path / name).string(); }
    [[nodiscard]] std::size_t files() const {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(path), fs::directory_iterator()));
    }
};

template <class T>
void overwrite(const std::string& path, std::size_t offset, T value) {
    int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    BOOST_REQUIRE(::pwrite(fd, &value, sizeof value, static_cast<off_t>(offset)) == ssize_t{sizeof value});
    ::close(fd);
}

void reboot(const std::string& path) {
    overwrite(path, offsetof(layout::segment_header, boot), layout::boot_id{{1, 2}});
}

/// Makes the file with a queue of three messages in it, and leaves it in order.
void make_with_three(const std::string& path) {
    auto s = segment::create_file(path, small);
    auto q = ipc::queue<int>::create(s, "q", {.bytes = 4096});
    for (int i : {1, 2, 3})
        q.put(i);
}

int sum_of_all(segment& s) {
    auto q = ipc::queue<int>::open(s, "q");
    int sum = 0;
    while (auto value = q.try_get())
        sum += *value;
    return sum;
}

const test::unrelated_function holds_one_and_dies("holds_one_and_dies", [](const std::vector<std::string>& arguments) {
    auto s = segment::open_file(arguments.at(0));
    auto held = ipc::queue<int>::open(s, "q").receive();
    ::kill(::getpid(), SIGKILL);
    return 0;
});

} // namespace

BOOST_AUTO_TEST_CASE(messages_in_a_file_outlive_all_processes) {
    scratch_directory d;
    make_with_three(d.file());
    auto s = segment::open_file(d.file());
    BOOST_TEST(sum_of_all(s) == 6);
}

BOOST_AUTO_TEST_CASE(a_message_that_a_killed_process_held_is_still_in_the_file) {
    scratch_directory d;
    make_with_three(d.file());
    BOOST_TEST(test::child(holds_one_and_dies, {d.file()}).wait() == -SIGKILL);
    auto s = segment::open_file(d.file());
    s.sweep();
    BOOST_TEST(s.participants() == 1U);
    BOOST_TEST(sum_of_all(s) == 6);
}

BOOST_AUTO_TEST_CASE(a_file_that_was_closed_in_order_survives_a_reboot) {
    scratch_directory d;
    make_with_three(d.file());
    reboot(d.file());
    {
        auto s = segment::open_file(d.file());
        BOOST_TEST(s.participants() == 1U);
        BOOST_TEST(sum_of_all(s) == 6);
    }
    auto again = segment::open_file(d.file()); // it is of this boot now
    BOOST_TEST(sum_of_all(again) == 0);
}

BOOST_AUTO_TEST_CASE(a_file_that_the_machine_went_down_with_is_refused) {
    scratch_directory d;
    make_with_three(d.file());
    BOOST_TEST(test::child(holds_one_and_dies, {d.file()}).wait() == -SIGKILL);
    reboot(d.file());
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(segment::open_file(d.file())), segment_error, saying("not closed in order"));
    BOOST_TEST(segment::remove_file(d.file()));
}

BOOST_AUTO_TEST_CASE(the_mark_is_gone_while_somebody_is_in) {
    scratch_directory d;
    make_with_three(d.file());
    auto mark = [&] {
        layout::segment_header header;
        int fd = ::open(d.file().c_str(), O_RDONLY | O_CLOEXEC);
        BOOST_REQUIRE(::pread(fd, &header, sizeof header, 0) == ssize_t{sizeof header});
        ::close(fd);
        return header.closed_in_order;
    };
    BOOST_TEST(mark() == 1U);
    {
        auto s = segment::open_file(d.file());
        BOOST_TEST(mark() == 0U);
    }
    BOOST_TEST(mark() == 1U);
}

BOOST_AUTO_TEST_CASE(a_reinitialiser_that_was_cut_off_is_followed_by_another) {
    scratch_directory d;
    make_with_three(d.file());
    reboot(d.file());
    // It had forgotten the participants and written half of its boot id.
    overwrite(d.file(), offsetof(layout::segment_header, boot), layout::current_boot().words[0]);
    auto s = segment::open_file(d.file());
    BOOST_TEST(sum_of_all(s) == 6);
}

BOOST_AUTO_TEST_CASE(participants_of_another_boot_are_forgotten) {
    scratch_directory d;
    make_with_three(d.file());
    reboot(d.file());
    for (unsigned i = 0; i < small.max_participants; ++i)
        overwrite(
            d.file(), layout::participants_offset() + i * sizeof(layout::participant_slot),
            std::uint64_t{5 << 2 | layout::participant_slot::taken});
    auto s = segment::open_file(d.file());
    BOOST_TEST(s.participants() == 1U);
    BOOST_TEST(sum_of_all(s) == 6);
}

BOOST_AUTO_TEST_CASE(a_damaged_object_keeps_a_file_of_another_boot_closed) {
    scratch_directory d;
    make_with_three(d.file());
    reboot(d.file());
    // The first object's memory begins with the numbers that describe it.
    overwrite(d.file(), layout::objects_offset(small.max_participants), ~std::uint64_t{0});
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(segment::open_file(d.file())), segment_error, with_code(errc::segment_invalid));
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(segment::open_file(d.file())), segment_error, with_code(errc::segment_invalid));
}

BOOST_AUTO_TEST_CASE(a_copy_of_a_closed_file_is_a_segment_of_its_own) {
    scratch_directory d;
    make_with_three(d.file());
    fs::copy_file(d.file(), d.file("copy"));
    fs::permissions(d.file("copy"), fs::perms::owner_read | fs::perms::owner_write);
    auto original = segment::open_file(d.file());
    auto copy = segment::open_file(d.file("copy"));
    BOOST_TEST((original != copy));
    BOOST_TEST(sum_of_all(copy) == 6);
    BOOST_TEST(sum_of_all(original) == 6);
}

BOOST_AUTO_TEST_CASE(a_copy_of_a_file_in_use_is_refused) {
    scratch_directory d;
    make_with_three(d.file());
    auto s = segment::open_file(d.file());
    fs::copy_file(d.file(), d.file("copy"));
    BOOST_CHECK_EXCEPTION(static_cast<void>(segment::open_file(d.file("copy"))), segment_error, saying("liveness"));
}

BOOST_AUTO_TEST_CASE(a_renamed_file_is_the_same_segment) {
    scratch_directory d;
    make_with_three(d.file());
    auto s = segment::open_file(d.file());
    fs::rename(d.file(), d.file("renamed"));
    BOOST_TEST((segment::open_file(d.file("renamed")) == s));
}

BOOST_AUTO_TEST_CASE(a_file_is_made_once) {
    scratch_directory d;
    make_with_three(d.file());
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(segment::create_file(d.file(), small)), error, with_code(errc::segment_exists));
    auto s = segment::open_or_create_file(d.file(), small);
    BOOST_TEST(sum_of_all(s) == 6);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_something_else_is_refused_and_left_alone) {
    scratch_directory d;
    int fd = ::open(d.file().c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    BOOST_REQUIRE(::write(fd, "precious", 8) == 8);
    ::close(fd);
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(segment::open_or_create_file(d.file(), small)), segment_error,
        with_code(errc::segment_invalid));
    BOOST_TEST(fs::file_size(d.file()) == 8U);
    BOOST_TEST(d.files() == 1U);
}

BOOST_AUTO_TEST_CASE(removing_a_file_leaves_nothing) {
    scratch_directory d;
    make_with_three(d.file());
    BOOST_TEST(segment::remove_file(d.file()));
    BOOST_TEST(d.files() == 0U);
    BOOST_TEST(!segment::remove_file(d.file()));
    BOOST_CHECK_EXCEPTION(static_cast<void>(segment::open_file(d.file())), error, with_code(errc::segment_not_found));
}

BOOST_AUTO_TEST_CASE(a_path_that_is_none_is_refused) {
    scratch_directory d;
    for (std::string bad : {"", "/", "/tmp/.", ".."})
        BOOST_CHECK_EXCEPTION(static_cast<void>(segment::open_file(bad)), error, with_code(errc::invalid_argument));
    BOOST_CHECK_THROW(
        static_cast<void>(segment::create_file(d.file("missing/orders"), small)), boost::system::system_error);
}

BOOST_AUTO_TEST_CASE(a_file_with_holes_is_filled_when_it_is_opened) {
    scratch_directory d;
    make_with_three(d.file());
    int fd = ::open(d.file().c_str(), O_RDWR | O_CLOEXEC);
    // The end of the file, where no object is yet.
    BOOST_REQUIRE(::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 1 << 19, 1 << 19) == 0);
    auto s = segment::open_file(d.file());
    struct stat status {};
    BOOST_REQUIRE(::fstat(fd, &status) == 0);
    ::close(fd);
    BOOST_TEST(static_cast<std::size_t>(status.st_blocks) * 512 >= s.size());
}

BOOST_AUTO_TEST_CASE(a_file_grows) {
    scratch_directory d;
    {
        auto s = segment::create_file(d.file(), small);
        auto q = ipc::byte_queue::create(s, "large", {.bytes = 2 << 20});
        q.put(std::vector<std::byte>(1 << 20, std::byte{1}));
    }
    reboot(d.file());
    auto s = segment::open_file(d.file());
    BOOST_TEST(s.size() > std::size_t{2} << 20);
    BOOST_TEST(ipc::byte_queue::open(s, "large").receive().data().size() == std::size_t{1} << 20);
}
