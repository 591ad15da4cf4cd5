// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   stage ──▶ a child runs one operation and is killed in it ──▶ survivors go on ──▶ sweep ──▶ account
//
// One run of the harness: a fresh segment with a queue and some messages in it, one victim, and the accounting at the
// end. Every message that was committed and not acknowledged is there exactly once, with its bytes; none that was done
// comes back; every cell and every participant slot is free again; and the survivors never had to wait.

#include "support/child_program.hpp"

#include <plait/ipc/queue.hpp>

#include <map>
#include <string>
#include <vector>

namespace crash {

using message_id = std::uint64_t;

/// What becomes of the one message that the operation is about.
enum class fate {
    must_be_there, ///< it was committed and not acknowledged
    may_be_there,  ///< the operation was cut off, before its commit or after
    must_be_gone,  ///< the operation completed
};

/// What is in the queue at first.
enum class filling {
    some,       ///< a few messages, of one cell and of three
    nothing,    ///< a get waits
    one,        ///< message
    all_places, ///< a put waits: as many messages wait as may
    all_cells,  ///< a put waits: messages of three cells take up all bytes
};

class stage {
public:
    explicit stage(plait::ipc::queue_order order = plait::ipc::queue_order::fifo, filling at_first = filling::some);
    stage(const stage&) = delete;
    stage& operator=(const stage&) = delete;

    [[nodiscard]] plait::ipc::segment& segment() noexcept { return segment_; }
    [[nodiscard]] plait::ipc::byte_queue& queue() noexcept { return queue_; }

    /// What a survivor does before anybody has swept: a message of its own into the queue, and one out. Never waits.
    void survivors_go_on();
    void sweep();
    /// What the monitor of an ordinary process does every 100 ms, once, on its thread.
    void tick();
    /// Puts a message that has to come out again.
    void put(message_id id, std::size_t bytes);
    /// The same, with a number of its own, and of one cell. Returns the number.
    message_id put_another();
    void put_another(plait::duration limit); ///< throws timeout_error
    [[nodiscard]] boost::system::error_code try_put_another();
    /// Takes a message, whichever, and is done with it.
    void take_one();
    /// Tells of what others have put and taken.
    void expect(message_id id, fate of_it) { expected_[id] = of_it; }
    void taken(message_id id) { ++seen_[id]; }

    /// A subject of which nobody can say in advance which it is: of all messages one is gone, and no more.
    static constexpr message_id whichever_is_taken = ~message_id{0};
    /// Drains the queue and says what is wrong; empty if nothing is.
    [[nodiscard]] std::vector<std::string> account(message_id subject, fate of_subject);

    // Messages that are in the queue from the beginning. Where it goes by priority, the number of a message is its own. There
    // are more of them where the queue is full.
    static constexpr message_id first_message = 1;
    static constexpr message_id last_message = 5;
    static constexpr message_id new_message = 100;       // what the victim puts
    static constexpr message_id sleeper_s_message = 150; // what somebody puts who waited for room
    static constexpr message_id passing_message = 200;   // the first that the survivors put

private:
    plait::ipc::segment segment_;
    plait::ipc::byte_queue queue_;
    message_id next_passing_ = passing_message;
    std::map<message_id, fate> expected_;
    std::map<message_id, int> seen_; // taken by survivors: how often
};

inline constexpr std::size_t one_cell = 40;
inline constexpr std::size_t three_cells = 150;
inline constexpr plait::ipc::queue_options queue_size{.capacity = 16, .bytes = 24 * 64, .cell_bytes = 64};

/// What message `id` is put with.
[[nodiscard]] std::int64_t priority_of(const plait::ipc::byte_queue& q, message_id id);
/// Puts message `id` into a queue of any order, without waiting. Throws if that fails.
void put_message(plait::ipc::byte_queue& into, message_id id, std::size_t bytes);
/// The bytes of message `id`.
[[nodiscard]] std::vector<std::byte> message_of(message_id id, std::size_t bytes);
/// The number of a message; throws std::runtime_error if the bytes are not those that were put.
[[nodiscard]] message_id read_message(const plait::ipc::byte_lease& message);

} // namespace crash
