// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   board    calls │ backlog                         how workers call the keeper
//            who looks │ who sleeps                  how they are called, one bit each
//   seats    taken │ leaving │ bell │ …              one per worker
//   lines    callable │ callable │ …                 what messages say of a task is the number of a line
//   entries  word  │ began   │ …                     one per task that is under way
//
// What a pool and its workers know of each other besides their two queues: a file in memory, mapped by all of them. It is
// inherited by descriptor, holds no pointers, and whatever a worker finds in it is checked or harmless.
//
// Memory order: a word is changed by a release and read by an acquire, so that who wins a task sees when it was started. The
// board is seq_cst: see call().

#include "code_name.hpp"
#include "layout.hpp"
#include "mapped_file.hpp"
#include "prefetch.hpp"

#include <plait/runtime/clock.hpp>
#include <plait/runtime/detail/syscall.hpp>

#include <atomic>
#include <cstdint>

namespace plait::ipc::detail {

/// `generation:40 | state:4 | worker:12 | 0:8`
struct task_word {
    std::uint64_t bits;

    enum state_code : unsigned { free = 0, pending = 1, running = 2, finished = 3 };

    [[nodiscard]] static constexpr task_word of(std::uint64_t generation, state_code s, unsigned worker = 0) noexcept {
        return {generation << 24 | std::uint64_t{s} << 20 | std::uint64_t{worker} << 8};
    }
    [[nodiscard]] constexpr std::uint64_t generation() const noexcept { return bits >> 24; }
    [[nodiscard]] constexpr unsigned state() const noexcept { return bits >> 20 & 0xf; }
    [[nodiscard]] constexpr unsigned worker() const noexcept { return bits >> 8 & 0xfff; }
    /// Whether worker `w` has started it.
    [[nodiscard]] constexpr bool is_with(unsigned w) const noexcept {
        return (state() == running || state() == finished) && worker() == w;
    }
    friend bool operator==(task_word, task_word) noexcept = default;
};

class task_table {
public:
    static constexpr std::uint32_t entries = 4096;
    static constexpr std::uint32_t seats = 1024;
    static constexpr std::uint16_t lines = 128;

    struct alignas(cache_line) entry {
        std::atomic<std::uint64_t> word;
        std::atomic<std::int64_t> began; ///< of a task with a timeout: nanoseconds on the steady clock

        // acquire; pairs with the releases in exchange() and store()
        [[nodiscard]] task_word now() const noexcept { return {word.load(std::memory_order_acquire)}; }
        [[nodiscard]] bool exchange(task_word from, task_word to) noexcept {
            // acq_rel: release for who reads the word, acquire for what was written before `from`
            return word.compare_exchange_strong(
                from.bits, to.bits, std::memory_order_acq_rel, std::memory_order_relaxed);
        }
        void store(task_word to) noexcept { word.store(to.bits, std::memory_order_release); }
    };
    struct alignas(cache_line) seat {
        enum how : std::uint32_t { stays, leaves, retires };

        std::atomic<std::uint64_t> taken;    ///< tasks, by the worker that sits there
        std::atomic<how> leaving;            ///< whether it ends in order: by itself, or because it was asked to
        std::atomic<std::uint32_t> bell;     ///< it sleeps on this
        std::atomic<std::uint32_t> occupied; ///< by the owner: somebody sits there
    };

    /// A new one, for so many workers. Throws system_error.
    explicit task_table(std::size_t workers);
    /// One that was inherited; takes the descriptor over. Throws segment_error(segment_invalid), system_error.
    explicit task_table(plait::detail::unique_fd file);

    [[nodiscard]] int fd() const noexcept { return file_.get(); }
    [[nodiscard]] entry& entry_at(std::uint32_t index) const noexcept { return memory().entries[index]; }
    /// Brings in an entry whose word will be changed soon.
    void expect_to_change(std::uint32_t index) const noexcept { prefetch_to_write(&memory().entries[index]); }
    [[nodiscard]] seat& seat_of(std::uint32_t worker) const noexcept { return memory().seats[worker]; }

    /// By the owner, once for each line, before it puts a message that has its number. Who has such a message reads it.
    void write_line(std::uint16_t line, const code_name& callable) noexcept { memory().lines[line] = callable; }
    [[nodiscard]] const code_name& line_at(std::uint16_t line) const noexcept { return memory().lines[line]; }

