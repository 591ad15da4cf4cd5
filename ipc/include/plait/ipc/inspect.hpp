// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   /proc/*/fd ──find_segments──▶ found_segment ──look──────────▶ segment_report   header, participants, objects
//                                        └───────look_at_queue──▶ queue_report     counts, who waits, first messages
//
// Looking at segments from outside, for people and tools: what the `plait` command shows. UNSTABLE: what the reports
// hold follows the layout of shared memory and may change with every version.
//
// Who looks is no participant: it takes no lock, maps nothing and writes nothing, so it cannot hurt a segment or be held
// up by it, whatever state that is in. Every byte is copied first and checked in the copy; no offset, count or index is
// believed. What cannot be understood becomes a sentence in `problems`, and the rest is reported all the same. Others go
// on meanwhile: a report whose parts may be of different moments says that it is `changing`.
//
// Safe in a process that is itself attached to the segment. Thread safety: any thread. Blocks: the thread, for as long
// as reading the memory takes.

#include <plait/ipc/byte_queue.hpp>
#include <plait/ipc/segment.hpp>

#include <boost/system/system_error.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace plait::ipc::inspect {

// -------------------------------------------------------------------------------------------------------- processes

/// What the kernel says of a process.
struct process_report {
    pid_t pid = 0;         ///< as this process's pid namespace numbers it; 0: it is in another
    std::string command{}; ///< its command line, or its name if that is empty; empty if it may not be looked at
    bool stopped = false;  ///< by a signal or a debugger: alive, but it does nothing
    std::optional<std::chrono::system_clock::time_point> started{};
};

/// A process that has a segment open: its memory can be reached through /proc/PID/fd/FD.
struct holder {
    pid_t pid;
    int memory_fd;
};

// --------------------------------------------------------------------------------------------------------- segments

struct found_segment {
    std::string id{};   ///< its name, its path, "memfd:INODE" or, for one whose name was taken away, "removed:INODE"
    std::string path{}; ///< of its memory; empty if it has none
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t file_bytes = 0;
    user_id owner = 0;
    std::vector<holder> holders{}; ///< by ascending pid
};

struct search_result {
    std::vector<found_segment> segments{}; ///< the named ones by name, then the others by inode
    std::size_t hidden_processes = 0;      ///< that may not be looked into: they may hold further segments
};

/// The segments that have names, and those that processes hold, as far as the caller may look into them. Segments over
/// files in use are not looked for.
[[nodiscard]] search_result find_segments();

/// The segment that `which` names: a name; the path of a file, which has a '/' in it; "memfd:INODE", "removed:INODE"; or
/// "pid:PID" for the only one that a process holds.
/// Throws: error(object_not_found); error(invalid_argument) if `which` has another form, or names several.
[[nodiscard]] found_segment find_segment(std::string_view which);

enum class life {
    alive,   ///< its byte of the liveness file is locked: the kernel's word
    dead,    ///< its byte is not locked, and nobody has swept up after it yet
    unknown, ///< the liveness file cannot be reached
};

struct participant_report {
    unsigned index;
    std::uint64_t incarnation; ///< how often the index was taken
    life state;
    bool self = false; ///< the process that looks
    /// What the participant said of itself when it entered, in its own pid namespace. Only a hint: a dead participant's
    /// may be the number of another process by now.
    pid_t pid_hint;
    std::optional<process_report> process{}; ///< who holds the lock, as the kernel says; nothing unless it is alive
};

struct object_report {
    std::string name{}; ///< as it stands there: any bytes
    std::string type{}; ///< "queue", or "type N"
    std::uint64_t bytes;
    std::string problem{}; ///< empty if its place is within the segment
};

struct segment_report {
    /// The header makes sense: everything below is filled in. If not, only `version` and `file_bytes` are.
    bool readable = false;
    std::vector<std::string> problems{};
    std::uint32_t version = 0; ///< of the layout, if the memory begins with the mark of a segment
    std::uint64_t file_bytes = 0;
    std::uint64_t bytes = 0;       ///< as the header says
    std::uint64_t max_bytes = 0;   ///< to which it may grow
    std::uint64_t free_bytes = 0;  ///< room for further objects, without growing
    bool stays_when_empty = false; ///< its name, when the last participant leaves
    bool closed_in_order = false;  ///< a file: nobody is in, and all of it has reached the disk
    unsigned max_participants = 0;
    std::vector<participant_report> participants{};
    std::vector<object_report> objects{};
    std::optional<process_report> housekeeper{}; ///< who sweeps, or makes an object, at this moment
    bool changing = false;
};

