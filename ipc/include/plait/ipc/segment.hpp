// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   process A ──┐        ┌──────────────────────────── segment ────────────────────────────────────────────┐
//   process B ──┼──▶ map │ header │ participants │ directory │ queue "orders" │ queue "done" … │ room to grow │
//   process C ──┘        └─────────────────────────────────────────────────────────────────────────────────┘
//                        one byte of the liveness file per participant, locked while the process lives
//
//                how others come to it          it is there until                        after a power failure
//   anonymous    two inherited descriptors      the last process is gone                 gone
//   named        its name, on this machine      the last participant leaves, or remove() gone
//   a file       a path                         remove_file()                            whole, or refused
//
// A segment is one region of memory that several processes share, and that holds named objects.
//
// A process that enters becomes a participant. Whether it lives is not a matter of opinion: it holds a lock on its byte
// of the liveness file, and the kernel takes that lock away at its death and at no other time. What a dead participant
// held is given back by a sweep, which any survivor performs.
//
// A segment is complete before anybody can open it: creators may be killed at any instant, and of several creators of
// one name one wins. What lies behind a name was written by somebody else, so all of it is checked; it is refused, with
// an error that says why, when it is foreign, truncated, damaged or of another layout.
//
// Memory is committed when the segment is made, and when it grows: a machine without room gives an error then, and nobody
// meets SIGBUS later. One thing remains: the owner of a named segment's file, or of a file of his own, can truncate it
// under those who use it, because only anonymous memory can be sealed against that. plait never does.
//
// A segment over a file lies in the page cache like any other memory: a kill loses nothing. When the machine itself goes
// down, some pages have reached the disk and others not, and no part of the file could tell which. So the last to leave
// writes everything back and then marks the file as closed in order, and the first to enter takes the mark away; a file
// of another boot without the mark is refused. Copies and moves of a file that is marked can be used; the file must lie
// on a file system of this machine that knows O_TMPFILE (ext4, xfs, btrfs, tmpfs and others).

#include <plait/ipc/argument.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plait::ipc {

namespace detail {
class attachment;
}

using user_id = std::uint32_t; ///< of the operating system

/// When a name goes away by itself.
enum class segment_lifetime {
    with_participants, ///< with the last participant; when that one was killed, with the next look at the name
    until_removed,     ///< never: remove() it
};

struct segment_options {
    std::size_t bytes = 64 << 20;    ///< size of the segment, at least 64 KiB; rounded up to whole pages
    std::size_t max_bytes = 0;       ///< how far it grows when objects need it; 0: not at all. Address space alone
    unsigned max_participants = 256; ///< how many processes may be attached at once, 1 to 4,095

    // The rest means something for segments that have a name or a path.
    segment_lifetime lifetime =
        segment_lifetime::with_participants; ///< of a name; a file is always there until removed
    unsigned mode = 0600;              ///< permissions of the files: 0600 to 0666. Others need to read *and* write
    std::optional<user_id> owner = {}; ///< whose an existing one has to be; nothing: the caller's own (effective) user
};

/// One of the processes in a segment.
struct participant_info {
    unsigned index;
    std::int64_t pid; ///< as it called itself: a hint, in its own pid namespace
    bool alive;       ///< false: it died, and nobody has swept up after it yet
};

/// A handle to this process's attachment to a segment. Copies share the attachment; the process leaves the segment when
/// the last copy, and the last queue, lease or loan from it, is gone. A child made by fork() without exec is not
/// attached: there every operation throws segment_invalid. Thread safety: any thread.
class segment {
public:
    /// Makes an anonymous segment, of which the caller is the first participant.
    /// Throws: error(invalid_argument) naming the field; segment_error(segment_full) if the machine has no room;
    /// system_error (no descriptors, no address space).
    [[nodiscard]] static segment create(const segment_options& = {});

