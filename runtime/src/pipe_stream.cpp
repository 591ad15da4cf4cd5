// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/descriptor_wait.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/pipe_stream.hpp>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

namespace plait {
namespace {

using detail::retry_interrupted;

constexpr std::size_t chunk = 64 * 1024; // what a pipe holds

void make_non_blocking(int fd) {
    const int flags = detail::checked(
        [&] { return ::fcntl(fd, F_GETFL); }, [&] { return "fcntl(" + std::to_string(fd) + ", F_GETFL)"; });
    detail::checked(
        [&] { return ::fcntl(fd, F_SETFL, flags | O_NONBLOCK); },
        [&] { return "fcntl(" + std::to_string(fd) + ", F_SETFL, O_NONBLOCK)"; });
}

// write(2) to a pipe that nobody reads sends SIGPIPE to the calling thread. It is held back, and taken away again unless one
// was there before.
ssize_t write_without_sigpipe(int fd, std::string_view data) noexcept {
    sigset_t pending, pipe, before;
    ::sigpending(&pending);
    ::sigemptyset(&pipe);
    ::sigaddset(&pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe, &before);
    const ssize_t result = retry_interrupted([&] { return ::write(fd, data.data(), data.size()); });
    const int code = errno;
    if (result == -1 && code == EPIPE && ::sigismember(&pending, SIGPIPE) == 0) {
        constexpr timespec at_once{};
        retry_interrupted([&] { return ::sigtimedwait(&pipe, nullptr, &at_once); });
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = code;
    return result;
}

} // namespace

pipe_reader::pipe_reader(detail::unique_fd pipe, std::string name) : pipe_(std::move(pipe)), name_(std::move(name)) {
    make_non_blocking(pipe_.get());
}

void pipe_reader::close() noexcept {
    pipe_.reset();
    kept_.clear();
    begin_ = 0;
}

void pipe_reader::require_open() const {
    if (!pipe_) throw error(errc::no_state, name_.empty() ? "no pipe" : name_ + " is closed");
}

// Nothing: it is empty for now.
std::optional<std::size_t> pipe_reader::read_now(std::span<char> buffer) {
    if (at_end_) return 0;
    const ssize_t count = retry_interrupted([&] { return ::read(pipe_.get(), buffer.data(), buffer.size()); });
    if (count > 0) return static_cast<std::size_t>(count);
    if (count == 0) {
        at_end_ = true;
        return 0;
    }
    if (errno == EAGAIN) return std::nullopt;
    detail::throw_system_error(errno, "read(" + name_ + ")");
}

std::optional<std::size_t> pipe_reader::try_read_some(std::span<char> buffer) {
    require_open();
    if (buffer.empty()) throw error(errc::invalid_argument, name_ + ": a buffer of 0 bytes");
    if (kept().empty()) return read_now(buffer);
    const std::size_t count = kept().copy(buffer.data(), buffer.size());
    drop(count);
    return count;
}

bool pipe_reader::reading_some::attempt() {
    auto count = from.try_read_some(buffer);
    result = count.value_or(0);
    return count.has_value();
}

std::size_t pipe_reader::read_some_by(std::span<char> buffer, deadline until) {
    return detail::perform_action(reading_some{{*this}, buffer}, until, name_.c_str());
}

bool pipe_reader::fill() {
    const std::size_t size = kept_.size();
    kept_.resize(size + chunk);
    std::optional<std::size_t> count;
    try {
        count = read_now(std::span(kept_).subspan(size));
    } catch (...) {
        kept_.resize(size);
        throw;
    }
    kept_.resize(size + count.value_or(0));
    return count.has_value();
}

bool pipe_reader::reading_line::attempt() {
    for (;;) {
        const std::string_view here = from.kept();
        const std::size_t length = here.find('\n', searched);
        if (std::min(length, here.size()) > limit)
            throw error(
                errc::message_too_large, from.name_ + ": a line of more than " + std::to_string(limit) + " bytes");
        if (length != std::string_view::npos) {
            result = from.take(length, 1);
            return true;
        }
        searched = here.size();
        if (!from.fill()) return false;
        if (from.kept().size() != searched) continue;
        if (searched != 0) result = from.take(searched, 0); // the last line
        return true;
    }
}

std::optional<std::string> pipe_reader::read_line_by(std::size_t limit, deadline until) {
    require_open();
    return detail::perform_action(reading_line{{*this}, limit}, until, name_.c_str());
}

bool pipe_reader::reading_all::attempt() {
    std::size_t size = 0;
    do {
        size = from.kept_.size();
        if (!from.fill()) return false;
    } while (from.kept_.size() != size);
    result = from.take_kept();
    return true;
}

std::string pipe_reader::read_all_by(deadline until) {
    require_open();
    return detail::perform_action(reading_all{{*this}}, until, name_.c_str());
}

std::string pipe_reader::take(std::size_t count, std::size_t skip) {
    std::string taken(kept().substr(0, count));
    drop(count + skip);
    return taken;
}

void pipe_reader::drop(std::size_t count) noexcept {
    begin_ += count;
    if (begin_ * 2 < kept_.size()) return; // so that no more bytes are moved than were dropped
    kept_.erase(0, std::exchange(begin_, 0));
}

std::string pipe_reader::take_kept() noexcept {
    std::string taken = std::exchange(kept_, {});
    taken.erase(0, std::exchange(begin_, 0));
    return taken;
}

pipe_writer::pipe_writer(detail::unique_fd pipe, std::string name) : pipe_(std::move(pipe)), name_(std::move(name)) {
    make_non_blocking(pipe_.get());
}

void pipe_writer::require_open() const {
    if (!pipe_) throw error(errc::no_state, name_.empty() ? "no pipe" : name_ + " is closed");
}

std::size_t pipe_writer::try_write_some(std::string_view data) {
    require_open();
    const ssize_t count = write_without_sigpipe(pipe_.get(), data);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno == EAGAIN) return 0;
    detail::throw_system_error(errno, "write(" + name_ + ")");
}

bool pipe_writer::writing_some::attempt() {
    result = to.try_write_some(data);
    return result != 0 || data.empty();
}

bool pipe_writer::writing_all::attempt() {
    while (result != data.size()) {
        const std::size_t count = to.try_write_some(data.substr(result));
        if (count == 0) return false;
        result += count;
    }
    return true;
}

std::size_t pipe_writer::write_some_by(std::string_view data, deadline until) {
    return detail::perform_action(writing_some{{*this, data}}, until, name_.c_str());
}

void pipe_writer::write_by(std::string_view data, deadline until) {
    detail::perform_action(writing_all{{*this, data}}, until, name_.c_str());
}

} // namespace plait
