// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   pipe_writer ──▶ [ pipe: 64 KiB in the kernel ] ──▶ pipe_reader
//
// The two ends of a pipe, as streams: of child programs, and of whoever else has one. Whoever waits for data, or for room,
// gives up its processor: a coroutine to its loop, a thread to the kernel. The descriptor is owned, and put into
// non-blocking mode.
//
// The async_ forms call the token's handler; see <plait/runtime/async.hpp>. The stream, and the buffer or the data, must stay
// where they are until then. Cancelled, they have done what the others have.
//
// Thread safety: one party at a time uses a stream, whichever that is.

#include <plait/runtime/detail/descriptor_alarm.hpp>
#include <plait/runtime/detail/syscall.hpp>
#include <plait/runtime/wait.hpp>

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace plait {

/// Reads. What a wait that timed out or was cancelled has read already stays in the stream, for the next call.
class pipe_reader {
public:
    /// No pipe; every operation but is_open() and close() throws errc::no_state.
    pipe_reader() noexcept = default;
    /// `name` is for error messages. Throws system_error.
    explicit pipe_reader(detail::unique_fd pipe, std::string name);

    /// False for no pipe, and after close().
    [[nodiscard]] bool is_open() const noexcept { return static_cast<bool>(pipe_); }

    /// Waits until there is something, and reads at most buffer.size() bytes. Returns how many; 0 at the end of the stream,
    /// which comes when nobody has the other end open any more.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none.
    /// Cancellation:  nothing was taken.
    /// Throws:        errc::no_state; system_error; errc::would_block_loop; cancelled.
    std::size_t read_some(std::span<char> buffer) { return read_some_by(buffer, deadline::never()); }
    std::size_t read_some_for(std::span<char> buffer, duration d) {
        return read_some_by(buffer, detail::deadline_after(d));
    }
    std::size_t read_some_until(std::span<char> buffer, time_point t) { return read_some_by(buffer, deadline(t)); }
    /// The handler: void(error_code, std::size_t).
    template <class Token>
    auto async_read_some(std::span<char> buffer, Token&& token) {
        return perform(reading_some{{*this}, buffer}, std::forward<Token>(token));
    }
    /// Reads what is there without waiting; nothing if the stream is empty for now.
    [[nodiscard]] std::optional<std::size_t> try_read_some(std::span<char> buffer);

    /// Reads up to the next '\n', which is taken and not returned; nothing at the end of the stream. A last line need not end
    /// with '\n'. Throws as read_some(), and errc::message_too_large if the line is longer than `limit` bytes; then nothing
    /// was taken. The timed forms throw timeout_error.
    [[nodiscard]] std::optional<std::string> read_line(std::size_t limit = default_line_limit) {
        return read_line_by(limit, deadline::never());
    }
    [[nodiscard]] std::optional<std::string> read_line_for(duration d, std::size_t limit = default_line_limit) {
        return read_line_by(limit, detail::deadline_after(d));
    }
    [[nodiscard]] std::optional<std::string> read_line_until(time_point t, std::size_t limit = default_line_limit) {
        return read_line_by(limit, deadline(t));
    }

    /// The handler: void(error_code, std::optional<std::string>).
    template <class Token>
    auto async_read_line(std::size_t limit, Token&& token) {
        return perform(reading_line{{*this}, limit}, std::forward<Token>(token));
    }
    template <class Token>
    auto async_read_line(Token&& token) {
        return async_read_line(default_line_limit, std::forward<Token>(token));
    }

    /// Reads everything up to the end of the stream. Throws as read_some().
    [[nodiscard]] std::string read_all() { return read_all_by(deadline::never()); }
    [[nodiscard]] std::string read_all_for(duration d) { return read_all_by(detail::deadline_after(d)); }
    [[nodiscard]] std::string read_all_until(time_point t) { return read_all_by(deadline(t)); }
    /// The handler: void(error_code, std::string).
    template <class Token>
    auto async_read_all(Token&& token) {
        return perform(reading_all{{*this}}, std::forward<Token>(token));
    }

    /// Closes this end; whoever writes is told so. Does nothing the second time.
    void close() noexcept;

    static constexpr std::size_t default_line_limit = 1024 * 1024;

    // For those who read several pipes at once.

    /// The descriptor to wait for; -1 at the end of the stream, and if there is none.
    [[nodiscard]] int waiting_for() const noexcept { return at_end_ ? -1 : pipe_.get(); }
    /// Takes one look without waiting, and keeps what was there. False if there was nothing yet.
    bool fill();
    /// What was kept.
    [[nodiscard]] std::string take_kept() noexcept;
    [[nodiscard]] std::string_view kept() const noexcept { return std::string_view(kept_).substr(begin_); }

private:
    // What is done, for all of its faces; see descriptor_alarm.hpp.
    struct reading {
        pipe_reader& from;

        [[nodiscard]] detail::descriptors_awaited awaited() const {
            detail::descriptors_awaited one;
            one.add({from.waiting_for(), detail::readiness::to_read});
            return one;
        }
    };
    struct reading_some : reading {
        using signature = void(boost::system::error_code, std::size_t);

        std::span<char> buffer;
        std::size_t result = 0;

        bool attempt();
    };
    struct reading_line : reading {
        using signature = void(boost::system::error_code, std::optional<std::string>);

        std::size_t limit;
        std::size_t searched = 0;
        std::optional<std::string> result = {};

        bool attempt();
    };
    struct reading_all : reading {
        using signature = void(boost::system::error_code, std::string);

        std::string result = {};

        bool attempt();
    };

    template <class Action, class Token>
    auto perform(Action action, Token&& token) {
        require_open();
        return detail::async_perform(detail::async_action<Action>{std::move(action)}, std::forward<Token>(token));
    }
    std::size_t read_some_by(std::span<char> buffer, deadline until);
    std::optional<std::string> read_line_by(std::size_t limit, deadline until);
    std::string read_all_by(deadline until);
    std::optional<std::size_t> read_now(std::span<char> buffer);
    std::string take(std::size_t count, std::size_t skip);
    void drop(std::size_t count) noexcept;
    void require_open() const;

    detail::unique_fd pipe_;
    bool at_end_ = false;
    std::string kept_; // what was read and not returned
    std::size_t begin_ = 0;
    std::string name_;
};

/// Writes.
class pipe_writer {
public:
    /// No pipe; every operation but is_open() and close() throws errc::no_state.
    pipe_writer() noexcept = default;
    /// `name` is for error messages. Throws system_error.
    explicit pipe_writer(detail::unique_fd pipe, std::string name);

    [[nodiscard]] bool is_open() const noexcept { return static_cast<bool>(pipe_); }

    /// Waits until there is room, and writes as much of `data` as there is room for. Returns how many bytes.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none.
    /// Cancellation:  nothing was written.
    /// Throws:        system_error with EPIPE if nobody reads any more (there is no SIGPIPE); otherwise as
    ///                pipe_reader::read_some().
    std::size_t write_some(std::string_view data) { return write_some_by(data, deadline::never()); }
    std::size_t write_some_for(std::string_view data, duration d) {
        return write_some_by(data, detail::deadline_after(d));
    }
    std::size_t write_some_until(std::string_view data, time_point t) { return write_some_by(data, deadline(t)); }
    /// The handler: void(error_code, std::size_t).
    template <class Token>
    auto async_write_some(std::string_view data, Token&& token) {
        return perform(writing_some{{*this, data}}, std::forward<Token>(token));
    }
    /// Writes what there is room for without waiting; possibly 0 bytes.
    std::size_t try_write_some(std::string_view data);

    /// Writes all of `data`. When it throws, an unknown part of it was written. The timed forms throw timeout_error.
    void write(std::string_view data) { write_by(data, deadline::never()); }
    void write_for(std::string_view data, duration d) { write_by(data, detail::deadline_after(d)); }
    void write_until(std::string_view data, time_point t) { write_by(data, deadline(t)); }
    /// The handler: void(error_code, std::size_t), with how many bytes were written, also if it failed or was cancelled.
    template <class Token>
    auto async_write(std::string_view data, Token&& token) {
        return perform(writing_all{{*this, data}}, std::forward<Token>(token));
    }

    /// Closes this end: once it has read what is in the pipe, the reader is at the end of the stream. Does nothing the
    /// second time.
    void close() noexcept { pipe_.reset(); }

    /// The descriptor to wait for, for those who write to several pipes at once; -1 if it is closed.
    [[nodiscard]] int waiting_for() const noexcept { return pipe_.get(); }

private:
    struct writing {
        using signature = void(boost::system::error_code, std::size_t);

        pipe_writer& to;
        std::string_view data;
        std::size_t result = 0;

        [[nodiscard]] detail::descriptors_awaited awaited() const {
            detail::descriptors_awaited one;
            one.add({to.waiting_for(), detail::readiness::to_write});
            return one;
        }
    };
    struct writing_some : writing {
        bool attempt();
    };
    struct writing_all : writing {
        bool attempt();
    };

    template <class Action, class Token>
    auto perform(Action action, Token&& token) {
        require_open();
        return detail::async_perform(detail::async_action<Action>{std::move(action)}, std::forward<Token>(token));
    }
    void require_open() const;
    std::size_t write_some_by(std::string_view data, deadline until);
    void write_by(std::string_view data, deadline until);

    detail::unique_fd pipe_;
    std::string name_;
};

} // namespace plait
