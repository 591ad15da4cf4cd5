// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   task     header │ its name, if it has no line │ the callable, if it has a state │ arguments     owner ──▶ worker
//   result   header │ a value, or the failure                                                      worker ──▶ owner
//
// Which callable it is, says the line that it has in the pool's task_table; so what is nearly always sent fits, with what
// the queue adds, into one cache line. Callables beyond the last line are named by each message.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace plait::ipc::detail {

struct task_header {
    enum flag : std::uint16_t {
        timed = 1,
        retires = 2, // no task; whoever gets it ends
        is_named = 4 // a code_name follows; its callable has no line
    };

    std::uint64_t generation;
    std::uint32_t index;
    std::uint16_t flags;
    std::uint16_t line; // of its callable
};
static_assert(sizeof(task_header) == 16);

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

/// `header`, and behind it `name`, and what `write` writes.
template <class Header>
struct headed_message {
    Header header;
    std::size_t bytes; // without the header and the name
    void (*write)(const void* from, std::span<std::byte> to);
    const void* from;
    std::span<const std::byte> name = {};

    [[nodiscard]] std::size_t size() const noexcept { return sizeof header + name.size() + bytes; }
    static void write_to(const void* message, std::span<std::byte> to) {
        auto& self = *static_cast<const headed_message*>(message);
        std::memcpy(to.data(), &self.header, sizeof self.header);
        std::ranges::copy(self.name, to.begin() + sizeof self.header);
        self.write(self.from, to.subspan(sizeof self.header + self.name.size(), self.bytes));
    }
};

} // namespace plait::ipc::detail
