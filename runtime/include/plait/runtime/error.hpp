// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What can go wrong, in one place: the codes of plait's error category, and the exception types that a caller may want
// to tell apart. Every exception of plait but `cancelled` is a boost::system::system_error and carries a code, so a
// program that already handles Asio's errors handles plait's. The library reports; it never prints.

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

namespace plait {

/// The error codes of plait. Failures of system calls keep their errno in the system category.
enum class errc {
    timed_out = 1,                 ///< the deadline passed before the operation could complete; it took nothing
    would_block_loop,              ///< waiting here would block the very loop that has to wake the caller
    resource_deadlock_would_occur, ///< the caller owns the lock already, or its owner waits for the caller
    not_owner,                     ///< the caller unlocks what it does not own
    broken_promise,                ///< the promise was destroyed without a value
    no_state,                      ///< the handle is empty: moved from, or never attached to anything
    already_satisfied,             ///< the promise already has a value or an exception
    queue_closed,                  ///< the queue is closed (and, for a get, empty)
    queue_full,                    ///< there is no room now
    queue_empty,                   ///< there is nothing to take now
    message_too_large,             ///< the message can never fit
    lease_lost,                    ///< the lease expired, or was taken from its holder
    task_done_without_get,         ///< task_done() was called more often than messages were taken
    invalid_argument,              ///< an argument is outside the documented range; the text names it
    stack_exhausted,               ///< no memory, address space or mapping is left for another coroutine's stack
    segment_invalid,               ///< the shared memory is foreign, truncated, or of another layout
    segment_full,                  ///< the segment has no room for the object
    too_many_participants,         ///< every participant slot of the segment is taken
    segment_not_found,             ///< there is no segment of that name, or at that path
    segment_exists,                ///< there is something of that name, or at that path, already
    object_not_found,              ///< the segment has no object of that name
    object_exists,                 ///< the segment already has an object of that name
    callable_unknown,              ///< the child does not know the callable: another build, or not registered
    not_a_child_program,           ///< the program never reached run() or child_main(), so it cannot start children
    message_malformed,             ///< the bytes do not decode as the type that was asked for
    process_running,               ///< the operation needs a process that has ended
    process_not_started,           ///< the operation needs a process that was started
    worker_died,                   ///< the process that worked on this died
    loop_stopped,                  ///< the loop no longer runs
    task_cancelled,                ///< the task that was joined ended by cancellation
    deadlock,                      ///< every coroutine waits, and nothing is left that could wake one
    simulation_failed,             ///< a simulated run ended with an exception, which is nested in this one
    two_threads_on_one_loop,       ///< a second thread runs an io_context that a loop has been bound to
    over_released,                 ///< the semaphore would have more free permits than its maximum
    barrier_broken,                ///< a party left the barrier, its action failed, or it was aborted or reset
    command_failed,                ///< the program that was run ended with an exit code other than 0
    pool_shut_down,                ///< the pool takes no more work
    pool_broken,                   ///< the pool can do nothing any more: its workers cannot begin; the text says why
    incomplete_read,               ///< the stream ended before all of the bytes that were asked for had come
    stream_in_use,                 ///< another party reads from, or writes to, the stream
    stream_unusable,               ///< a write to the stream was cut in the middle
    name_not_resolved,             ///< the name of a host or of a service could not be resolved
    tls_failed,                    ///< the handshake failed, the peer was not who it should be, or its bytes are no TLS
    tls_truncated,    ///< the connection ended without TLS's end of data: what came may have been cut short
    not_suspended,    ///< control cannot be given to the greenlet: it has ended, runs, or waits for another
    several_failures, ///< more than one thing failed; the exceptions are in an exception_group
    remote_failure, ///< what was run in another process threw; the type and text of the exception are in a remote_error
    restart_limit_reached, ///< a supervisor has given up: its children ended too often
};

[[nodiscard]] const boost::system::error_category& plait_category() noexcept;
[[nodiscard]] boost::system::error_code make_error_code(errc code) noexcept;

/// The base of plait's exceptions: a code, and a sentence that says what was being done.
class error : public boost::system::system_error {
public:
    error(errc code, const std::string& what) : system_error(make_error_code(code), what) {}
};

/// The exceptions that callers tell apart. Everything else is thrown as `error` with its code.
class timeout_error : public error {
public:
    explicit timeout_error(const std::string& what) : error(errc::timed_out, what) {}
};
class queue_closed : public error {
public:
    explicit queue_closed(const std::string& what) : error(errc::queue_closed, what) {}
};
class queue_full : public error {
public:
    explicit queue_full(const std::string& what) : error(errc::queue_full, what) {}
};
class queue_empty : public error {
public:
    explicit queue_empty(const std::string& what) : error(errc::queue_empty, what) {}
};
class lease_lost : public error {
public:
    explicit lease_lost(const std::string& what) : error(errc::lease_lost, what) {}
};
class segment_error : public error {
public:
    using error::error;
};
class worker_died : public error {
public:
    explicit worker_died(const std::string& what) : error(errc::worker_died, what) {}
};
class incomplete_read : public error {
public:
    incomplete_read(std::size_t came, const std::string& what) : error(errc::incomplete_read, what), came_(came) {}

    /// How many bytes came. They can still be read.
    [[nodiscard]] std::size_t came() const noexcept { return came_; }

private:
    std::size_t came_;
};

/// Thrown by a park whose party was cancelled. It is not a std::exception, so that `catch (const std::exception&)` in
/// the middle of a program does not swallow a cancellation; let it pass, or catch it and throw it again.
class cancelled {
public:
    [[nodiscard]] std::string_view what() const noexcept { return "cancelled"; }
};

} // namespace plait

template <>
struct boost::system::is_error_code_enum<plait::errc> : std::true_type {};
