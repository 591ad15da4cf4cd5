// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Killing those who make, enter, leave and remove segments that have a name or a file. Afterwards the name can be used,
// what was in the segment is there, and no file lies about.
#include "attachment.hpp"
#include "killing.hpp"
#include "layout.hpp"
#include "operations.hpp"

#include <plait/runtime/error.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <stdexcept>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace crash {
namespace {

using arguments = std::vector<std::string>;
using plait::ipc::byte_queue;
using plait::ipc::segment;
using plait::ipc::segment_options;
namespace fs = std::filesystem;
namespace layout = plait::ipc::detail;

constexpr std::size_t small = 256 << 10;
constexpr std::size_t large = 1 << 20;
constexpr segment_options size{.bytes = small, .max_bytes = 4 << 20, .max_participants = 4};
constexpr segment_options lasting{
    .bytes = small,
    .max_bytes = 4 << 20,
    .max_participants = 4,
    .lifetime = plait::ipc::segment_lifetime::until_removed};

std::string name_of(pid_t harness) { return "crash-" + std::to_string(harness); }
fs::path directory_of(pid_t harness) { return fs::temp_directory_path() / ("plait-" + name_of(harness)); }

// In the child.

std::string name() { return name_of(::getppid()); }
std::string file() { return (directory_of(::getppid()) / "orders").string(); }

const test::child_function create("create_named", [](segment& s, const arguments& a) {
    begin(s, a);
    operation_begins();
    auto made = segment::create(name(), size);
    operation_ends();
    return 0;
});

const test::child_function open("open_named", [](segment& s, const arguments& a) {
    begin(s, a);
    operation_begins();
    auto found = segment::open(name());
    operation_ends();
    return 0;
});

const test::child_function open_or_create("open_or_create_named", [](segment& s, const arguments& a) {
    begin(s, a);
    operation_begins();
    auto found = segment::open_or_create(name(), size);
    operation_ends();
    return 0;
});

const test::child_function leave("leave_named", [](segment& s, const arguments& a) {
    begin(s, a);
    std::optional<segment> made = segment::create(name(), size);
    operation_begins();
    made.reset();
    operation_ends();
    return 0;
});

const test::child_function remove_name("remove_named", [](segment& s, const arguments& a) {
    begin(s, a);
    operation_begins();
    segment::remove(name());
    operation_ends();
    return 0;
});

const test::child_function grow("grow_named", [](segment& s, const arguments& a) {
    begin(s, a);
    auto found = segment::open(name());
    operation_begins();
    static_cast<void>(byte_queue::create(found, "large", {.bytes = large}));
    operation_ends();
    return 0;
});

const test::child_function create_file("create_file", [](segment& s, const arguments& a) {
    begin(s, a);
    operation_begins();
    auto made = segment::create_file(file(), size);
    operation_ends();
    return 0;
});

const test::child_function open_file("open_file", [](segment& s, const arguments& a) {
    begin(s, a);
    operation_begins();
    auto found = segment::open_file(file());
    operation_ends();
    return 0;
});

const test::child_function open_or_create_file("open_or_create_file", [](segment& s, const arguments& a) {
    begin(s, a);
    operation_begins();
    auto found = segment::open_or_create_file(file(), size);
    operation_ends();
    return 0;
});

const test::child_function remove_file("remove_file", [](segment& s, const arguments& a) {
    begin(s, a);
    operation_begins();
    segment::remove_file(file());
    operation_ends();
    return 0;
});

/// Dies with the lock of the queue in the file.
const test::child_function put_into_file("put_into_file", [](segment& s, const arguments& a) {
    begin(s, a);
    auto found = segment::open_file(file());
    auto q = byte_queue::open(found, "q");
    operation_begins();
    put_message(q, stage::last_message, one_cell);
    operation_ends();
    return 0;
});

const test::child_function leave_file("leave_file", [](segment& s, const arguments& a) {
    begin(s, a);
    std::optional<segment> found = segment::open_file(file());
    operation_begins();
    found.reset();
    operation_ends();
    return 0;
});

// In the harness.

std::string our_name() { return name_of(::getpid()); }
std::string our_file() { return (directory_of(::getpid()) / "orders").string(); }

std::optional<segment> kept; // in which the harness is while the child is killed

void put_one_into(segment& s, plait::ipc::queue_order order = plait::ipc::queue_order::fifo) {
    auto q = byte_queue::create(s, "q", {.bytes = 4096}, order);
    put_message(q, stage::first_message, one_cell);
}

void check_the_one_in(segment& s, std::vector<std::string>& wrong) {
    s.sweep();
    if (s.participants() != 1) wrong.emplace_back("a dead participant is left");
    auto message = byte_queue::open(s, "q").try_receive();
    if (!message)
        wrong.emplace_back("the message in the segment is lost");
    else if (read_message(*message) != stage::first_message)
        wrong.emplace_back("the message in the segment is another");
}

/// Liveness files without a memory beside them: after the last one has left, there may be none.
void nothing_lies_about(const fs::path& directory, std::vector<std::string>& wrong) {
    std::vector<ino_t> present;
    std::vector<std::string> digits;
    constexpr std::string_view prefix = ".plait-alive.";
    for (auto& entry : fs::directory_iterator(directory)) {
        struct stat status {};
        auto leaf = entry.path().filename().string();
        if (leaf.starts_with(prefix))
            digits.push_back(leaf.substr(prefix.size()));
        else if (::lstat(entry.path().c_str(), &status) == 0)
            present.push_back(status.st_ino);
    }
    for (auto& d : digits)
        if (std::ranges::find(present, std::stoull(d, nullptr, 16)) == present.end())
            wrong.push_back("a liveness file lies about: " + d);
}

/// Whatever happened, the name is free or leads to a segment, and is gone when that has been left.
void the_name_can_be_used(stage&, std::vector<std::string>& wrong) {
    {
        auto s = segment::open_or_create(our_name(), size);
        s.sweep();
        if (s.participants() != 1) wrong.emplace_back("a dead participant is left");
    }
    if (fs::exists("/dev/shm/plait." + our_name())) wrong.emplace_back("the name is left");
    nothing_lies_about("/dev/shm", wrong);
}

void enter_first(stage&) {
    kept = segment::create(our_name(), size);
    kept->attachment()->stop_ticking();
    put_one_into(*kept);
}

void leave_last(stage& s, std::vector<std::string>& wrong) {
    check_the_one_in(*kept, wrong);
    kept.reset();
    the_name_can_be_used(s, wrong);
}

void leave_a_name_of_the_dead(stage& s) { die_in(s, create, "segment.create.linked"); }

void make_a_lasting_one(stage&) { static_cast<void>(segment::create(our_name(), lasting)); }

void the_name_can_be_removed(stage& s, std::vector<std::string>& wrong) {
    segment::remove(our_name());
    the_name_can_be_used(s, wrong);
}

void it_grew_or_can(stage& s, std::vector<std::string>& wrong) {
    try {
        static_cast<void>(byte_queue::create(*kept, "large", {.bytes = large}));
    } catch (const plait::error& e) {
        if (e.code() != plait::errc::object_exists) wrong.emplace_back(e.what());
    }
    {
        auto q = byte_queue::open(*kept, "large");
        q.put(std::vector<std::byte>(large / 2));
        if (q.receive().data().size() != large / 2) wrong.emplace_back("what it grew by is damaged");
    }
    leave_last(s, wrong);
}

void make_directory(stage&) {
    fs::remove_all(directory_of(::getpid()));
    fs::create_directory(directory_of(::getpid()));
}

void make_file(stage& s) {
    make_directory(s);
    auto made = segment::create_file(our_file(), size);
    put_one_into(made, s.queue().order());
}

void reboot() {
    int fd = ::open(our_file().c_str(), O_RDWR | O_CLOEXEC);
    layout::boot_id another{{1, 2}};
    static_cast<void>(!::pwrite(fd, &another, sizeof another, offsetof(layout::segment_header, boot)));
    ::close(fd);
}

void make_file_and_reboot(stage& s) {
    make_file(s);
    reboot();
}

/// The file was closed in order, though somebody had died with the lock of its queue.
void make_file_with_a_lock_and_reboot(stage& s) {
    make_file(s);
    die_in(s, put_into_file, "sorted.publish.key");
    static_cast<void>(segment::open_file(our_file()));
    reboot();
}

bool is_closed_in_order() {
    layout::segment_header header{};
    int fd = ::open(our_file().c_str(), O_RDONLY | O_CLOEXEC);
    static_cast<void>(!::pread(fd, &header, sizeof header, 0));
    ::close(fd);
    return header.closed_in_order == 1;
}

void the_file_can_be_used(stage&, std::vector<std::string>& wrong) {
    {
        auto s = segment::open_file(our_file());
        check_the_one_in(s, wrong);
    }
    if (!is_closed_in_order()) wrong.emplace_back("the file is not closed in order");
    segment::remove_file(our_file());
    if (!fs::is_empty(directory_of(::getpid()))) wrong.emplace_back("files lie about");
    fs::remove_all(directory_of(::getpid()));
}

/// A power failure after the kill: the file is whole, or refused.
void the_file_is_whole_or_refused(stage& s, std::vector<std::string>& wrong) {
    if (is_closed_in_order()) {
        reboot();
        return the_file_can_be_used(s, wrong);
    }
    reboot();
    try {
        static_cast<void>(segment::open_file(our_file()));
        wrong.emplace_back("a file that was not closed in order was opened after a reboot");
    } catch (const plait::segment_error&) {
    }
    fs::remove_all(directory_of(::getpid()));
}

void the_file_is_gone_or_whole(stage& s, std::vector<std::string>& wrong) {
    if (fs::exists(our_file())) return the_file_can_be_used(s, wrong);
    static_cast<void>(segment::create_file(our_file(), size)); // which clears up
    segment::remove_file(our_file());
    if (!fs::is_empty(directory_of(::getpid()))) wrong.emplace_back("files lie about");
    fs::remove_all(directory_of(::getpid()));
}

void the_file_can_be_made(stage&, std::vector<std::string>& wrong) {
    {
        auto s = segment::open_or_create_file(our_file(), size);
        s.sweep();
        if (s.participants() != 1) wrong.emplace_back("a dead participant is left");
    }
    segment::remove_file(our_file());
    if (!fs::is_empty(directory_of(::getpid()))) wrong.emplace_back("files lie about");
    fs::remove_all(directory_of(::getpid()));
}

// Where no memory is left. The victim lives with that: who is told that there is no room has ended in order.

const test::child_function create_in_vain("create_in_vain", [](segment& s, const arguments& a) {
    begin(s, a);
    operation_begins();
    try {
        auto made = segment::open_or_create(name(), size);
        return 1;
    } catch (const plait::segment_error& e) {
        if (e.code() != plait::errc::segment_full) throw;
    }
    operation_ends();
    return 0;
});

const test::child_function grow_in_vain("grow_in_vain", [](segment& s, const arguments& a) {
    begin(s, a);
    auto found = segment::open(name());
    operation_begins();
    try {
        static_cast<void>(byte_queue::create(found, "large", {.bytes = large}));
        return 1;
    } catch (const plait::segment_error& e) {
        if (e.code() != plait::errc::segment_full) throw;
    }
    operation_ends();
    return 0;
});

constexpr const char* filler = "/dev/shm/all-but-a-little";

std::size_t room_in_shm() {
    struct statvfs room {};
    static_cast<void>(::statvfs("/dev/shm", &room));
    return room.f_bavail * room.f_frsize;
}

void fill_shm() {
    int fd = ::open(filler, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    // What is left would not do for a segment.
    int failure = ::posix_fallocate(fd, 0, static_cast<off_t>(room_in_shm() - small / 2));
    ::close(fd);
    if (failure) throw std::runtime_error("/dev/shm cannot be filled");
}

void fill(stage&) { fill_shm(); }
void enter_first_and_fill(stage& s) {
    enter_first(s);
    fill_shm();
}

void room_comes_back(std::vector<std::string>& wrong) {
    static const std::size_t at_first = room_in_shm();
    if (room_in_shm() != at_first) wrong.emplace_back("room in /dev/shm is lost");
}

void nothing_is_left(stage& s, std::vector<std::string>& wrong) {
    fs::remove(filler);
    room_comes_back(wrong);
    the_name_can_be_used(s, wrong);
}

void it_can_grow(stage& s, std::vector<std::string>& wrong) {
    fs::remove(filler);
    it_grew_or_can(s, wrong);
    room_comes_back(wrong);
}

constexpr auto gone = fate::must_be_gone;
constexpr auto fresh = stage::new_message;

const std::array all{
    operation{"create a name", &create, fresh, gone, gone, nullptr, &the_name_can_be_used, false},
    operation{"open a name", &open, fresh, gone, gone, &enter_first, &leave_last, false},
    operation{
        "replace a dead name", &open_or_create, fresh, gone, gone, &leave_a_name_of_the_dead, &the_name_can_be_used,
        false},
    operation{"leave a name last", &leave, fresh, gone, gone, nullptr, &the_name_can_be_used, false},
    operation{"remove a name", &remove_name, fresh, gone, gone, &make_a_lasting_one, &the_name_can_be_removed, false},
    operation{"grow", &grow, fresh, gone, gone, &enter_first, &it_grew_or_can, false},
    operation{"create a file", &create_file, fresh, gone, gone, &make_directory, &the_file_can_be_made, false},
    operation{
        "make a file if need be", &open_or_create_file, fresh, gone, gone, &make_directory, &the_file_can_be_made,
        false},
    operation{
        "enter a file if there is one", &open_or_create_file, fresh, gone, gone, &make_file, &the_file_can_be_used,
        false},
    operation{"remove a file", &remove_file, fresh, gone, gone, &make_file, &the_file_is_gone_or_whole, false},
    operation{"enter a file", &open_file, fresh, gone, gone, &make_file, &the_file_can_be_used, false},
    operation{
        "enter a file after a reboot", &open_file, fresh, gone, gone, &make_file_and_reboot, &the_file_can_be_used,
        false},
    operation{
        "lifo: enter, after a reboot", &open_file, fresh, gone, gone, &make_file_with_a_lock_and_reboot,
        &the_file_can_be_used, false, false, plait::ipc::queue_order::lifo},
    operation{
        "priority: enter, after a reboot", &open_file, fresh, gone, gone, &make_file_with_a_lock_and_reboot,
        &the_file_can_be_used, false, false, plait::ipc::queue_order::priority},
    operation{"leave a file last", &leave_file, fresh, gone, gone, &make_file, &the_file_can_be_used, false},
    operation{
        "leave a file, and reboot", &leave_file, fresh, gone, gone, &make_file, &the_file_is_whole_or_refused, false},
};

} // namespace

std::span<const operation> segment_operations() { return all; }

std::span<const operation> full_operations() {
    static const std::array where_nothing_is_left{
        operation{"create, no memory left", &create_in_vain, fresh, gone, gone, &fill, &nothing_is_left, false},
        operation{"grow, no memory left", &grow_in_vain, fresh, gone, gone, &enter_first_and_fill, &it_can_grow, false},
    };
    if (!shm_can_be_filled) return {};
    return where_nothing_is_left;
}

} // namespace crash
