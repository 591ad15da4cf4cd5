// Copyright 2026 the plait authors. Boost Software License 1.0
#include "server_core.hpp"
#include "stream_core.hpp"

#include <plait/coro/spawn.hpp>
#include <plait/runtime/error.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <mutex>

#include <sys/socket.h>
#include <unistd.h>

namespace plait::detail {

/// Counts one connection while it exists.
class server_core::admission {
public:
    explicit admission(std::shared_ptr<server_core> to) : to_(std::move(to)) {
        std::lock_guard guard(to_->lock_);
        ++to_->admitted_;
    }
    admission(admission&&) noexcept = default;
    admission& operator=(admission&&) = delete;
    ~admission() {
        if (!to_) return;
        std::lock_guard guard(to_->lock_);
        --to_->admitted_;
        ++to_->ended_;
        to_->waiters_.wake_all();
    }
    [[nodiscard]] server_core& to() const noexcept { return *to_; }

private:
    std::shared_ptr<server_core> to_;
};

struct server_core::connection {
    /// Of the running coroutine. Throws cancelled if it is too late to begin.
    explicit connection(server_core& of) : server(of), who(static_cast<coroutine&>(party::current())) {
        std::lock_guard guard(server.lock_);
        if (server.cancelling_) throw cancelled();
        next = server.first_;
        if (next) next->previous = this;
        server.first_ = this;
    }
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection() {
        std::lock_guard guard(server.lock_);
        (previous ? previous->next : server.first_) = next;
        if (next) next->previous = previous;
    }

