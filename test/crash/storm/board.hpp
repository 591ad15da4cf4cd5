// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   producer:  number it ▶ put begins ▶ put returned          consumer:  ▶ about to acknowledge ▶ acknowledged
//                              │              │                                   │                  │
//                              ▼              ▼                                   ▼                  ▼
//                      [ one record per message, in memory that no death takes away ]
//
// What the parties of a storm know about each message, written down the moment they know it. It lies in a memory of its
// own, apart from the queue, so that the account does not stand on what it checks.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

namespace crash {

struct message_record {
    std::atomic<std::uint8_t> begun;   ///< its put began
    std::atomic<std::uint8_t> put;     ///< its put returned
    std::atomic<std::uint8_t> refused; ///< its put failed, or timed out: it was not put
    std::atomic<std::uint8_t>
        nearly_done; ///< how many holders were about to acknowledge it, and have not heard that they may not
    std::atomic<std::uint8_t> done; ///< how many acknowledged it, or drained it
};

struct board {
    static constexpr std::size_t most_messages = std::size_t{1} << 21;

    std::atomic<std::uint32_t> enough;  ///< producers stop
    std::atomic<std::uint32_t> over;    ///< operators stop
    std::atomic<std::uint32_t> objects; ///< how many were begun to be made in the segment
    std::atomic<std::uint64_t> numbered;
    std::array<message_record, most_messages> messages;
};

/// The board in a memory file, which children inherit by its number.
class shared_board {
public:
    shared_board();
    /// In a child.
    explicit shared_board(int fd);
    ~shared_board();
    shared_board(const shared_board&) = delete;
    shared_board& operator=(const shared_board&) = delete;

    [[nodiscard]] board& operator*() const noexcept { return *board_; }
    [[nodiscard]] board* operator->() const noexcept { return board_; }
    [[nodiscard]] int fd() const noexcept { return fd_; }

private:
    void map();

    int fd_;
    board* board_ = nullptr;
};

} // namespace crash
