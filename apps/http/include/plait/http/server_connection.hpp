// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   for (;;) {
//       switch (connection.read_head()) { … }       parks the coroutine until a request has come
//       connection.read_body(limit);
//       connection.write_now({head, body});         one gather write, no waiting in the usual case
//       if (!connection.request().keep_alive) break;
//       connection.next();
//   }
//   connection.close_gently();
//
// The server's end of one TCP connection: request_reader with a socket, the time limits, and "100 Continue". Reading
// looks like blocking; a client that sends too slowly is refused with 408, one that keeps silent between two requests
// is left without a word.
//
// Thread safety: one coroutine; the connection, its socket and its watchdog belong to one loop.

#include <plait/http/request_reader.hpp>
#include <plait/http/watchdog.hpp>
#include <plait/runtime/clock.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace plait::http {

class server_connection : private watchdog::watched {
public:
    /// `l` and `dog` outlive the connection. Throws system_error if the socket cannot be made non-blocking.
    server_connection(boost::asio::ip::tcp::socket socket, watchdog& dog, const limits& l);

    enum class outcome {
        ready,
        refused, ///< answer why() if it is worth it, then close_gently()
        closed,  ///< the client has left, or kept silent for too long, or the server stops: close
    };

    /// Waits for the head of the next request.
    ///
    /// Blocks:       the calling coroutine, for at most idle_time and then header_time.
    /// Cancellation: throws cancelled; the connection can only be closed.
    [[nodiscard]] outcome read_head();

    /// Waits for the whole body, of at most `limit` bytes. Sends "100 Continue" first if the client waits for that.
    /// Blocks the calling coroutine, for at most body_time. Cancellation as above.
    [[nodiscard]] outcome read_body(std::uint64_t limit);

    [[nodiscard]] const request_head& request() const noexcept { return reader_.request(); }
    [[nodiscard]] std::string_view head_bytes() const noexcept { return reader_.head_bytes(); }
    [[nodiscard]] std::string_view content() const noexcept { return reader_.content(); }
    /// It waits for a request, has done so for a moment, and needs less memory meanwhile.
    [[nodiscard]] bool rests() const noexcept { return rests_; }
    [[nodiscard]] const refusal& why() const noexcept { return why_; }
    /// Where the client is; 0.0.0.0 if it had left before the connection was looked at.
    [[nodiscard]] const boost::asio::ip::address& peer() const noexcept { return peer_; }
    void next() noexcept { reader_.next(); }

    /// Sends the pieces as one, in one system call, as far as the socket's buffer has room now. Returns how many bytes
    /// it took, or nothing if the client has left. Never waits, never raises SIGPIPE. At most 4 pieces.
    [[nodiscard]] std::optional<std::size_t> write_now(std::initializer_list<std::string_view> pieces) noexcept;

    /// Sends all of `bytes`. False if the client has left or does not take them in time.
    ///
    /// Blocks:       the calling coroutine while the socket's buffer is full; at most body_time.
    /// Cancellation: throws cancelled; an unknown part was sent, and the connection can only be closed.
    [[nodiscard]] bool write(std::string_view bytes);

    /// Somebody who is told once if the client leaves while it waits for its answer.
    class absence {
    public:
        /// It has closed the connection, or that has failed; to send no more is not to leave. Must not wait.
        virtual void client_has_left() noexcept = 0;

    protected:
        ~absence() = default;
    };
    class watch_guard {
    public:
        explicit watch_guard(server_connection& of) noexcept : of_(of) {}
        ~watch_guard() { of_.watch_no_more(); }
        watch_guard(const watch_guard&) = delete;
        watch_guard& operator=(const watch_guard&) = delete;

    private:
        server_connection& of_;
    };
    /// Looks whether the client is still there, as often as the watchdog looks, until the guard is destroyed.
    [[nodiscard]] watch_guard watch(absence& who) noexcept {
        watching_ = &who;
        is_probed_ = false;
        have_looked_after(true);
        return watch_guard(*this);
    }

    /// Ends the connection so that the client can still read what was sent: says that no more will come, then takes
    /// for a moment what the client still sends, because unread bytes would make the kernel reset the connection and
    /// throw the answer away (RFC 9112 §9.6).
    void close_gently();

private:
    enum class waiting_for : unsigned char { nothing, first_byte, bytes, room };

    [[nodiscard]] bool receive(waiting_for what, time_point until);
    [[nodiscard]] bool receive_now();
    [[nodiscard]] bool await_request(time_point until);
    [[nodiscard]] bool
    await_readiness(boost::asio::ip::tcp::socket::wait_type what, waiting_for name, time_point until);
    [[nodiscard]] outcome refuse(const refusal& why) noexcept {
        why_ = why;
        return outcome::refused;
    }
    void watch_no_more() noexcept {
        watching_ = nullptr;
        have_looked_after(false);
    }
    void expire() noexcept override;
    void look() noexcept override;
    void look_for_the_client() noexcept;
    void stop_idling() noexcept override;

    boost::asio::ip::tcp::socket socket_;
    boost::asio::ip::address peer_;
    const limits* limits_;
    request_reader reader_;
    refusal why_;
    waiting_for waiting_for_ = waiting_for::nothing;
    absence* watching_ = nullptr;
    bool is_probed_ = false;   // an interim answer was sent
    unsigned idle_rounds_ = 0; // of the watchdog
    bool rests_ = false;
    bool expired_ = false;
    bool stopped_while_idle_ = false;
};

} // namespace plait::http
