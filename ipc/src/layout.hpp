// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   0          header            what kind of memory this is, and how much of it there is
//   …          participants      one line each
//   …          directory         one entry per named object
//   …          objects           in the order of their making, each beginning on a cache line
//
// What lies in a segment, as all processes see it. Positions are offsets from the beginning. Everything here was written
// by somebody else and is checked before it is used; a process that shares the memory may still scribble over it later,
// which the code answers with errors as far as it can, never with an access outside the mapping.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace plait::ipc::detail {

inline constexpr std::size_t cache_line = 64;
inline constexpr std::uint64_t segment_magic = 0x3174'6961'6c70'0a0dU; // "\r\nplait1", which no text transfer keeps
inline constexpr std::uint32_t segment_version = 2;
inline constexpr unsigned participants_limit = 4095; // 12 bits in a cell word
inline constexpr unsigned no_participant = 4095;
inline constexpr unsigned directory_entries = 256;
inline constexpr std::size_t name_limit = 63;
inline constexpr std::size_t segment_minimum = 64 * 1024;
inline constexpr std::size_t segment_limit = std::size_t{1} << 46; // 64 TiB, half the address space
inline constexpr std::size_t segment_name_limit = 200;
inline constexpr unsigned housekeeping_byte =
    participants_limit; // of the liveness file, behind the participants' bytes

struct boot_id {
    std::uint64_t words[2];
    friend bool operator==(const boot_id&, const boot_id&) = default;
};

enum class segment_kind : std::uint32_t {
    anonymous = 1, // a memfd, handed on by descriptor
    named = 2,     // /dev/shm/plait.NAME
    file = 3,      // a file that outlives the machine's being switched off
};

/// What never changes once it is written. `magic` and `version` have this place in every version.
struct segment_plan {
    std::uint64_t magic;
    std::uint32_t version;
    std::uint32_t max_participants;
    std::uint64_t layout_hash;
    segment_kind kind;
    std::uint32_t outlives_participants; // 1: the name stays when the last participant leaves
    std::uint64_t objects;               // offset of the first object
    std::uint64_t max_bytes;             // how far it may grow; every process reserves that much address space
    std::uint32_t name_length;           // 0 unless it is named
    char name[segment_name_limit];
    std::uint32_t reserved;
    std::uint64_t checksum; // of everything before it
};
static_assert(offsetof(segment_plan, version) == 8);

/// The rest changes under the housekeeping lock alone.
struct segment_header {
    segment_plan plan;
    std::uint64_t size;            // in bytes; only grows, by one store, when the file is that large already (atomic)
    std::uint64_t liveness_inode;  // of the file whose bytes the participants lock
    boot_id boot;                  // of the machine, when the first of the present participants entered
    std::uint32_t closed_in_order; // kind `file`: 1 while nobody is in and all of it has reached the disk
    std::uint32_t reserved;
};
static_assert(std::has_unique_object_representations_v<segment_header>); // no padding: its bytes can be compared

/// A participant's slot: whose index it is. The word is `incarnation:62 | state:2`.
struct alignas(cache_line) participant_slot {
    enum state : std::uint64_t { free = 0, taken = 1 };
    std::atomic<std::uint64_t> word;
    std::atomic<std::uint32_t> pid;      // a hint for people and for pidfds; never the judge
    std::atomic<std::uint32_t> rung;     // who rang the doorbell that was not answered yet: index + 1, or 0
    std::atomic<std::uint64_t> doorbell; // the name of the process's socket; 0: it has none
};
static_assert(sizeof(participant_slot) == cache_line);

enum class object_type : std::uint32_t { none = 0, queue = 1 };

/// A named object. It exists once `type` is not `none`; then nothing in the entry changes any more.
struct alignas(cache_line) directory_entry {
    std::atomic<std::uint32_t> type;
    std::uint32_t name_length;
    std::uint64_t offset;
    std::uint64_t bytes;
    std::uint64_t layout_hash;
    char name[name_limit + 1];
};

/// FNV-1a over the numbers that describe a layout.
template <class... Numbers>
[[nodiscard]] constexpr std::uint64_t hash_of(Numbers... numbers) noexcept {
    std::uint64_t hash = 0xcbf2'9ce4'8422'2325U;
    ((hash = (hash ^ std::uint64_t{numbers}) * std::uint64_t{0x100'0000'01b3U}), ...);
    return hash;
}

inline constexpr std::uint64_t segment_layout_hash = hash_of(
    segment_version, sizeof(segment_header), offsetof(segment_header, size), sizeof(participant_slot),
    offsetof(participant_slot, doorbell), sizeof(directory_entry), offsetof(directory_entry, name), directory_entries);

[[nodiscard]] constexpr std::size_t round_up(std::size_t n, std::size_t to) noexcept { return (n + to - 1) / to * to; }

[[nodiscard]] constexpr std::size_t participants_offset() noexcept {
    return round_up(sizeof(segment_header), cache_line);
}
[[nodiscard]] constexpr std::size_t directory_offset(unsigned max_participants) noexcept {
    return participants_offset() + max_participants * sizeof(participant_slot);
}
[[nodiscard]] constexpr std::size_t objects_offset(unsigned max_participants) noexcept {
    return directory_offset(max_participants) + directory_entries * sizeof(directory_entry);
}

static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<std::uint32_t>::is_always_lock_free);

} // namespace plait::ipc::detail
