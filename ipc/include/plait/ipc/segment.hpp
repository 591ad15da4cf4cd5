// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   process A ──┐        ┌──────────────────────── segment (one memfd) ───────────────────────┐
//   process B ──┼──▶ map │ header │ participants │ directory │ queue "orders" │ queue "done" … │
//   process C ──┘        └─────────────────────────────────────────────────────────────────────┘
//                        one byte of the liveness file per participant, locked while the process lives
//
// A segment is one region of memory that several processes share, and that holds named objects. It is anonymous: it
// exists as long as some process has it, so nothing is left behind whatever dies, and only processes that were handed
// its two descriptors can enter.
//
// A process that enters becomes a participant. Whether it lives is not a matter of opinion: it holds a lock on its byte
// of the liveness file, and the kernel takes that lock away at its death and at no other time. What a dead participant
// held is given back by a sweep, which any survivor performs.
//
// Memory is committed when the segment is made: a machine without room gives an error then, and nobody meets SIGBUS later.

#include <plait/ipc/argument.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace plait::ipc {

namespace detail {
class attachment;
}

struct segment_options {
    std::size_t bytes = 64 << 20;    ///< size of the segment, at least 64 KiB; rounded up to whole pages
    unsigned max_participants = 256; ///< how many processes may be attached at once, 1 to 4,095
};

/// A handle to this process's attachment to a segment. Copies share the attachment; the process leaves the segment when
/// the last copy, and the last queue, lease or loan from it, is gone. A child made by fork() without exec is not
/// attached: there every operation throws segment_invalid. Thread safety: any thread.
class segment {
public:
    /// Makes a segment, of which the caller is the first participant.
    /// Throws: error(invalid_argument) naming the field; system_error (no memory, no descriptors).
    [[nodiscard]] static segment create(const segment_options& = {});

    /// Enters the segment behind two descriptors that were inherited from a process that is in it. Takes both over:
    /// the caller must not close them, nor any duplicate of `liveness_fd` (closing one would drop the lock). A process
    /// that is attached already gets the attachment it has.
    /// Throws: segment_error(segment_invalid) if the memory is not a segment of this layout, truncated, or could shrink;
    /// segment_error(too_many_participants).
    [[nodiscard]] static segment attach(int memory_fd, int liveness_fd);

    /// The descriptors to hand to a child, both close-on-exec here. They stay the segment's.
    [[nodiscard]] int memory_fd() const noexcept;
    [[nodiscard]] int liveness_fd() const noexcept;

    [[nodiscard]] std::size_t size() const noexcept;       ///< bytes, with header and directory
    [[nodiscard]] std::size_t free_bytes() const noexcept; ///< room for further objects
    [[nodiscard]] unsigned participants() const noexcept;  ///< attached now; the unswept dead count
    [[nodiscard]] unsigned self() const;                   ///< this process's index among them

    /// Gives back what dead participants held. A monitor thread in every attached process does this by itself; a call
    /// returns when everybody that was dead at its beginning is swept. Returns how many it swept itself.
    /// Blocks: the thread, while another process sweeps.
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