/// Throws: system_error if the memory cannot be opened.
[[nodiscard]] segment_report look(const found_segment& segment);

/// Enters the segment as a participant, through a process that holds it: for what changes something.
/// Throws: segment_error(segment_invalid) if anything about it is wrong; what segment::attach throws; system_error.
[[nodiscard]] ipc::segment enter(const found_segment& segment);

/// Enters `segment` and opens the queue `name` for one who is to change it. Throws as enter() and byte_queue::open(), and
/// segment_error(segment_invalid) if what the queue holds cannot be the work of its protocol.
[[nodiscard]] byte_queue open_queue(const found_segment& segment, std::string_view name);

// ----------------------------------------------------------------------------------------------------------- queues

/// What one participant has of a queue's messages.
struct holding {
    unsigned participant;
    std::size_t leases = 0; ///< received and not acknowledged
    /// When the first of those leases that have a limit ends, from the moment of looking on; negative if it has passed.
    std::optional<std::chrono::nanoseconds> next_limit{};
    std::size_t loans = 0;       ///< room that is being filled: a loan, or a put that has not come that far
    std::size_t uncommitted = 0; ///< written, and not in the queue yet: lost if the process dies now
    std::size_t returning = 0;   ///< given back, and on the way into the queue: never lost
};

/// Who waits for something; a hint, in which the dead may still stand.
struct waiting_report {
    bool threads = false;          ///< some thread, of any process
    std::vector<unsigned> loops{}; ///< the participants whose coroutines wait
};

struct message_preview {
    std::uint32_t cell;                 ///< where it lies
    unsigned participant;               ///< who put it, or gave it back
    bool returned;                      ///< it was delivered before, and came back
    unsigned deliveries;                ///< how often it was handed out; stays at 255
    std::uint64_t bytes = 0;            ///< of the whole message
    std::vector<std::byte> data{};      ///< its first bytes
    std::string problem{};              ///< why there is no data
    std::string why_dead{};             ///< of a dead letter: how its last delivery ended
    std::optional<pid_t> last_holder{}; ///< of a dead letter: as that process knew itself, if it is known
    bool changing = false;              ///< it was taken while it was read: the data may be those of another
};

struct queue_report {
    /// Its header makes sense: everything below is filled in.
    bool readable = false;
    std::vector<std::string> problems{};
    std::string order{}; ///< "FIFO", "LIFO" or "priority"
    std::uint64_t capacity = 0;
    std::uint32_t cells = 0;
    std::uint32_t cell_bytes = 0;
    std::uint64_t largest_message = 0;
    unsigned max_deliveries = 0; ///< 0: without limit
    bool closed = false;

    std::size_t waiting = 0; ///< in the queue, to be taken
    std::size_t leased = 0;
    std::size_t loaned = 0;
    std::size_t uncommitted = 0;
    std::size_t returning = 0;
    std::size_t dead_letters = 0; ///< set aside: see dead_letter.hpp
    std::uint64_t free_bytes = 0;
    std::vector<holding> holdings{};           ///< by ascending participant
    waiting_report takers;                     ///< who waits for a message
    waiting_report putters;                    ///< who waits for room
    std::vector<message_preview> first{};      ///< the messages that are next, in order
    std::vector<message_preview> first_dead{}; ///< of the dead letters, in no particular order
    bool changing = false;
};

struct peek_options {
    std::size_t messages = 0;
    std::size_t bytes = 4096; ///< of each
    std::size_t dead_letters = 0;
};

/// Throws: error(object_not_found); segment_error(segment_invalid) saying why, if the segment is not readable or the
/// object no queue within it; system_error if the memory cannot be opened.
[[nodiscard]] queue_report
look_at_queue(const found_segment& segment, std::string_view name, const peek_options& peek = {});

/// What an exception says to people: its sentence, and for a system call why it failed, without codes.
[[nodiscard]] std::string sentence_of(const boost::system::system_error& failure);

} // namespace plait::ipc::inspect
