// Copyright 2026 the plait authors. Boost Software License 1.0
#include "descriptor_watcher.hpp"

#include <plait/runtime/detail/descriptor_wait.hpp>
#include <plait/runtime/detail/outside_wait.hpp>
#include <plait/runtime/subprocess.hpp>

#include <array>
#include <utility>

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

namespace plait::subprocess {
namespace {

using detail::checked;
using detail::unique_fd;
using kind = stream_target::kind;

std::string quoted(std::string_view text) { return std::string("'").append(text).append("'"); }

[[noreturn]] void refuse(const std::string& what) { throw error(errc::invalid_argument, "popen: " + what); }

void require_no_zero_byte(const std::string& value, const char* what) {
    if (value.find('\0') != std::string::npos) refuse(std::string(what) + " holds a zero byte");
}

void check(const std::vector<std::string>& arguments, const popen_options& options) {
    if (arguments.empty()) refuse("no arguments; the first one names the program");
    for (const auto& argument : arguments)
        require_no_zero_byte(argument, "an argument");
    require_no_zero_byte(options.directory, "popen_options::directory");
    auto check_variables = [](const std::map<std::string, std::string>& variables) {
        for (const auto& [name, value] : variables) {
            if (name.empty() || name.find('=') != std::string::npos)
                refuse(quoted(name) + " cannot be the name of an environment variable");
            require_no_zero_byte(name, "the name of an environment variable");
            require_no_zero_byte(value, "an environment variable");
        }
    };
    if (options.environment) check_variables(*options.environment);
    check_variables(options.extra_environment);
    for (const auto& target : {options.in, options.out, options.err})
        if (target.what() == kind::descriptor && target.descriptor() < 0)
            refuse("descriptor " + std::to_string(target.descriptor()) + " is negative");
    if (options.in.what() == kind::same_as_out || options.out.what() == kind::same_as_out)
        refuse("to_out is for popen_options::err alone");
}

/// `fd`, or what replaces it if it is one of the three standard streams, which may be closed here: it must not be taken for
/// one of them.
unique_fd above_standard_streams(unique_fd fd) {
    constexpr int first = 3;
    if (fd.get() >= first) return fd;
    return unique_fd(checked(
        [&] { return ::fcntl(fd.get(), F_DUPFD_CLOEXEC, first); },
        [&] { return "fcntl(" + std::to_string(fd.get()) + ", F_DUPFD_CLOEXEC)"; }));
}

/// The child's three standard streams, and this process's ends of those that are pipes.
class standard_streams {
public:
    explicit standard_streams(const popen_options& options) {
        connect(0, options.in);
        connect(1, options.out);
        connect(2, options.err);
    }
    /// What becomes descriptor 0, 1 and 2 of the child.
    [[nodiscard]] const std::array<int, 3>& sources() const noexcept { return sources_; }
    [[nodiscard]] unique_fd take_end(std::size_t stream) noexcept { return std::move(our_ends_[stream]); }

private:
    void connect(std::size_t stream, const stream_target& target) {
        switch (target.what()) {
        case kind::inherit: {
            const int own = static_cast<int>(stream);
            sources_[stream] = ::fcntl(own, F_GETFD) == -1 ? -1 : own; // one that is closed here is closed there
            return;
        }
        case kind::null:
            child_ends_[stream] = above_standard_streams(unique_fd(checked(
                [] { return ::open("/dev/null", O_RDWR | O_CLOEXEC); }, [] { return "open(/dev/null, O_RDWR)"; })));
            break;
        case kind::pipe: {
            std::array<int, 2> ends;
            checked([&] { return ::pipe2(ends.data(), O_CLOEXEC); }, [] { return "pipe2(O_CLOEXEC)"; });
            unique_fd read_end(ends[0]), write_end(ends[1]);
            child_ends_[stream] = above_standard_streams(std::move(read_end));
            our_ends_[stream] = above_standard_streams(std::move(write_end));
            const bool child_reads = stream == 0;
            if (!child_reads) std::swap(child_ends_[stream], our_ends_[stream]);
            break;
        }
        case kind::descriptor: sources_[stream] = target.descriptor(); return;
        case kind::same_as_out: sources_[stream] = sources_[1]; return;
        }
        sources_[stream] = child_ends_[stream].get();
    }