    // A call of the keeper, and how it sleeps. Whoever calls has changed something before that the keeper looks at after it
    // has read the count, and before it sleeps on that count.
    void call() noexcept;
    [[nodiscard]] std::uint32_t calls() const noexcept { return memory().calls.load(std::memory_order_seq_cst); }
    void sleep(std::uint32_t calls, deadline until) noexcept;

    // The owner has tasks that are not in the queue. A worker that finds none there calls, once each time that this is set.
    void set_backlog(bool there_is) noexcept { memory().backlog.store(there_is, std::memory_order_seq_cst); }
    [[nodiscard]] bool has_backlog() const noexcept { return memory().backlog.load(std::memory_order_seq_cst) != 0; }
    void call_for_backlog() noexcept {
        if (has_backlog() && memory().backlog.exchange(0, std::memory_order_seq_cst)) call();
    }

    // Waking workers. Not the queue's own way: that would wake a sleeper for each message although another worker is awake
    // and about to look. Here nobody is woken while somebody looks; who looks, and finds something, wakes the next one if
    // there is more. A worker gives up looking before its last look, so it sees what was put until then.
    void start_looking(unsigned worker) noexcept { set(memory().looking, worker); }
    void stop_looking(unsigned worker) noexcept { static_cast<void>(clear(memory().looking, worker)); }
    /// What start_looking() and stop_looking() write; to be brought in, not to be read.
    [[nodiscard]] const void* looking_word(unsigned worker) const noexcept { return &memory().looking[worker / 64]; }
    [[nodiscard]] bool anybody_looks() const noexcept;
    [[nodiscard]] std::uint32_t bell_of(unsigned worker) const noexcept {
        return seat_of(worker).bell.load(std::memory_order_seq_cst);
    }
    void lie_down(unsigned worker) noexcept { set(memory().asleep, worker); }
    /// False if somebody has chosen it to be woken: then its bell rings, or has rung, and it counts as one that looks.
    [[nodiscard]] bool get_up(unsigned worker) noexcept { return clear(memory().asleep, worker); }
    /// Sleeps, unless it was rung since `bell` was read.
    void sleep_unless_rung(unsigned worker, std::uint32_t bell) noexcept;
    /// After a put: wakes a worker, unless one looks.
    void wake_worker() noexcept {
        if (!anybody_looks()) wake_sleeper();
    }
    /// Wakes a worker whoever looks.
    void wake_sleeper() noexcept;
    /// Everybody is to look for himself: after a close, or a death, since the dead may have been about to wake somebody.
    void ring_all() noexcept;

    // By the owner, before a worker is started and after it has ended.
    void occupy(unsigned worker) noexcept;
    void vacate(unsigned worker) noexcept;

private:
    static constexpr std::size_t words = seats / 64;
    using bits = std::atomic<std::uint64_t>[words];

    struct layout {
        std::atomic<std::uint32_t> calls;
        std::atomic<std::uint32_t> sleeping; // somebody may sleep on `calls`
        std::uint32_t workers;               // at most; never changes
        alignas(cache_line) std::atomic<std::uint32_t> backlog;
        alignas(cache_line) bits looking;
        alignas(cache_line) bits asleep;
        seat seats[task_table::seats];
        code_name lines[task_table::lines];
        entry entries[task_table::entries];
    };
    [[nodiscard]] layout& memory() const noexcept { return *reinterpret_cast<layout*>(map_.data()); }

    // seq_cst, all of them: a put comes before a look at these bits, and they before a look at the queue.
    static void set(bits& of, unsigned worker) noexcept {
        of[worker / 64].fetch_or(std::uint64_t{1} << worker % 64, std::memory_order_seq_cst);
    }
    static bool clear(bits& of, unsigned worker) noexcept {
        auto bit = std::uint64_t{1} << worker % 64;
        return of[worker / 64].fetch_and(~bit, std::memory_order_seq_cst) & bit;
    }
    [[nodiscard]] std::size_t words_in_use() const noexcept { return (workers_ + 63) / 64; }
    void ring(unsigned worker) noexcept;

    plait::detail::unique_fd file_;
    mapped_file map_;
    std::uint32_t workers_; // a copy: shared memory is not trusted twice
};

} // namespace plait::ipc::detail
