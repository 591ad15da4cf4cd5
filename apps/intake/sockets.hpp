// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Listening, and what service managers pass on: sockets (sd_listen_fds(3)) and a place for notices (sd_notify(3)). Both
// protocols are a few environment variables, so systemd's library is not needed.

#include <plait/runtime/event.hpp>
#include <plait/runtime/loop.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <optional>
#include <string_view>

namespace plait::intake {

/// Accepts connections until it is stopped. One loop.
class door {
public:
    using tcp = boost::asio::ip::tcp;

    /// Throws system_error, naming the address that cannot be listened on.
    door(loop& on, const tcp::endpoint& at);
    /// A socket that listens already; the descriptor is taken over. Throws system_error, invalid_argument if it is no TCP
    /// socket that listens.
    door(loop& on, int listening);

    /// Calls `take` for each connection until stop(). When the process has no room for another one, it waits for
    /// made_room(), a second at most.
    ///
    /// Blocks: the calling coroutine.
    void accept(const std::function<void(tcp::socket)>& take);
    /// Takes in what the kernel has accepted, and closes. Does not wait.
    void stop(const std::function<void(tcp::socket)>& take);
    /// A connection has ended.
    void made_room() noexcept { room_.set(); }

    [[nodiscard]] tcp::endpoint address() const { return acceptor_.local_endpoint(); }

private:
    tcp::acceptor acceptor_;
    event room_;
    bool stops_ = false;
};

/// The descriptor that a service manager has opened for us: LISTEN_PID, LISTEN_FDS. Nothing if there is none. Throws
/// error(invalid_argument) if there are several. The variables are taken out of the environment.
[[nodiscard]] std::optional<int> passed_socket();

/// Tells the service manager, if there is one that wants to know (NOTIFY_SOCKET): "READY=1". Failures are nobody's concern.
void notify_manager(std::string_view state) noexcept;

} // namespace plait::intake
