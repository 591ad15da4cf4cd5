// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   auto done = subprocess::run({"sort", "-n"}, {.input = "3\n1\n2\n", .capture = true});   // done.out == "1\n2\n3\n"
//
//   subprocess::popen child({"bc", "-l"}, {.in = subprocess::pipe, .out = subprocess::pipe});
//   child.in().write("2 ^ 64\n");
//   std::optional<std::string> answer = child.out().read_line();
//
// Other programs: started, talked to, and waited for, by threads and coroutines. `run` is for most uses: it starts a program
// and waits for its end. `popen` is a program that runs while its starter does other things. No shell is involved.
//
// The child gets the three standard streams and no other descriptor of this process, no signal blocked, SIGCHLD and SIGPIPE
// as they are by default, its own directory and environment if it is given one. A program that cannot be started is an error
// at once, which names it. A child is reaped when it ends, whether or not anybody waits, so it never remains a zombie;
// children that this program has by other means are left alone. The program must not ignore SIGCHLD: the exit codes of its
// children would be unknown.
//
// Exit codes: 0 to 255; -N if signal N ended the program; unknown_exit_code if somebody else took its status.

#include <plait/runtime/detail/child_exit.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/exit_code.hpp>
#include <plait/runtime/pipe_stream.hpp>
#include <plait/runtime/stream_target.hpp>

#include <boost/system/error_code.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace plait::subprocess {

struct popen_options {
    stream_target in = inherit;
    stream_target out = inherit;
    stream_target err = inherit;
    /// The child's working directory; empty: this process's. A program given as a relative path is looked for there.
    std::string directory = {};
    /// The child's whole environment; nothing: this process's.
    std::optional<std::map<std::string, std::string>> environment = {};
    /// Variables to add to that, or to replace in it.
    std::map<std::string, std::string> extra_environment = {};
    bool new_session = false; ///< whether the child leads a session of its own (setsid)
};

/// What was read from the pipes of a child.
struct output {
    std::string out;
    std::string err;
};

/// A child program. Destroying it kills the child, if it has not ended, and waits until it is gone; detach() lets it go on.
///
/// Thread safety: wait, try_wait, send_signal, terminate, kill and pid may be called from any thread; each stream, and
/// communicate(), is used by one party at a time.
class popen {
public:
    /// Starts the program `arguments[0]`, a path or a name that is looked for in $PATH, with these arguments.
    ///
    /// Blocks:  the thread, for the time that posix_spawn takes (about half a millisecond).
    /// Throws:  system_error naming the call and the program, or the directory, that failed, e.g. ENOENT;
    ///          errc::invalid_argument for no arguments, zero bytes in strings, variables without a name or with '=' in it,
    ///          negative descriptors, and in or out that are to_out. Then there is no child.
    explicit popen(std::vector<std::string> arguments, const popen_options& options = {});
    /// The wait is no cancellation point. In a handler on a loop's thread, where waiting is impossible, the child is killed,
    /// and reaped a moment later.
    ~popen() { end_child(); }
    popen(popen&&) noexcept = default;
    /// Ends the child that it had before, as the destructor does.
    popen& operator=(popen&& other) noexcept;

    [[nodiscard]] const std::vector<std::string>& arguments() const noexcept { return arguments_; }
    /// For people: the number may belong to another process once this one has ended.
    [[nodiscard]] pid_t pid() const { return child().pid(); }

    /// The other ends of the child's streams that are pipes. Others throw errc::no_state when they are used.
    [[nodiscard]] pipe_writer& in() noexcept { return in_; }
    [[nodiscard]] pipe_reader& out() noexcept { return out_; }
    [[nodiscard]] pipe_reader& err() noexcept { return err_; }

    /// Waits until the child has ended, and returns its exit code. Repeatable; by several at once. A child that writes into
    /// a pipe that nobody reads does not end: see communicate().
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none.
    /// Cancellation:  the child goes on.
    /// Throws:        errc::no_state after detach(); errc::would_block_loop in a handler on a loop's thread; cancelled.
    int wait() const { return wait_by(deadline::never()); }
    /// Waits at most `d`, or until `t`; then throws timeout_error. A negative `d` is errc::invalid_argument.
    int wait_for(duration d) const { return wait_by(detail::deadline_after(d)); }
    int wait_until(time_point t) const { return wait_by(deadline(t)); }
    /// The exit code, if the child has ended. Never waits.
    [[nodiscard]] std::optional<int> try_wait() const { return child().code(); }
    /// Calls the token's handler, void(error_code, int), with the exit code. The object need not live until then, but the
    /// child must. See <plait/runtime/async.hpp>.
    template <class Token>
    auto async_wait(Token&& token) const {
        return detail::async_perform(waiting{shared_child()}, std::forward<Token>(token));
    }

