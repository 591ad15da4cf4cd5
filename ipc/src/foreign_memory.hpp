// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// A segment's memory as somebody sees it who is not in it: a file to be read. It is not mapped, because a file that
// others shorten would then kill the reader, and because what was copied cannot change between its check and its use.

#include <plait/ipc/inspect.hpp>
#include <plait/runtime/detail/syscall.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace plait::ipc::detail {

/// Some of the bytes, as they were at some moment.
class memory_copy {
public:
    memory_copy() = default;
    explicit memory_copy(std::vector<std::byte> bytes) noexcept : bytes_(std::move(bytes)) {}

    [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
    [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }
    /// The number at `offset`, which lies within with all its bytes.
    template <class Number>
    [[nodiscard]] Number number(std::size_t offset) const noexcept {
        Number value;
        std::memcpy(&value, bytes_.data() + offset, sizeof value);
        return value;
    }

private:
    std::vector<std::byte> bytes_;
};

class foreign_memory {
public:
    /// Opens the memory through the first holder that lets us. Throws system_error.
    explicit foreign_memory(const inspect::found_segment& segment);

    /// How long the file is now: it may grow at any time, and before the memory says so. So who has read of something in it
    /// asks afterwards whether it is there.
    [[nodiscard]] std::uint64_t size() const noexcept;
    /// Copies what is there of `bytes` bytes from `offset` on: less if the file is shorter.
    [[nodiscard]] std::size_t read(std::uint64_t offset, std::span<std::byte> to) const;
    /// The same, as a copy; empty unless all of it is there.
    [[nodiscard]] memory_copy copy(std::uint64_t offset, std::size_t bytes) const;
    /// Whether the bytes from `offset` on are still those of `seen`.
    [[nodiscard]] bool is_still(std::uint64_t offset, std::span<const std::byte> seen) const;

private:
    plait::detail::unique_fd fd_;
};

} // namespace plait::ipc::detail
