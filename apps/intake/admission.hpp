// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// How many requests may be under way, and how many bytes of them: more are turned away before they cost anything. The pool
// itself would keep them all.
//
// Thread safety: none; it belongs to the front's loop.

#include <cstddef>
#include <optional>
#include <utility>

namespace plait::intake {

class admission {
public:
    /// One request of any size is always admitted if no other is there.
    admission(std::size_t most_requests, std::size_t most_bytes) noexcept
        : most_requests_(most_requests), most_bytes_(most_bytes) {}
    admission(const admission&) = delete;
    admission& operator=(const admission&) = delete;

    /// The place of one request, until it is destroyed.
    class ticket {
    public:
        ticket(ticket&& other) noexcept : of_(std::exchange(other.of_, nullptr)), bytes_(other.bytes_) {}
        ticket& operator=(ticket&&) = delete;
        ~ticket() {
            if (!of_) return;
            --of_->requests_;
            of_->bytes_ -= bytes_;
        }

    private:
        friend class admission;
        ticket(admission& of, std::size_t bytes) noexcept : of_(&of), bytes_(bytes) {}

        admission* of_;
        std::size_t bytes_;
    };

    /// Nothing if there is no room.
    [[nodiscard]] std::optional<ticket> enter(std::size_t bytes) noexcept {
        const bool fits = bytes <= most_bytes_ && bytes_ <= most_bytes_ - bytes;
        if (requests_ > 0 && (requests_ >= most_requests_ || !fits)) return std::nullopt;
        ++requests_;
        bytes_ += bytes;
        return ticket(*this, bytes);
    }

    [[nodiscard]] std::size_t requests() const noexcept { return requests_; }

private:
    const std::size_t most_requests_, most_bytes_;
    std::size_t requests_ = 0;
    std::size_t bytes_ = 0;
};

} // namespace plait::intake
