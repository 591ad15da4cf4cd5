// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   supervisor kitchen({.strategy = rest_for_one, .intensity = 3, .period = 10s});
//   kitchen.add({.name = "stove",  .make = [=] { return process({.daemon = true}, fn<&heat>, fire); }});
//   kitchen.add({.name = "cook",   .make = [=] { return process({.daemon = true}, fn<&cook>, dishes); }});
//   kitchen.add({.name = "waiter", .make = …, .restart = transient});
//   kitchen.start();      stove, cook, waiter
//                         cook dies ──▶ waiter is ended; cook, waiter are started
//   kitchen.stop();       waiter, cook, stove
//
// Keeps processes running: starts them in order, starts them again when they end, ends them in reverse order. The rules are
// those of Erlang/OTP (stdlib, "supervisor"):
//
// Which ends are answered is up to each child: permanent ones are always started again; transient ones if they ended
// abnormally, with another exit code than 0 or by a signal; temporary ones never, they are forgotten. With whom is up to
// the strategy: alone (one_for_one), together with all the others (one_for_all), or with those that were added after it
// (rest_for_one), which are ended first, in reverse order, and started in order; temporary ones among them are forgotten.
//
// A child is ended by SIGTERM, and by SIGKILL when it has not ended within its shutdown time.
//
// More than `intensity` restarts within `period` mean that restarting does not help: the supervisor ends all children, in
// reverse order, and gives up. One that holds another's place in a larger program then ends that program, or its part. A
// start that fails counts as a restart that has failed, and is tried again.
//
// A supervisor has a thread of its own, so it may be used from threads, coroutines and handlers in any mix, and its
// children cannot be started by start_method::fork. Processes that are to end with this program when it is killed are made
// with `daemon`. When the program ends, nothing is started any more.

#include <plait/ipc/process.hpp>
#include <plait/runtime/clock.hpp>
#include <plait/runtime/future.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace plait::ipc {

namespace detail {
class supervision;
}

/// Which ends of a child are followed by a new start.
enum class restart_type : std::uint8_t {
    permanent, ///< each
    transient, ///< one with another exit code than 0, or by a signal
    temporary, ///< none
};

/// Who is started again together with one that has ended.
enum class restart_strategy : std::uint8_t {
    one_for_one,  ///< nobody
    one_for_all,  ///< all the others
    rest_for_one, ///< those that were added after it
};

struct child_spec {
    /// Names it among the children of the supervisor.
    std::string name = {};
    /// Makes a process that has not been started. Called for each start, on the supervisor's thread: to wait there for the
    /// supervisor is error(resource_deadlock_would_occur); request_stop() does not wait.
    std::function<process()> make = {};
    restart_type restart = restart_type::permanent;
    /// How long it may take to end after SIGTERM; zero: SIGKILL at once.
    duration shutdown = std::chrono::seconds(5);
};

struct supervisor_options {
    /// For people: dump_all, and the messages of errors.
    std::string name = "supervisor";
    restart_strategy strategy = restart_strategy::one_for_one;
    unsigned intensity = 1;                    ///< so many restarts are allowed …
    duration period = std::chrono::seconds(5); ///< … within so long
};

/// What is known of a child.
struct supervised_child {
    std::string name;
    restart_type restart;
    std::optional<pid_t> pid;     ///< of the process that runs
    std::optional<int> exit_code; ///< of the last one that ended
    std::uint64_t restarts;       ///< how often it was started again
};

/// Supervises processes. Thread safety: any thread, coroutine or handler; the destructor when nobody uses it any more.
class supervisor {
public:
    /// Throws error(invalid_argument) if the period is not positive; std::system_error if there is no thread left.
    explicit supervisor(supervisor_options options = {});
    /// As stop(); the wait is no cancellation point. In a handler on a loop's thread it does not wait: the children are
    /// ended by the supervisor's thread a moment later.
    ~supervisor();
    supervisor(const supervisor&) = delete;
    supervisor& operator=(const supervisor&) = delete;

    /// Adds a child behind the others. It is started now, if the supervisor has been started, and with it otherwise.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none, until then.
    /// Cancellation:  the child is added all the same.
    /// Throws:        error(invalid_argument) for a child without a name or a `make`, with the name of another one, or with
    ///                a negative shutdown time; error(no_state) if the supervisor has ended; what the start threw, and then
    ///                it was not added; error(would_block_loop) in a handler on a loop's thread; cancelled.
    void add(child_spec child);

    /// Starts the children, in the order in which they were added. If one cannot be started, ends those that were, in
    /// reverse order.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none, until all have been started.
    /// Cancellation:  the start goes on.
    /// Throws:        what the start of a child threw, and then start() may be tried again; error(invalid_argument) if it
    ///                was started already; error(no_state) if it has ended; error(would_block_loop) in a handler on a
    ///                loop's thread; cancelled.
    void start();

    /// Ends one child, which is not started again by itself. Blocks and throws as add(); error(invalid_argument) if there
    /// is no such child. A temporary one is forgotten.
    void terminate_child(std::string_view name);
    /// Starts a child that does not run: one that was ended by terminate_child, or a transient one that is done. Blocks and
    /// throws as add(); error(process_running) if it runs.
    void restart_child(std::string_view name);
    /// Forgets a child that does not run. Blocks and throws as add(); error(process_running) if it runs.
    void remove_child(std::string_view name);

    /// Ends the children in reverse order, and the supervisor. Repeatable.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none, until all have ended.
    /// Cancellation:  the stop goes on.
    /// Throws:        error(would_block_loop) in a handler on a loop's thread; cancelled.
    void stop();
    /// The same, and does not wait: for that, see join() and async_join().
    void request_stop() noexcept;

    /// Waits until the supervisor has ended: it was stopped, or has given up. Repeatable.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none.
    /// Cancellation:  changes nothing.
    /// Throws:        error(restart_limit_reached) if it has given up, saying whose end it was that was one too many;
    ///                error(would_block_loop) in a handler on a loop's thread; cancelled.
    void join();
    /// The same with a deadline; false if it has not ended by then. error(invalid_argument) if `d` is negative.
    [[nodiscard]] bool join_for(duration d);
    [[nodiscard]] bool join_until(time_point t);
    [[nodiscard]] bool try_join();
    /// Calls the token's handler, void(std::exception_ptr), when it has ended; with what join() would throw. The supervisor
    /// may be destroyed before. See <plait/runtime/async.hpp>.
    template <class Token>
    auto async_join(Token&& token) const {
        return ended().async_get(std::forward<Token>(token));
    }
    /// Its end, to be waited for together with others.
    [[nodiscard]] shared_future<void> ended() const;

    /// In their order. What they say may have changed meanwhile.
    [[nodiscard]] std::vector<supervised_child> children() const;
    [[nodiscard]] const std::string& name() const noexcept;

private:
    std::shared_ptr<detail::supervision> supervision_;
};

} // namespace plait::ipc
