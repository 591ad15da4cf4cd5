// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/error.hpp>

namespace plait {
namespace {

const char* text(errc code) noexcept {
    switch (code) {
    case errc::timed_out: return "timed out";
    case errc::would_block_loop: return "waiting here would block the loop that has to wake the caller";
    case errc::resource_deadlock_would_occur: return "waiting for the lock would never end";
    case errc::not_owner: return "the caller does not own the lock";
    case errc::broken_promise: return "the promise was destroyed without a value";
    case errc::no_state: return "the handle is empty";
    case errc::already_satisfied: return "the promise already has a result";
    case errc::queue_closed: return "the queue is closed";
    case errc::queue_full: return "the queue is full";
    case errc::queue_empty: return "the queue is empty";
    case errc::message_too_large: return "the message is larger than the limit";
    case errc::lease_lost: return "the lease was lost";
    case errc::task_done_without_get: return "task_done() was called more often than messages were taken";
    case errc::invalid_argument: return "invalid argument";
    case errc::stack_exhausted: return "no room for another coroutine stack";
    case errc::segment_invalid: return "the shared memory is not a segment of this program";
    case errc::segment_full: return "the segment is full";
    case errc::too_many_participants: return "the segment has no free participant slot";
    case errc::segment_not_found: return "there is no such segment";
    case errc::segment_exists: return "the segment exists already";
    case errc::object_not_found: return "the segment has no such object";
    case errc::object_exists: return "the segment already has such an object";
    case errc::callable_unknown: return "the callable is not known to this program";
    case errc::not_a_child_program: return "the program never reached plait::run or plait::ipc::child_main";
    case errc::message_malformed: return "the message does not decode";
    case errc::process_running: return "the process is still running";
    case errc::process_not_started: return "the process was not started";
    case errc::worker_died: return "the worker died";
    case errc::loop_stopped: return "the loop is stopped";
    case errc::task_cancelled: return "the task was cancelled";
    case errc::deadlock: return "everything waits, and nothing can wake it";
    case errc::simulation_failed: return "the simulation failed";
    case errc::two_threads_on_one_loop: return "two threads run one loop";
    case errc::over_released: return "the semaphore was released more often than acquired";
    case errc::barrier_broken: return "the barrier is broken";
    case errc::command_failed: return "the program failed";
    case errc::pool_shut_down: return "the pool was shut down";
    case errc::pool_broken: return "the pool is broken";
    case errc::incomplete_read: return "the stream ended too early";
    case errc::stream_in_use: return "the stream is in use by another party";
    case errc::stream_unusable: return "a write to the stream was cut in the middle";
    case errc::name_not_resolved: return "the name could not be resolved";
    case errc::tls_failed: return "TLS failed";
    case errc::tls_truncated: return "the connection was cut without an end of data";
    case errc::not_suspended: return "the greenlet is not suspended";
    case errc::several_failures: return "several failures";
    case errc::remote_failure: return "an exception in another process";
    case errc::restart_limit_reached: return "it was restarted too often";
    }
    return "unknown plait error";
}

class category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "plait"; }
    std::string message(int value) const override { return text(static_cast<errc>(value)); }
};

} // namespace

const boost::system::error_category& plait_category() noexcept {
    static const category instance;
    return instance;
}

boost::system::error_code make_error_code(errc code) noexcept { return {static_cast<int>(code), plait_category()}; }

} // namespace plait
