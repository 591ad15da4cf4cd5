// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The limit: a plain ring in shared memory with a sequence number in each slot (D. Vyukov's bounded queue), which spins
// briefly and then sleeps on a futex. A process that is killed between claiming a slot and filling it stops everybody
// for ever; this is what is left when that does not matter.
#include "forked.hpp"

#include <climits>

#include <linux/futex.h>
#include <sys/syscall.h>

namespace {

constexpr std::size_t cache_line = 64;
constexpr int spins_before_sleep = 500;

/// Lets one side sleep until the other has done something.
struct alignas(cache_line) bell {
    std::atomic<std::uint32_t> rung{0};
    std::atomic<std::uint32_t> sleepers{0};

    template <class Try>
    void wait_until(Try attempt) {
        for (;;) {
            for (int i = 0; i < spins_before_sleep; ++i) {
                if (attempt()) return;
                __builtin_ia32_pause();
            }
            std::uint32_t seen = rung.load(std::memory_order_acquire);
            // Sequentially consistent, as is the fence in ring(): either this side sees the other's progress below, or
            // the other sees a sleeper.
            sleepers.fetch_add(1, std::memory_order_seq_cst);
            bool done = attempt();
            if (!done) syscall(SYS_futex, &rung, FUTEX_WAIT, seen, nullptr, nullptr, 0);
            sleepers.fetch_sub(1, std::memory_order_relaxed);
            if (done) return;
        }
    }

    void ring() {
        std::atomic_thread_fence(std::memory_order_seq_cst);
        if (sleepers.load(std::memory_order_relaxed) == 0) return;
        rung.fetch_add(1, std::memory_order_release);
        syscall(SYS_futex, &rung, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
    }
};

class ring {
    using sequence = std::atomic<std::uint64_t>;

    struct header {
        alignas(cache_line) sequence tail;
        alignas(cache_line) sequence head;
        bell filled;
        bell emptied;
    };

public:
    explicit ring(const bench::shape& what)
        : message_bytes_(what.message_bytes),
          depth_(what.queue_depth),
          stride_((sizeof(sequence) + message_bytes_ + cache_line - 1) / cache_line * cache_line),
          header_(new (bench::shared_with_children(sizeof(header) + stride_ * depth_)) header),
          slots_(reinterpret_cast<std::byte*>(header_ + 1)) {
        for (std::uint64_t i = 0; i < depth_; ++i)
            new (slot(i)) sequence(i);
    }

    void put(std::span<const std::byte> message) {
        put_in_place([&](std::span<std::byte> room) { std::memcpy(room.data(), message.data(), message.size()); });
    }

    void get(std::span<std::byte> message) {
        get_in_place([&](std::span<std::byte> there) { std::memcpy(message.data(), there.data(), message.size()); });
    }

    static constexpr bool in_place = true; // what forked.hpp asks for
    template <class Write>
    void put_in_place(Write write) {
        header_->emptied.wait_until([&] { return try_put(write); });
        header_->filled.ring();
    }

    template <class Read>
    void get_in_place(Read read) {
        header_->filled.wait_until([&] { return try_get(read); });
        header_->emptied.ring();
    }

private:
    std::byte* slot(std::uint64_t position) const { return slots_ + position % depth_ * stride_; }
    sequence& turn(std::uint64_t position) const { return *reinterpret_cast<sequence*>(slot(position)); }
    std::span<std::byte> payload(std::uint64_t position) const {
        return {slot(position) + sizeof(sequence), message_bytes_};
    }

    template <class Write>
    bool try_put(Write write) {
        std::uint64_t position = 0;
        if (!claim(header_->tail, 0, position)) return false;
        write(payload(position));
        // Release: pairs with the acquire in claim(), whoever takes the message sees its bytes.
        turn(position).store(position + 1, std::memory_order_release);
        return true;
    }

    template <class Read>
    bool try_get(Read read) {
        std::uint64_t position = 0;
        if (!claim(header_->head, 1, position)) return false;
        read(payload(position));
        // Release: pairs with the acquire in claim(), whoever fills the slot again does so after this copy.
        turn(position).store(position + depth_, std::memory_order_release);
        return true;
    }

    /// Takes the position at `end` if its slot is in the state that lies `ahead` of it.
    bool claim(sequence& end, std::uint64_t ahead, std::uint64_t& position) {
        position = end.load(std::memory_order_relaxed);
        for (;;) {
            std::uint64_t state = turn(position).load(std::memory_order_acquire);
            if (state == position + ahead) {
                // Relaxed: the slot's own word orders the payload.
                if (end.compare_exchange_weak(position, position + 1, std::memory_order_relaxed)) return true;
            } else if (static_cast<std::int64_t>(state - (position + ahead)) < 0) {
                return false; // full, or empty
            } else {
                position = end.load(std::memory_order_relaxed);
            }
        }
    }

    std::size_t message_bytes_;
    std::size_t depth_;
    std::size_t stride_;
    header* header_;
    std::byte* slots_;
};

} // namespace

int main(int argc, char** argv) { return bench::run_between_forked_processes<ring>(argc, argv); }
