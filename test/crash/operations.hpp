// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The operations in which the harness kills: what the child does, and what its death may change. Each kind of object has
// a file of its own with its list.

#include "scene.hpp"

#include <span>

namespace crash {

struct operation {
    std::string name;
    const test::child_function* child; ///< its first argument says how it dies
    message_id subject;                ///< the message that the operation is about; 0: none
    fate if_killed;
    fate if_completed;
    /// What has to happen before the child starts; may be null.
    void (*before)(stage& s);
    /// More to check when the queue is accounted for; may be null.
    void (*after)(stage& s, std::vector<std::string>& wrong);
    bool single_step; ///< also killed after every instruction
    /// While a child is stopped in it, others may have to wait: it works under a lock.
    bool holds_a_lock = false;
    plait::ipc::queue_order order = plait::ipc::queue_order::fifo; ///< of the queue on the stage
    /// It takes the message that is next and is done with it: while it is stopped, others may take the subject before it.
    bool takes_what_is_next = false;
    bool repeats_a_fifo_s = false; ///< from in_every_order(): the same operation as one of a FIFO
    [[nodiscard]] bool is_sorted() const noexcept { return order != plait::ipc::queue_order::fifo; }
};

/// Whether the harness has a /dev/shm of its own, which it may fill. Set before operations() is asked for.
inline bool shm_can_be_filled = false;

/// All of them.
[[nodiscard]] std::span<const operation> operations();

[[nodiscard]] std::span<const operation> lease_operations();   ///< limits, evictions and dead letters
[[nodiscard]] std::span<const operation> face_operations();    ///< batches, task_done, the immediate close
[[nodiscard]] std::span<const operation> queue_operations();   ///< of segments and of every queue
[[nodiscard]] std::span<const operation> sorted_operations();  ///< of queues whose order has a lock
[[nodiscard]] std::span<const operation> segment_operations(); ///< of segments with a name or a file
[[nodiscard]] std::span<const operation> full_operations();    ///< of segments, where there is no memory left

// For the lists.

enum class where { stage_s_queue, another_queue }; ///< what an operation works on
/// Operations on queues that are FIFOs, and after them the same on those of other orders.
[[nodiscard]] std::vector<operation> in_every_order(std::span<const operation> of_a_fifo, where they_work);
/// The step at which a message has been taken, and nothing else has been done.
[[nodiscard]] const char* step_of_taking(plait::ipc::queue_order order) noexcept;

/// How every child begins: it does not sweep on its own, and it knows how it is to die.
void begin(plait::ipc::segment& s, const std::vector<std::string>& arguments);
/// Lets a child die at its first step called `step`. Throws std::runtime_error if it does not come there.
void die_in(stage& s, const test::child_function& what, const char* step);

// Children for the lists. Those that need a message receive it before their operation begins.

extern const test::child_function put_short;
extern const test::child_function put_long;
extern const test::child_function send;
extern const test::child_function prepare;
extern const test::child_function drop_a_loan;
extern const test::child_function receive;
extern const test::child_function get;
extern const test::child_function ack;
extern const test::child_function give_back;
extern const test::child_function expire;
extern const test::child_function replay;
extern const test::child_function drop;
extern const test::child_function close;
extern const test::child_function sweep;
/// The queue is closed when the put has already seen it open: the message has to be taken back.
extern const test::child_function put_into_closing;

} // namespace crash
