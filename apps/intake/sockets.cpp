// Copyright 2026 the plait authors. Boost Software License 1.0
#include "log.hpp"
#include "sockets.hpp"

#include <plait/runtime/await.hpp>
#include <plait/runtime/detail/syscall.hpp>
#include <plait/runtime/error.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <sstream>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace plait::intake {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr int first_passed = 3; // SD_LISTEN_FDS_START

tcp::acceptor listen(loop& on, const tcp::endpoint& at) {
    tcp::acceptor acceptor(on.context());
    try {
        acceptor.open(at.protocol());
        acceptor.set_option(tcp::acceptor::reuse_address(true));
        acceptor.bind(at);
        acceptor.listen();
    } catch (const boost::system::system_error& e) {
        // The code anew, for the person who reads it: Asio's remembers a line of Asio.
        const error_code plain(e.code().value(), e.code().category());
        std::ostringstream what;
        what << "cannot listen on " << at;
        throw boost::system::system_error(plain, what.str());
    }
    return acceptor;
}

int option(int fd, int name) {
    int value = 0;
    socklen_t size = sizeof(value);
    plait::detail::checked(
        [&] { return ::getsockopt(fd, SOL_SOCKET, name, &value, &size); },
        [&] { return "getsockopt(" + std::to_string(fd) + "), of the socket that was passed"; });
    return value;
}

tcp::acceptor adopt(loop& on, int fd) {
    const int domain = option(fd, SO_DOMAIN);
    if (option(fd, SO_TYPE) != SOCK_STREAM || option(fd, SO_ACCEPTCONN) == 0 ||
        (domain != AF_INET && domain != AF_INET6))
        throw error(errc::invalid_argument, "the socket that was passed (LISTEN_FDS) is no TCP socket that listens");
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    tcp::acceptor acceptor(on.context());
    acceptor.assign(domain == AF_INET ? tcp::v4() : tcp::v6(), fd);
    return acceptor;
}

/// The process has no room for another connection; one that ends makes some.
bool is_exhaustion(const error_code& ec) {
    for (const int code : {EMFILE, ENFILE, ENOBUFS, ENOMEM})
        if (ec == error_code(code, boost::system::system_category())) return true;
    return false;
}

std::optional<long> number_in(const char* variable) {
    const char* text = std::getenv(variable);
    if (!text) return std::nullopt;
    const std::string_view digits(text);
    long value = 0;
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return failed == std::errc{} && end == digits.data() + digits.size() ? std::optional(value) : std::nullopt;
}

} // namespace

door::door(loop& on, const tcp::endpoint& at) : acceptor_(listen(on, at)) {}
door::door(loop& on, int listening) : acceptor_(adopt(on, listening)) {}

void door::accept(const std::function<void(tcp::socket)>& take) {
    while (!stops_) {
        error_code ec;
        tcp::socket socket = acceptor_.async_accept(plait::await(ec));
        if (!ec) {
            take(std::move(socket));
        } else if (is_exhaustion(ec)) {
            log("no connection can be accepted for the moment: " + ec.message());
            room_.clear();
            [[maybe_unused]] const bool made = room_.wait_for(std::chrono::seconds(1));
        }
        // Anything else is the failure of one connection that ended before it was accepted, or the end.
    }
}

void door::stop(const std::function<void(tcp::socket)>& take) {
    stops_ = true;
    room_.set();
    // The kernel has accepted connections that the program has not: their clients may have asked already.
    error_code ec;
    acceptor_.non_blocking(true);
    for (;;) {
        tcp::socket socket = acceptor_.accept(ec);
        if (ec) break;
        take(std::move(socket));
    }
    acceptor_.close(ec);
}

std::optional<int> passed_socket() {
    const auto pid = number_in("LISTEN_PID"), count = number_in("LISTEN_FDS");
    for (const char* variable : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
        ::unsetenv(variable);
    if (!pid || *pid != ::getpid() || !count || *count < 1) return std::nullopt;
    if (*count > 1)
        throw error(
            errc::invalid_argument, "LISTEN_FDS is " + std::to_string(*count) + "; plait-intake takes one socket");
    return first_passed;
}

void notify_manager(std::string_view state) noexcept {
    const char* const path = std::getenv("NOTIFY_SOCKET");
    if (!path) return;
    const std::string_view name(path);
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    if (name.size() < 2 || name.size() >= sizeof(to.sun_path) || (name.front() != '/' && name.front() != '@')) return;
    name.copy(to.sun_path, name.size());
    if (name.front() == '@') to.sun_path[0] = '\0'; // abstract
    const plait::detail::unique_fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    [[maybe_unused]] const auto ignored =
        ::sendto(fd.get(), state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to), size);
}

} // namespace plait::intake
