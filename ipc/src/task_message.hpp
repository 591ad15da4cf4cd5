// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   task     header │ the callable, if it has a state │ arguments        owner ──▶ worker
//   result   header │ a value, or the failure                            worker ──▶ owner

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace plait::ipc::detail {

struct task_header {
    enum flag : std::uint32_t { timed = 1, retires = 2 }; // retires: no task; whoever gets it ends

    std::uint64_t generation;
    std::uint32_t index;
    std::uint32_t flags;
    std::uint64_t code_offset;
    std::uint32_t image_bytes; // of the build id
    std::array<char, 28> image;
};
static_assert(sizeof(task_header) == 56);

struct result_header {
    enum what : std::uint32_t {
        value,
        exception,
        not_initialised
    }; // the last says why the worker ended; it has no entry

    std::uint64_t generation;
    std::uint32_t index;
    what kind;
};
static_assert(sizeof(result_header) == 16);

template <class Header>
[[nodiscard]] bool read_header(std::span<const std::byte> message, Header& header) noexcept {
    if (message.size() < sizeof header) return false;
    std::memcpy(&header, message.data(), sizeof header);
    return true;
}

/// `header`, and behind it what `write` writes.
template <class Header>
struct headed_message {
    Header header;
    std::size_t bytes; // without the header
    void (*write)(const void* from, std::span<std::byte> to);
    const void* from;

    [[nodiscard]] std::size_t size() const noexcept { return sizeof header + bytes; }
    static void write_to(const void* message, std::span<std::byte> to) {
        auto& self = *static_cast<const headed_message*>(message);
        std::memcpy(to.data(), &self.header, sizeof self.header);
        self.write(self.from, to.subspan(sizeof self.header, self.bytes));
    }
};

} // namespace plait::ipc::detail