    server_core& server;
    coroutine& who;
    connection* next = nullptr;
    connection* previous = nullptr;
};

server_core::server_core(
    unique_fd listener, std::string file, std::function<void(stream&)> handler, const server_options& options)
    : handler_(std::move(handler)),
      options_(options),
      address_(socket_address::of_socket(listener.get())),
      file_(std::move(file)),
      name_("server " + address_.to_string()),
      listener_(std::move(listener)) {}

void server_core::start(loop& acceptor_s) {
    acceptor_ = spawn([this] { accept_connections(); }, {.name = name_, .stack_bytes = 64 * 1024, .on = &acceptor_s});
}

template <class Condition>
wait_state server_core::wait_until(Condition condition, deadline until, cancellation c) {
    std::unique_lock guard(lock_);
    while (!condition()) {
        const wait_state result = waiters_.wait(guard, until, c, wait_list::place::back, "the end of a connection");
        if (result != wait_state::woken) return result;
        guard.lock();
    }
    return wait_state::woken;
}

std::size_t server_core::connections() const {
    std::lock_guard guard(lock_);
    return admitted_;
}

bool server_core::is_listening() const noexcept {
    std::lock_guard guard(lock_);
    return !closed_;
}

std::uint64_t server_core::ended() const {
    std::lock_guard guard(lock_);
    return ended_;
}

void server_core::accept_connections() {
    try {
        for (;;) {
            throw_unless_woken(
                wait_until(
                    [&] { return admitted_ < options_.max_connections; }, deadline::never(), cancellation::enabled),
                "server");
            socket_address peer;
            admit(accept(peer), peer);
        }
    } catch (const cancelled&) {
        throw;
    } catch (...) {
        report(std::current_exception(), {});
    }
}

namespace {

// Of a connection that failed before it was accepted, says accept(2), which wants them to be taken like EAGAIN.
bool is_of_the_connection(int code) noexcept {
    switch (code) {
    case ECONNABORTED:
    case EPERM: // a firewall's
    case ENETDOWN:
    case EPROTO:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
    case ETIMEDOUT: return true;
    default: return false;
    }
}

bool is_want_of_resources(int code) noexcept {
    return code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM;
}

} // namespace

unique_fd server_core::accept(socket_address& peer) {
    constexpr duration first_pause = std::chrono::milliseconds(10), longest_pause = std::chrono::seconds(1);
    duration pause = first_pause;
    for (;;) {
        turns_.next();
        sockaddr_storage address;
        socklen_t size = sizeof address;
        const int socket = retry_interrupted([&] {
            return ::accept4(
                listener_.get(), reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        });
        const int code = errno;
        if (socket >= 0) {
            unique_fd accepted(socket);
            peer = socket_address(reinterpret_cast<const sockaddr*>(&address), size);
            return accepted;
        }
        if (code == EAGAIN || code == EWOULDBLOCK) {
            throw_unless_woken(listener_.wait(readiness::to_read, "server.accept", deadline::never()), "server.accept");
            turns_.waited();
        } else if (is_want_of_resources(code)) {
            // The connection stays in the backlog, so the listener stays ready: to wait for that would be to spin.
            if (pause == first_pause) report(std::make_exception_ptr(accept_error(code)), {});
            wait_for_relief(pause);
            pause = std::min(2 * pause, longest_pause);
        } else if (!is_of_the_connection(code)) {
            throw accept_error(code);
        }
    }
}

boost::system::system_error server_core::accept_error(int code) const {
    return {code, boost::system::system_category(), name_ + ": accept"};
}

// Until a connection of ours ends, or for a while, because somebody else may have what we lack.
void server_core::wait_for_relief(duration at_most) {
    const std::uint64_t before = ended();
    const wait_state result =
        wait_until([&] { return ended_ != before; }, deadline_after(at_most), cancellation::enabled);
    if (result == wait_state::cancelled) throw cancelled();
}

void server_core::admit(unique_fd socket, const socket_address& peer) {
    accepted_.add();
    loop* on = options_.loops.empty() ? loop::current() : options_.loops[next_loop_++ % options_.loops.size()];
    std::string name = peer.to_string();
    try {
        auto serve = [its = admission(shared_from_this()), s = std::move(socket), name]() mutable {
            its.to().serve(std::move(s), std::move(name));
        };
        spawn(std::move(serve), {.name = name, .stack_bytes = options_.stack_bytes, .on = on}).detach();
    } catch (const std::exception&) { // no stack, no memory: the connection is closed
        report(std::current_exception(), name);
    }
}

void server_core::serve(unique_fd socket, std::string peer) {
    connection registered(*this);
    try {
        stream s(std::make_unique<stream_core>(std::make_unique<socket_transport>(std::move(socket), peer)));
        if (options_.tls) s = start_tls(std::move(s), *options_.tls);
        handler_(s);
    } catch (const cancelled&) {
        throw;
    } catch (...) {
        report(std::current_exception(), peer);
    }
}

void server_core::report(std::exception_ptr what, std::string_view peer) const noexcept {
    if (options_.on_error) return options_.on_error(std::move(what), peer);
    std::string text;
    try {
        std::rethrow_exception(std::move(what));
    } catch (const std::exception& e) {
        text = e.what();
    } catch (...) {
        text = "an exception that is no std::exception";
    }
    const std::string at = peer.empty() ? name_ : name_ + ", connection of " + std::string(peer);
    std::fprintf(stderr, "plait: %s: %s\n", at.c_str(), text.c_str());
}

void server_core::throw_if_handler(const char* what) const {
    const party& here = party::current();
    std::lock_guard guard(lock_);
    for (const connection* c = first_; c; c = c->next)
        if (&c->who == &here)
            throw error(errc::resource_deadlock_would_occur, name_ + ": " + what + " in a handler of its own");
}

void server_core::wait() {
    throw_if_handler("wait");
    throw_unless_woken(
        wait_until([&] { return closed_ && admitted_ == 0; }, deadline::never(), cancellation::enabled), "server.wait");
}

bool server_core::stop(deadline until, cancellation c) {
    if (c == cancellation::enabled) throw_if_park_would_block_loop("server.stop in a handler on a loop's thread");
    throw_if_handler("stop");
    if (!stopped_.exchange(true, std::memory_order_relaxed)) close_listener();
    const wait_state result = wait_until([&] { return closed_ && admitted_ == 0; }, until, c);
    if (result == wait_state::woken) return true;
    cancel_connections();
    wait_until([&] { return closed_ && admitted_ == 0; }, deadline::never(), cancellation::disabled);
    if (result == wait_state::cancelled) throw cancelled();
    return false;
}

void server_core::forget_handler() noexcept {
    handler_ = nullptr;
    options_.on_error = nullptr;
}

void server_core::close_listener() noexcept {
    acceptor_ = {}; // cancels and joins it
    listener_.close();
    if (!file_.empty()) ::unlink(file_.c_str());
    std::lock_guard guard(lock_);
    closed_ = true;
    waiters_.wake_all();
}

void server_core::cancel_connections() noexcept {
    std::lock_guard guard(lock_);
    cancelling_ = true;
    for (connection* c = first_; c; c = c->next)
        c->who.cancel();
}

} // namespace plait::detail
