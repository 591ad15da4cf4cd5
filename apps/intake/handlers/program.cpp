// Copyright 2026 the plait authors. Boost Software License 1.0
//
//   worker ──one line: the request──▶ standard input  ┌─────────┐
//          ◀──one line: the answer─── standard output │ program │   standard error: lines of the log
//                                                     └─────────┘
//
// A program that answers requests, one after the other. It lives as long as its worker: whichever is killed, the other one
// ends, and the pool does with the request what it does when a worker dies. What a program must not do (answer garbage, answer
// more than max-answer allows) costs it its life, and the one request 502. What it does while nothing is asked (say something,
// end) costs it its life as well, but no request: the next one goes to a fresh program.
#include "json_message.hpp"

#include <plait/ipc/process.hpp>
#include <plait/runtime/detail/syscall.hpp>
#include <plait/runtime/subprocess.hpp>

#include <array>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <intake/log.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <wordexp.h>

namespace plait::intake {
namespace {

using plait::detail::checked;
using plait::detail::unique_fd;

/// Passes what a program says on its standard error on to the log, line by line, and knows the last ones.
class last_words {
public:
    /// Reads until nobody can write any more: a descendant of the program may outlive it.
    static std::shared_ptr<last_words> listen(unique_fd from) {
        auto words = std::make_shared<last_words>();
        std::thread([words, fd = std::move(from)] { words->read(fd.get()); }).detach();
        return words;
    }

    /// Waits for a moment until the program's side is closed: what it said at its end is there then.
    [[nodiscard]] std::string text() {
        std::unique_lock lock(mutex_);
        closed_.wait_for(lock, std::chrono::seconds(1), [this] { return is_closed_; });
        return kept_;
    }

private:
    static constexpr std::size_t longest_line = 4096, most_kept = 1024;

    void read(int fd) noexcept {
        std::array<char, 4096> buffer;
        std::string line;
        for (;;) {
            const auto n = plait::detail::retry_interrupted([&] { return ::read(fd, buffer.data(), buffer.size()); });
            if (n <= 0) break;
            for (const char c : std::string_view(buffer.data(), static_cast<std::size_t>(n))) {
                if (c != '\n') line += c;
                if (c == '\n' || line.size() == longest_line) say(std::exchange(line, {}));
            }
        }
        if (!line.empty()) say(line);
        const std::scoped_lock lock(mutex_);
        is_closed_ = true;
        closed_.notify_all();
    }
    void say(const std::string& line) {
        log("the program says: " + line);
        const std::scoped_lock lock(mutex_);
        if (!kept_.empty()) kept_ += '\n';
        kept_ += line;
        if (kept_.size() > most_kept) kept_.erase(0, kept_.size() - most_kept);
    }

    std::mutex mutex_;
    std::condition_variable closed_;
    std::string kept_;
    bool is_closed_ = false;
};

/// The words of a command, as a shell splits them and takes their quotes off, but without a shell: what ends is the program,
/// and not something that has started it. Throws std::runtime_error for what only a shell could do.
std::vector<std::string> arguments_of(const std::string& command) {
    // setpriv has the kernel kill the program when its worker is gone; a program that hangs would not see the end of its input.
    std::vector<std::string> words{"setpriv", "--pdeathsig", "KILL", "--"};
    const std::size_t own = words.size();
    wordexp_t found{};
    const int failed = ::wordexp(command.c_str(), &found, WRDE_NOCMD | WRDE_UNDEF);
    if (failed == 0) words.insert(words.end(), found.we_wordv, found.we_wordv + found.we_wordc);
    if (failed == 0 || failed == WRDE_NOSPACE) ::wordfree(&found);
    if (failed != 0 || words.size() == own)
        throw std::runtime_error(
            "the program's command '" + command + "' is no list of words; for a shell's own words write sh -c '…'");
    return words;
}

class program {
public:
    explicit program(const std::string& command) : program(command, make_pipe()) {}

