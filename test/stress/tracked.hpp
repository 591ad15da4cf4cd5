// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// An item whose whereabouts are kept in a ledger: how many exist, and the sum of all that were put and of all that were
// taken. The values are scattered over all 64-bit numbers, so that items that are lost and items that are doubled do not
// cancel out in the sums.

#include <atomic>
#include <cstdint>
#include <utility>

namespace plait::stress {

class tracked {
public:
    /// What became of the items. Must outlive them.
    class ledger {
    public:
        void note_put(std::uint64_t value) noexcept { put_ += value; }
        void note_taken(std::uint64_t value) noexcept { taken_ += value; }
        [[nodiscard]] std::uint64_t put() const noexcept { return put_; }
        [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }
        [[nodiscard]] long alive() const noexcept { return alive_; }

    private:
        friend class tracked;
        std::atomic<std::uint64_t> made_{0}, put_{0}, taken_{0};
        std::atomic<long> alive_{0};
    };

    explicit tracked(ledger& l) noexcept : ledger_(&l), value_(scatter(++l.made_)) { ++l.alive_; }
    tracked(tracked&& other) noexcept : ledger_(std::exchange(other.ledger_, nullptr)), value_(other.value_) {}
    tracked& operator=(tracked&& other) noexcept {
        std::swap(ledger_, other.ledger_);
        std::swap(value_, other.value_);
        return *this;
    }
    ~tracked() {
        if (ledger_) --ledger_->alive_;
    }

    [[nodiscard]] std::uint64_t value() const noexcept { return value_; }
    friend bool operator<(const tracked& left, const tracked& right) noexcept { return left.value_ < right.value_; }

private:
    static std::uint64_t scatter(std::uint64_t n) noexcept { return n * 0x9e3779b97f4a7c15; }

    ledger* ledger_;
    std::uint64_t value_;
};

} // namespace plait::stress
