// Copyright 2026 the plait authors. Boost Software License 1.0
#include "bytes.hpp"
#include "connection_pool.hpp"
#include "exchange.hpp"
#include "outgoing_head.hpp"

#include <plait/coro/open_connection.hpp>
#include <plait/coro/resolve.hpp>
#include <plait/http/client.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/timeout.hpp>

#include <algorithm>
#include <mutex>

namespace plait::http {
namespace {

time_point now() { return plait::detail::party::current().now(); }

/// Nothing came while nobody had asked, not even the end.
bool is_silent(connection& c) {
    char byte = 0;
    try {
        return !c.bytes.try_read_some({&byte, 1});
    } catch (const boost::system::system_error&) {
        return false;
    }
}

fault fault_of(const boost::system::error_code& code) {
    if (code == errc::name_not_resolved) return fault::not_resolved;
    if (code == errc::tls_failed || code == errc::tls_truncated) return fault::tls;
    if (code == errc::invalid_argument) return fault::invalid_request; // a path too long for a socket's
    return fault::not_connected;
}

/// What a part of connecting throws becomes the client's error.
template <class F>
auto connecting(const std::string& name, time_point by, time_point until, F f) {
    try {
        return timeout_at(by, f);
    } catch (const timeout_error& e) {
        throw client_error(by == until ? fault::timed_out : fault::connect_timed_out, name + ": " + e.what(), e.code());
    } catch (const boost::system::system_error& e) {
        if (e.code() == errc::would_block_loop) throw;
        throw client_error(fault_of(e.code()), name + ": " + e.what(), e.code());
    }
}

} // namespace

class client_core {
public:
    explicit client_core(client_options o)
        : options_(std::move(o)),
          pool_(std::make_shared<connection_pool>(
              options_.connections_per_origin, options_.connections, options_.idle_time, options_.answer)) {}
    ~client_core() { pool_->close(); }

    response send(const origin& to, const request& r);
    connection_pool& pool() noexcept { return *pool_; }

private:
    std::unique_ptr<exchange> on_a_kept_one(
        connection_pool::lease& l, const std::string& name, const std::string& head, const request& r,
        time_point until);
    std::unique_ptr<connection>
    open(const origin& to, const std::string& name, const request_timeouts& t, time_point until);
    std::vector<socket_address> allowed(const origin& to, const std::string& name, std::vector<socket_address> found);
    const tls_context& tls();

    const client_options options_;
    std::shared_ptr<connection_pool> pool_; // outlives this while responses are read
    std::once_flag tls_made_;
    std::optional<tls_context> tls_;
};

response client_core::send(const origin& to, const request& r) {
    const std::string name = to.to_string(), head = outgoing_head(to, r, options_.user_agent);
    const time_point until = saturating_add(now(), r.timeouts.total);
    connection_pool::lease lease = pool_->take(name, until);
    if (!lease) throw client_error(fault::busy, name + ": as many connections as there may be are in use");
    if (auto e = on_a_kept_one(lease, name, head, r, until)) return response(std::move(e));
    lease.make_room();
    auto c = open(to, name, r.timeouts, until);
    auto e = std::make_unique<exchange>(std::move(lease), std::move(c), name, until);
    static_cast<void>(e->run(head, r, false));
    return response(std::move(e));
}

// Nothing if a new connection is needed.
std::unique_ptr<exchange> client_core::on_a_kept_one(
    connection_pool::lease& l, const std::string& name, const std::string& head, const request& r, time_point until) {
    while (auto c = l.idle()) {
        if (!is_silent(*c)) continue;
        auto e = std::make_unique<exchange>(std::move(l), std::move(c), name, until);
        if (e->run(head, r, true)) return e;
        l = e->give_up();
        break; // once; the next kept one may be as stale
    }
    return nullptr;
}

std::unique_ptr<connection>
client_core::open(const origin& to, const std::string& name, const request_timeouts& t, time_point until) {
    const time_point by = std::min(saturating_add(now(), t.connect), until);
    if (to.how == scheme::unix_socket) {
        const connection_options how{.connect_timeout = t.connect};
        stream s = connecting(name, by, until, [&] { return open_unix_connection(to.host, how); });
        return std::make_unique<connection>(std::move(s), pool_->limits());
    }
    const auto addresses = allowed(to, name, connecting(name, by, until, [&] { return resolve(to.host, to.port); }));
    // A silent address must not use up the time of those behind it.
    connection_options how{.connect_timeout = t.connect / static_cast<duration::rep>(addresses.size())};
    stream s = connecting(name, by, until, [&] {
        if (to.how == scheme::https) how.tls = tls();
        return open_connection(addresses, to.host, how);
    });
    return std::make_unique<connection>(std::move(s), pool_->limits());
}

std::vector<socket_address>
client_core::allowed(const origin& to, const std::string& name, std::vector<socket_address> found) {
    if (!options_.allow) return found;
    std::string refused;
    std::erase_if(found, [&](const socket_address& address) {
        const address_verdict verdict = options_.allow(to, address);
        if (verdict.allowed) return false;
        refused += (refused.empty() ? "" : ", ") + address.to_string();
        if (!verdict.why.empty()) refused += " (" + verdict.why + ")";
        return true;
    });
    if (found.empty())
        throw client_error(fault::address_refused, name + ": connections to " + refused + " are refused");
    return found;
}

const tls_context& client_core::tls() {
    if (options_.tls) return *options_.tls;
    std::call_once(tls_made_, [this] { tls_ = tls_client(); });
    return *tls_;
}

client::client(client_options options) {
    if (options.connections_per_origin == 0 || options.connections == 0)
        throw error(errc::invalid_argument, "http::client: a limit of no connections");
    for (char c : options.user_agent)
        if (!bytes::is(c, bytes::field_value))
            throw client_error(fault::invalid_request, "the user agent holds a control character");
    core_ = std::make_unique<client_core>(std::move(options));
}
client::client(client&&) noexcept = default;
client& client::operator=(client&&) noexcept = default;
client::~client() = default;

response client::send(const origin& to, const request& r) { return core_->send(to, r); }
void client::close_idle() { core_->pool().close_idle(); }
std::size_t client::idle() const { return core_->pool().idle(); }

} // namespace plait::http