    [[nodiscard]] subprocess::popen& child() noexcept { return child_; }
    [[nodiscard]] std::string words() { return words_->text(); }

private:
    struct pipe_ends {
        unique_fd reader, writer;
    };
    static pipe_ends make_pipe() {
        std::array<int, 2> fds{};
        checked([&] { return ::pipe2(fds.data(), O_CLOEXEC); }, [] { return "pipe2()"; });
        return {unique_fd(fds[0]), unique_fd(fds[1])};
    }
    program(const std::string& command, pipe_ends errors)
        : child_(
              arguments_of(command),
              {.in = subprocess::pipe, .out = subprocess::pipe, .err = subprocess::to(errors.writer.get())}),
          words_(last_words::listen(std::move(errors.reader))) {}

    subprocess::popen child_;
    std::shared_ptr<last_words> words_;
};

/// Ends this worker as its program has ended, so that the pool sees how.
[[noreturn]] void end_like(int exit_code) {
    const rlimit no_core{};
    ::setrlimit(RLIMIT_CORE, &no_core);
    if (exit_code < 0 && exit_code != unknown_exit_code) {
        std::signal(-exit_code, SIG_DFL);
        ::raise(-exit_code);
    }
    ::_exit(exit_code > 0 ? exit_code : 1);
}

class conversing final : public answering {
public:
    conversing(std::string command, std::uint64_t max_answer)
        : command_(std::move(command)), text_(max_answer), program_(std::in_place, command_) {}

    void prove() override {
        constexpr std::chrono::milliseconds moment{200};
        try {
            const int code = program_->child().wait_for(moment);
            throw std::runtime_error(
                "the program '" + command_ + "' " + ipc::describe_end(code) + " at its start" + said());
        } catch (const timeout_error&) { // it goes on, as it should
        }
    }
    pid_t helper() const noexcept override { return helper_; }

private:
    outgoing answer(const incoming& from) override {
        make_ready();
        try {
            return text_.write(from_json(ask(to_json_line(view_.read(from)))));
        } catch (const faulty_answer& why) {
            log("the program '" + command_ + "' is ended: " + why.what());
            program_.reset();
            return text_.write_fault(why);
        }
    }

    /// A program that waits for a request, as far as that can be told.
    void make_ready() {
        std::array<char, 1> c{};
        if (program_)
            if (const auto said = program_->child().out().try_read_some(c)) {
                log("the program '" + command_ + "' is replaced: it has " +
                    (*said == 0 ? "ended, or closed its output" : "said something without being asked"));
                program_.reset();
            }
        if (!program_) program_.emplace(command_);
        helper_ = program_->child().pid();
    }

    std::string ask(const std::string& question) {
        auto& child = program_->child();
        try {
            child.in().write(question);
            if (auto line = child.out().read_line(longest_line())) return *std::move(line);
        } catch (const error& e) {
            if (e.code() != errc::message_too_large) throw;
            throw faulty_answer(
                "the handler's answer is longer than " + std::to_string(longest_line()) + " bytes (max-answer)");
        } catch (const boost::system::system_error& e) {
            if (e.code() != boost::system::errc::broken_pipe) throw;
        }
        end_like(exit_code_of_ended());
    }
    /// One of its pipes is closed: it has ended, or is about to.
    int exit_code_of_ended() {
        try {
            const int code = program_->child().wait_for(std::chrono::seconds(1));
            log("the program '" + command_ + "' " + ipc::describe_end(code) + " before it answered");
            return code;
        } catch (const timeout_error&) {
            throw faulty_answer("the handler has closed its standard input or output, and goes on");
        }
    }
    /// Of a body, each byte takes at most six characters: "\u0001".
    [[nodiscard]] std::size_t longest_line() const noexcept {
        return static_cast<std::size_t>(6 * text_.max_body() + 64 * 1024);
    }
    std::string said() {
        const std::string words = program_->words();
        return words.empty() ? ", and said nothing" : ": " + words;
    }

    std::string command_;
    request_view view_;
    answer_text text_;
    std::optional<program> program_;
    pid_t helper_ = 0;
};

} // namespace

std::unique_ptr<answering> converse_with(const std::string& command, std::uint64_t max_answer) {
    return std::make_unique<conversing>(command, max_answer);
}

} // namespace plait::intake