    std::array<int, 3> sources_{};
    std::array<unique_fd, 3> child_ends_, our_ends_;
};

detail::spawned_child
start(std::vector<std::string>& arguments, const popen_options& options, const standard_streams& streams) {
    detail::spawn_actions actions;
    unique_fd directory;
    if (!options.directory.empty()) {
        directory.reset(checked(
            [&] { return ::open(options.directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC); },
            [&] { return "open(" + options.directory + ", O_DIRECTORY)"; }));
        actions.change_directory(directory.get());
    }
    actions.place(streams.sources(), 0);
    using session = detail::spawn_attributes::session;
    const detail::spawn_attributes attributes(
        {SIGCHLD, SIGPIPE}, options.new_session ? session::its_own : session::inherited);
    auto environment = detail::environment_of_child(options.environment, options.extra_environment);
    return detail::spawn_child(
        arguments.front().c_str(), detail::spawn_search::path, actions, attributes, detail::pointers_to(arguments),
        detail::pointers_to(environment));
}

/// Has the child reaped when it ends.
std::shared_ptr<detail::child_exit> watch(detail::spawned_child started) {
    std::shared_ptr<detail::child_exit> child;
    try {
        child = std::make_shared<detail::child_exit>(std::move(started));
        detail::descriptor_watcher::instance().watch(
            child->pidfd(), EPOLLIN, detail::descriptor_watcher::repeat::once, [child] { child->take_status(); });
        return child;
    } catch (...) {
        detail::kill_and_reap(child ? child->pidfd() : started.pidfd.get());
        throw;
    }
}

std::string command_line(const std::vector<std::string>& arguments) {
    std::string line;
    for (const auto& argument : arguments)
        line += line.empty() ? argument : " " + argument;
    return line;
}

} // namespace

popen::popen(std::vector<std::string> arguments, const popen_options& options) : arguments_(std::move(arguments)) {
    check(arguments_, options);
    standard_streams streams(options);
    const std::string of_program = " of " + quoted(arguments_.front());
    if (unique_fd end = streams.take_end(0)) in_ = pipe_writer(std::move(end), "stdin" + of_program);
    if (unique_fd end = streams.take_end(1)) out_ = pipe_reader(std::move(end), "stdout" + of_program);
    if (unique_fd end = streams.take_end(2)) err_ = pipe_reader(std::move(end), "stderr" + of_program);
    child_ = watch(start(arguments_, options, streams));
}

popen& popen::operator=(popen&& other) noexcept {
    if (this == &other) return *this;
    end_child();
    arguments_ = std::move(other.arguments_);
    in_ = std::move(other.in_);
    out_ = std::move(other.out_);
    err_ = std::move(other.err_);
    pending_input_ = std::move(other.pending_input_);
    child_ = std::move(other.child_);
    return *this;
}

const std::shared_ptr<detail::child_exit>& popen::shared_child() const {
    if (!child_) throw error(errc::no_state, "popen without a child");
    return child_;
}

int popen::wait_by(deadline until) const {
    waiting operation{shared_child()};
    detail::outside_wait for_the_system;
    const detail::wait_state result = detail::perform(operation, until);
    detail::throw_unless_woken(result, ("popen.wait(" + command_line(arguments_) + ")").c_str());
    return operation.code;
}

void popen::write_pending_input() {
    try {
        pending_input_.erase(0, in_.try_write_some(pending_input_));
    } catch (const boost::system::system_error& e) {
        if (e.code() != boost::system::errc::broken_pipe) throw;
        pending_input_.clear(); // the child does not want it
    }
    if (pending_input_.empty()) in_.close();
}

void popen::accept_input(std::string_view input) {
    if (!in_.is_open() && !input.empty()) refuse("input for a child whose standard input is no open pipe");
    pending_input_ += input;
    if (in_.is_open() && pending_input_.empty()) in_.close();
}

detail::descriptors_awaited popen::exchanging::awaited() const {
    detail::descriptors_awaited descriptors;
    if (with.in_.is_open()) descriptors.add({with.in_.waiting_for(), detail::readiness::to_write});
    for (const auto* reader : {&with.out_, &with.err_})
        if (reader->waiting_for() >= 0) descriptors.add({reader->waiting_for(), detail::readiness::to_read});
    return descriptors;
}

bool popen::exchanging::attempt() const {
    if (with.in_.is_open()) with.write_pending_input();
    for (auto* reader : {&with.out_, &with.err_})
        if (reader->waiting_for() >= 0) reader->fill();
    return awaited().all().empty();
}

output popen::take_output() noexcept { return {out_.take_kept(), err_.take_kept()}; }

output popen::communicate_by(std::string_view input, deadline until) {
    accept_input(input);
    detail::perform_action(exchanging{*this}, until, ("communicate(" + command_line(arguments_) + ")").c_str());
    wait_by(until);
    return take_output();
}

void popen::send_signal(int signal) const {
    if (int code = child().send_signal(signal); code != 0)
        detail::throw_system_error(
            code, "pidfd_send_signal(" + std::to_string(child().pid()) + ", " + std::to_string(signal) + ")");
}

void popen::terminate() const { send_signal(SIGTERM); }
void popen::kill() const { send_signal(SIGKILL); }

void popen::detach() noexcept {
    in_.close();
    out_.close();
    err_.close();
    child_.reset();
}

void popen::end_child() noexcept {
    if (!child_) return;
    child_->send_signal(SIGKILL);
    try {
        waiting operation{child_};
        detail::outside_wait for_the_system;
        detail::perform(operation, deadline::never(), detail::cancellation::disabled);
    } catch (const error&) { // waiting is impossible here: the watcher reaps it by itself
    }
    child_.reset();
}

command_failed::command_failed(completed what_happened)
    : error(
          errc::command_failed,
          quoted(command_line(what_happened.arguments)) +
              (what_happened.exit_code < 0 ? " was ended by signal " + std::to_string(-what_happened.exit_code)
                                           : " ended with exit code " + std::to_string(what_happened.exit_code))),
      result(std::move(what_happened)) {}

completed run(std::vector<std::string> arguments, const run_options& options) {
    popen_options child_options = options.child;
    if (options.input) child_options.in = pipe;
    if (options.capture)
        for (stream_target* target : {&child_options.out, &child_options.err})
            if (target->what() == kind::inherit) *target = pipe;
    const deadline until = options.timeout ? detail::deadline_after(*options.timeout) : deadline::never();

    popen child(std::move(arguments), child_options); // whatever is thrown from here on, it is killed and reaped
    const std::string_view input = options.input ? std::string_view(*options.input) : std::string_view();
    output read;
    try {
        read = until.is_never() ? child.communicate(input) : child.communicate_until(until.at(), input);
    } catch (const timeout_error&) {
        shield already_failing;
        child.kill();
        child.wait();
        for (auto* stream : {&child.out(), &child.err()}) // what is still in the pipes
            if (stream->waiting_for() >= 0) stream->fill();
        throw timeout_expired(
            quoted(command_line(child.arguments())) + " did not end in time", child.out().take_kept(),
            child.err().take_kept());
    }
    completed result{child.arguments(), child.wait(), std::move(read.out), std::move(read.err)};
    if (options.check && result.exit_code != 0) throw command_failed(std::move(result));
    return result;
}

} // namespace plait::subprocess
