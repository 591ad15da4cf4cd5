// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   │ taken │ ◀── kept ──▶ │ free │
//
// What a stream has received and nobody has taken yet. Has no memory until it is needed.

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace plait::detail {

class read_buffer {
public:
    [[nodiscard]] std::string_view kept() const noexcept { return {memory_.get() + begin_, end_ - begin_}; }
    [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }

    /// Forgets the first `count` bytes.
    void drop(std::size_t count) noexcept {
        begin_ += count;
        if (!empty()) return;
        begin_ = end_ = 0;
        if (capacity_ > largest_spare) clear(); // one long line must not cost its memory for ever
    }

    /// Room behind what is kept: some, or at least `size` bytes.
    [[nodiscard]] std::span<char> room(std::size_t size = 1) {
        if (capacity_ - end_ < size) make_room(size);
        return {memory_.get() + end_, capacity_ - end_};
    }
    /// The first `count` bytes of the room have been filled.
    void commit(std::size_t count) noexcept { end_ += count; }

    void append(std::span<const char> bytes) {
        if (bytes.empty()) return;
        std::memcpy(room(bytes.size()).data(), bytes.data(), bytes.size());
        commit(bytes.size());
    }

    void clear() noexcept {
        memory_.reset();
        begin_ = end_ = capacity_ = 0;
    }

private:
    static constexpr std::size_t smallest = 4096, largest_spare = 64 * 1024;

    void make_room(std::size_t size) {
        const std::size_t length = end_ - begin_;
        if (capacity_ - length >= size && begin_ >= length) { // no more bytes are moved than were taken
            std::memcpy(memory_.get(), memory_.get() + begin_, length);
        } else {
            const std::size_t capacity = std::max({smallest, capacity_ * 2, length + size});
            auto memory = std::make_unique_for_overwrite<char[]>(capacity);
            if (length != 0) std::memcpy(memory.get(), memory_.get() + begin_, length);
            memory_ = std::move(memory);
            capacity_ = capacity;
        }
        begin_ = 0;
        end_ = length;
    }

    std::unique_ptr<char[]> memory_;
    std::size_t capacity_ = 0, begin_ = 0, end_ = 0;
};

} // namespace plait::detail
