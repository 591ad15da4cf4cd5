// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   int produce(plait::ipc::queue<int> q, std::string name, int n);
//
//   process p{plait::fn<&produce>, q, "chef", 10};      nothing has happened yet
//   p.start();  ── the same program, started anew ───▶  run() or child_main() recognises the child,
//                                                       decodes the arguments, calls produce
//   p.join();   ◀── exit status, through a pidfd ─────  exit(result)
//
// A child process that runs a function of this program. The child is the same program started anew (also when its file
// has been replaced on disk meanwhile): it shares no memory with its parent, no locks, and no descriptors but those of
// its arguments and standard input, output and error. It starts with no signal blocked, with the arguments and the
// environment of its parent. What the function returns is its exit code (void: 0); an exception that escapes is
// reported on standard error, and the exit code is 1.
//
// A program that starts processes begins main() with plait::run, or with child_main() if it has a main of its own:
//
//   int main(int argc, char** argv) {
//       if (auto code = plait::ipc::child_main(argc, argv)) return *code;
//       …
//
// `start` refuses to start a child in a process that has not passed there, so a program without it can never become a
// chain of programs that start each other.
//
// At the end of the program (exit, or return from main) children that are not daemons are waited for; daemons are sent
// SIGTERM, and SIGKILL when the parent is gone. A daemon also ends when its parent is killed with SIGKILL. No child is
// ever left as a zombie, joined or not. The program must not ignore SIGCHLD or wait for any child (waitpid(-1)): the
// exit codes of children would be unknown.

#include <plait/ipc/callable.hpp>
#include <plait/ipc/detail/process_end.hpp>
#include <plait/ipc/process_options.hpp>
#include <plait/runtime/async.hpp>
#include <plait/runtime/clock.hpp>
#include <plait/runtime/exit_code.hpp>
#include <plait/runtime/future.hpp>

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace plait::ipc {

namespace detail {
class process_state;
}

using plait::unknown_exit_code;

/// A handle of a process. Copies are handles of the same process; dropping the last one neither ends the process nor
/// waits for it. Thread safety: all members may be called from any thread.
class process {
public:
    /// A child that will call `f(arguments...)`. They are copied or moved here, encoded by `start`, and released then.
    template <class F, class... A>
    requires(
        !std::same_as<std::remove_cvref_t<F>, process> &&
        !std::same_as<std::remove_cvref_t<F>, process_options>) explicit process(F&& f, A&&... arguments)
        : process(process_options{}, std::forward<F>(f), std::forward<A>(arguments)...) {}

    /// Throws error(invalid_argument) naming the field of the options that makes no sense.
    template <class F, class... A>
    explicit process(process_options options, F&& f, A&&... arguments)
        : process(
              std::move(options),
              std::unique_ptr<detail::call_plan>(
                  std::make_unique<typename detail::callable_of<std::decay_t<F>, detail::stored_t<A>...>::plan>(
                      std::forward<F>(f), std::forward<A>(arguments)...))) {}

    /// Starts the child; returns when there is one, before it has called the function.
    ///
    /// Blocks:       the thread, for the time that posix_spawn takes (about half a millisecond); with another start method
    ///               that of a fork, and the first time with forkserver that of both.
    /// Throws:       error(not_a_child_program) if this process has not passed through run() or child_main();
    ///               error(invalid_argument) if it was started already, if a limit is above this process's own hard limit,
    ///               or if there are more than 240 descriptors among the arguments (forkserver);
    ///               error(would_block_loop) or error(resource_deadlock_would_occur) for a fork on a thread that runs a
    ///               loop, or beside other threads; system_error naming the call that failed; what encoding the arguments
    ///               throws. In all these cases there is no child.
    void start();

    /// Waits until the process has ended. Repeatable.
    ///
    /// Blocks:       the calling coroutine, or the thread if there is none.
    /// Cancellation: changes nothing.
    /// Throws:       error(process_not_started); if the child ended without having called the function, the error that
    ///               says why: not_a_child_program, callable_unknown, message_malformed, or what an argument met when it
    ///               was decoded (a queue: segment_invalid, too_many_participants, …); error(would_block_loop) in a
    ///               handler on a loop's thread or in a callback of on_exit; error(invalid_argument) for the current
    ///               process; cancelled.
    void join();
    /// The same with a deadline; returns false if the process has not ended by then. A negative duration is refused
    /// with error(invalid_argument).
    [[nodiscard]] bool join_for(duration d);
    [[nodiscard]] bool join_until(time_point t);
    /// Never waits.
    [[nodiscard]] bool try_join();
    /// Calls the token's handler, void(error_code, int), with the exit code once the process has ended; with the error that
    /// join() would throw if the child ended without having called the function. The handle may go before. Throws
    /// error(process_not_started) and error(invalid_argument) as join() does. See <plait/runtime/async.hpp>.
    template <class Token>
    auto async_join(Token&& token) {
        return plait::detail::async_perform(waiting(), std::forward<Token>(token));
    }

    /// The end as a future of the exit code, to be waited for together with others: by gather, as_completed and wait, and
    /// by `then`. It fails with what join() throws. May be asked for before the start; it breaks (errc::broken_promise) when
    /// a process goes unstarted. Cancelling it does nothing. When it is done, join() does not wait any more.
    [[nodiscard]] shared_future<int> sentinel() const;

    /// Calls `f(exit code)` once: when the process ends, on a thread of the library, before those who join are woken; or
    /// here and now if it has ended. `f` must not block and not throw. After the end of the parent process the exit code
    /// is unknown_exit_code.
    void on_exit(std::function<void(int)> f);

    /// Nothing before the end; −N if signal N ended it; unknown_exit_code if somebody else took its status.
    [[nodiscard]] std::optional<int> exit_code() const;
    [[nodiscard]] bool is_alive() const;

    /// Sends SIGTERM or SIGKILL. No effect on a process that has ended. Throws error(process_not_started).
    void terminate();
    void kill();

    /// Nothing before `start`. For people: the number may belong to another process once this one has ended.
    [[nodiscard]] std::optional<pid_t> pid() const;
    [[nodiscard]] std::string name() const;
    [[nodiscard]] bool is_daemon() const;

    /// Gives back what is held for the process. Afterwards all members but `close` throw error(no_state). Throws
    /// error(process_running) if the process is alive.
    void close();

    friend bool operator==(const process&, const process&) = default;

private:
    friend class detail::process_state;
    process(process_options options, std::unique_ptr<detail::call_plan> plan);
    explicit process(std::shared_ptr<detail::process_state> state) noexcept : state_(std::move(state)) {}
    [[nodiscard]] detail::process_end::waiting waiting() const;

    std::shared_ptr<detail::process_state> state_;
};

/// The children that have been started and have not ended.
[[nodiscard]] std::vector<process> active_children();

/// This process.
[[nodiscard]] process current_process();

/// The process that started this one through plait; nothing if it was started otherwise. It can be joined, is alive as
/// long as it is, and its exit code remains unknown.
[[nodiscard]] std::optional<process> parent_process();

/// An exit code in words: "ended with exit code 3", "was killed by SIGKILL"; "has ended" if it is unknown.
[[nodiscard]] std::string describe_end(int exit_code);

/// The first statement of a `main` that does not use plait::run. In a child it runs the callable and returns the exit
/// code that main is to return; otherwise it returns nothing. A launch that makes no sense ends in a message on
/// standard error and exit code 126.
[[nodiscard]] std::optional<int> child_main(int argc, char** argv) noexcept;

} // namespace plait::ipc