    /// Writes `input` to the child's input and closes that, reads its output and its errors up to their ends, and waits
    /// until it has ended; all at the same time, so that no full pipe can stop it. Returns what was read.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none.
    /// Cancellation:  the child goes on. What was read is kept, and input that was not written yet; call it again, without
    ///                input, to go on. The same holds when the timed forms throw timeout_error.
    /// Throws:        errc::invalid_argument for input without a pipe to the child; system_error; otherwise as wait(). A
    ///                child that does not read its input is no error.
    output communicate(std::string_view input = {}) { return communicate_by(input, deadline::never()); }
    output communicate_for(duration d, std::string_view input = {}) {
        return communicate_by(input, detail::deadline_after(d));
    }
    output communicate_until(time_point t, std::string_view input = {}) { return communicate_by(input, deadline(t)); }

    /// Calls the token's handler, void(error_code, output), with what communicate() returns. The object must stay where it is
    /// until then. Cancelled, or failed, it has done what communicate() has.
    template <class Token>
    auto async_communicate(std::string_view input, Token&& token) {
        static_cast<void>(child());
        accept_input(input);
        return detail::async_perform_steps(communicating{*this}, std::forward<Token>(token));
    }
    template <class Token>
    auto async_communicate(Token&& token) {
        return async_communicate({}, std::forward<Token>(token));
    }

    /// Sends a signal; no effect on a child that has ended. Throws errc::no_state after detach(); system_error.
    void send_signal(int signal) const;
    void terminate() const;
    void kill() const;

    /// Lets the child go on by itself, and closes the pipes to it. It is reaped when it ends, as long as this process lives.
    void detach() noexcept;

private:
    using waiting = detail::child_exit::waiting;

    // Writes and reads until all pipes are closed; see descriptor_alarm.hpp.
    struct exchanging {
        using signature = void(boost::system::error_code, std::monostate);

        popen& with;
        std::monostate result = {};

        [[nodiscard]] detail::descriptors_awaited awaited() const;
        bool attempt() const;
    };
    // And then waits for the end.
    struct communicating {
        using signature = void(boost::system::error_code, output);

        popen& with;

        void begin(auto& flow) { flow.perform(detail::async_action<exchanging>{exchanging{with}}); }
        void resume(auto& flow, boost::system::error_code ec, std::monostate) {
            if (ec) return flow.finish(ec, output());
            flow.perform(waiting{with.shared_child()});
        }
        void resume(auto& flow, boost::system::error_code ec, int) {
            flow.finish(ec, ec ? output() : with.take_output());
        }
    };

    [[nodiscard]] const std::shared_ptr<detail::child_exit>& shared_child() const;
    [[nodiscard]] detail::child_exit& child() const { return *shared_child(); }
    int wait_by(deadline until) const;
    output communicate_by(std::string_view input, deadline until);
    void accept_input(std::string_view input);
    [[nodiscard]] output take_output() noexcept;
    void write_pending_input();
    void end_child() noexcept;

    std::vector<std::string> arguments_;
    pipe_writer in_;
    pipe_reader out_;
    pipe_reader err_;
    std::string pending_input_;
    std::shared_ptr<detail::child_exit> child_; // none: moved from, or detached
};

struct run_options {
    std::optional<std::string> input = {}; ///< what the program reads as its standard input; nothing: see child.in
    bool capture = false; ///< whether to read those of its output and its errors that would be inherited
    std::optional<duration> timeout = {}; ///< how long it may run
    bool check = false;                   ///< whether an exit code other than 0 is an error
    popen_options child = {};
};

/// A program that has ended.
struct completed {
    std::vector<std::string> arguments;
    int exit_code;
    std::string out; ///< empty if that was not a pipe
    std::string err;
};

/// `run` killed the program because it ran for too long.
class timeout_expired : public timeout_error {
public:
    timeout_expired(const std::string& what, std::string out_so_far, std::string err_so_far)
        : timeout_error(what), out(std::move(out_so_far)), err(std::move(err_so_far)) {}
    std::string out; ///< what it had written by then
    std::string err;
};

/// The program that `run` was to check ended with an exit code other than 0.
class command_failed : public error {
public:
    explicit command_failed(completed what_happened);
    completed result;
};

/// Starts a program and waits for its end, while its input is written and its output is read.
///
/// Blocks:        the calling coroutine, or the thread if there is none.
/// Cancellation:  the child is killed and reaped; not so the programs that it has started itself.
/// Asynchronously: popen::async_communicate, with a popen that outlives it; or async_spawn.
/// Throws:        timeout_expired, after the child was killed and reaped; command_failed; what popen's constructor throws;
///                errc::invalid_argument if the timeout is negative; errc::would_block_loop in a handler on a loop's thread;
///                cancelled.
[[nodiscard]] completed run(std::vector<std::string> arguments, const run_options& options = {});

} // namespace plait::subprocess
