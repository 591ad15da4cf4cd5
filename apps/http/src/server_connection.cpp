// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/coro/stack.hpp>
#include <plait/http/server_connection.hpp>
#include <plait/runtime/await.hpp>
#include <plait/runtime/detail/syscall.hpp>

#include <boost/asio/buffer.hpp>

#include <array>
#include <cassert>
#include <cerrno>
#include <utility>

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace plait::http {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

// How long, and for how many bytes, a client may go on sending after it was told to stop.
constexpr std::chrono::seconds lingering_time{1};
constexpr std::size_t lingering_bytes = 1024 * 1024;

constexpr std::size_t most_pieces = 4;

time_point now() { return plait::detail::party::current().now(); }

} // namespace

server_connection::server_connection(tcp::socket socket, watchdog& dog, const limits& l)
    : watched(dog), socket_(std::move(socket)), limits_(&l), reader_(l) {
    socket_.native_non_blocking(true);
    error_code ignored;
    peer_ = socket_.remote_endpoint(ignored).address();
    // An answer is one write, so there is nothing to gain from waiting for more; not vital.
    socket_.set_option(tcp::no_delay(true), ignored);
}

server_connection::outcome server_connection::read_head() {
    time_point until{};
    for (;;) {
        switch (reader_.head()) {
        case request_reader::status::ready: return outcome::ready;
        case request_reader::status::refused: return refuse(reader_.why());
        case request_reader::status::need_more: break;
        }
        if (!reader_.started()) {
            // A server that stops still owes an answer to what was sent before the client could know.
            const bool more = dog().stopping() ? receive_now() : await_request(now() + limits_->idle_time);
            if (!more && (expired_ || !stopped_while_idle_)) return outcome::closed;
            stopped_while_idle_ = false;
            continue;
        }
        if (until == time_point{}) until = now() + limits_->header_time;
        if (!receive(waiting_for::bytes, until))
            return expired_ ? refuse({408, "the request took too long to arrive"}) : outcome::closed;
    }
}

server_connection::outcome server_connection::read_body(std::uint64_t limit) {
    time_point start{};
    for (;;) {
        switch (reader_.body(limit)) {
        case request_reader::status::ready: return outcome::ready;
        case request_reader::status::refused: return refuse(reader_.why());
        case request_reader::status::need_more: break;
        }
        if (start == time_point{}) {
            start = now();
            if (reader_.awaits_continue() && !write("HTTP/1.1 100 Continue\r\n\r\n")) return outcome::closed;
        }
        if (!receive(waiting_for::bytes, start + limits_->body_time(reader_.body_received())))
            return expired_ ? refuse({408, "the body took too long to arrive"}) : outcome::closed;
    }
}

bool server_connection::receive(waiting_for what, time_point until) {
    const auto room = reader_.room();
    waiting_for_ = what;
    arm(until);
    error_code ec;
    const std::size_t n =
        socket_.async_read_some(boost::asio::mutable_buffer(room.data(), room.size()), plait::await(ec));
    disarm();
    waiting_for_ = waiting_for::nothing;
    reader_.received(n);
    return !ec;
}

/// The first byte of a request. Whoever is silent for a moment costs little from then on: no buffer, and of the stack what it
/// needs for waiting.
bool server_connection::await_request(time_point until) {
    idle_rounds_ = 0;
    have_looked_after(true);
    const bool received = receive(waiting_for::first_byte, until);
    have_looked_after(false);
    if (!rests_ || received || expired_ || stopped_while_idle_) {
        rests_ = false;
        return received;
    }
    reader_.rest();
    plait::trim_own_stack();
    const bool comes = await_readiness(tcp::socket::wait_read, waiting_for::first_byte, until);
    rests_ = false;
    return comes && receive_now();
}

bool server_connection::receive_now() {
    const auto room = reader_.room();
    const ssize_t n = plait::detail::retry_interrupted(
        [&] { return ::recv(socket_.native_handle(), room.data(), room.size(), MSG_DONTWAIT); });
    if (n > 0) reader_.received(static_cast<std::size_t>(n));
    return n > 0;
}

bool server_connection::await_readiness(tcp::socket::wait_type what, waiting_for name, time_point until) {
    waiting_for_ = name;
    arm(until);
    error_code ec;
    socket_.async_wait(what, plait::await(ec));
    disarm();
    waiting_for_ = waiting_for::nothing;
    return !ec;
}

std::optional<std::size_t> server_connection::write_now(std::initializer_list<std::string_view> pieces) noexcept {
    assert(pieces.size() <= most_pieces);
    std::array<iovec, most_pieces> parts;
    std::size_t count = 0;
    for (std::string_view piece : pieces)
        parts[count++] = {const_cast<char*>(piece.data()), piece.size()};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    // Asked of the kernel directly: it nearly always takes everything at once, and Asio is only needed to wait.
    const ssize_t n = plait::detail::retry_interrupted(
        [&] { return ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT); });
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
    return std::nullopt;
}

bool server_connection::write(std::string_view bytes) {
    time_point start{};
    for (std::size_t sent = 0;;) {
        const auto n = write_now({bytes.substr(sent)});
        if (!n) return false;
        sent += *n;
        if (sent == bytes.size()) return true;
        if (start == time_point{}) start = now();
        if (!await_readiness(tcp::socket::wait_write, waiting_for::room, start + limits_->body_time(sent)))
            return false;
    }
}

void server_connection::close_gently() {
    error_code ec;
    socket_.shutdown(tcp::socket::shutdown_send, ec);
    const time_point until = now() + lingering_time;
    std::array<char, 4096> unread;
    for (std::size_t total = 0; !ec && total < lingering_bytes;) {
        waiting_for_ = waiting_for::bytes;
        arm(until);
        total += socket_.async_read_some(boost::asio::buffer(unread), plait::await(ec));
        disarm();
    }
    waiting_for_ = waiting_for::nothing;
    socket_.close(ec);
}

void server_connection::expire() noexcept {
    expired_ = true;
    error_code ignored;
    socket_.cancel(ignored);
}

void server_connection::look() noexcept {
    if (watching_) return look_for_the_client();
    // The second round: a client that asks again at once is not to be disturbed.
    if (waiting_for_ != waiting_for::first_byte || ++idle_rounds_ < 2 || rests_) return;
    rests_ = true;
    error_code ignored;
    socket_.cancel(ignored);
}

void server_connection::look_for_the_client() noexcept {
    pollfd socket{socket_.native_handle(), POLLRDHUP, 0};
    if (::poll(&socket, 1, 0) <= 0) return; // it is there
    if ((socket.revents & (POLLERR | POLLHUP)) == 0) {
        // It sends no more. One that still reads passes over an interim answer (RFC 9110 §15.2); where nobody does, the kernel
        // answers to it with a reset, which the next look sees. HTTP/1.0 has no interim answers.
        if (std::exchange(is_probed_, true) || request().version < 11) return;
        if (write_now({"HTTP/1.1 102 Processing\r\n\r\n"})) return;
    }
    absence* const who = watching_;
    watch_no_more();
    who->client_has_left();
}

void server_connection::stop_idling() noexcept {
    if (waiting_for_ != waiting_for::first_byte) return;
    stopped_while_idle_ = true;
    error_code ignored;
    socket_.cancel(ignored);
}

} // namespace plait::http