    /// Makes the segment `name`: 1 to 200 letters, digits and . _ - +, not a . first. Its files lie in /dev/shm. One that
    /// nobody alive is in any more is replaced, unless it is there until removed.
    /// Blocks: the thread, while another process enters or leaves that segment.
    /// Throws: error(segment_exists); timeout_error, which names the other process, if that does not go on for ten seconds;
    /// else as the anonymous form. Then nothing was made.
    [[nodiscard]] static segment create(std::string_view name, const segment_options& = {});
    /// Enters the segment `name`. A process that is in it already gets the attachment it has. It must belong to `owner`
    /// (nothing: to the caller's own user), because anybody can put anything behind a name.
    /// Blocks: the thread, while another process enters, leaves or sweeps.
    /// Throws: error(segment_not_found); timeout_error as create(); segment_error(segment_invalid), saying what is wrong with it, if it is not a
    /// whole segment of this layout and owner; segment_error(too_many_participants); system_error.
    [[nodiscard]] static segment open(std::string_view name, std::optional<user_id> owner = {});
    /// Enters the segment `name`, or makes it. Of several that do so at once, one makes it. An existing one keeps its own
    /// size and lifetime.
    [[nodiscard]] static segment open_or_create(std::string_view name, const segment_options& = {});
    /// Takes the name away, whatever is behind it. Those who are in the segment stay in. False if there was none.
    /// Throws: system_error (not permitted).
    static bool remove(std::string_view name);

    /// The same for a segment over the file at `path`, which is not a symbolic link.
    [[nodiscard]] static segment create_file(const std::string& path, const segment_options& = {});
    /// Blocks: the thread; the first to enter and the last to leave wait for the disk.
    /// Throws: as open(); segment_invalid too for a file that the machine went down with.
    [[nodiscard]] static segment open_file(const std::string& path, std::optional<user_id> owner = {});
    [[nodiscard]] static segment open_or_create_file(const std::string& path, const segment_options& = {});
    static bool remove_file(const std::string& path);

    /// Enters the segment behind two descriptors that were inherited from a process that is in it. Takes both over:
    /// the caller must not close them, nor any duplicate of `liveness_fd` (closing one would drop the lock). A process
    /// that is attached already gets the attachment it has.
    /// Throws: segment_error(segment_invalid) if the memory is not a segment of this layout, truncated, or, being
    /// anonymous, could shrink; segment_error(too_many_participants).
    [[nodiscard]] static segment attach(int memory_fd, int liveness_fd);

    /// The descriptors to hand to a child, both close-on-exec here. They stay the segment's.
    [[nodiscard]] int memory_fd() const noexcept;
    [[nodiscard]] int liveness_fd() const noexcept;

    [[nodiscard]] std::string name() const;                ///< empty unless it has one
    [[nodiscard]] std::size_t size() const noexcept;       ///< bytes now, with header and directory
    [[nodiscard]] std::size_t max_size() const noexcept;   ///< bytes that it may grow to
    [[nodiscard]] std::size_t free_bytes() const noexcept; ///< room for further objects, growth included
    [[nodiscard]] unsigned participants() const noexcept;  ///< attached now; the unswept dead count
    [[nodiscard]] unsigned self() const;                   ///< this process's index among them
    [[nodiscard]] std::vector<participant_info> participants_info() const; ///< in the order of their indexes

    /// Gives back what dead participants held. A monitor thread in every attached process does this by itself; a call
    /// returns when everybody that was dead at its beginning is swept. Returns how many it swept itself.
    /// Blocks: the thread, while another process sweeps.
    /// Throws: timeout_error as create(); segment_error(segment_invalid) if an object in it is damaged.
    unsigned sweep();

    friend bool operator==(const segment&, const segment&) noexcept = default;

    /// For the other parts of the library.
    explicit segment(std::shared_ptr<detail::attachment> a) noexcept : attachment_(std::move(a)) {}
    [[nodiscard]] const std::shared_ptr<detail::attachment>& attachment() const noexcept { return attachment_; }

private:
    std::shared_ptr<detail::attachment> attachment_;
};

/// A segment as an argument of a child process, which enters it.
template <>
struct argument<segment> {
    static void encode(argument_writer& out, const segment& value);
    static segment decode(argument_reader& in);
};

} // namespace plait::ipc
