// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   take(origin) ──▶ permit of the origin ▶ permit of all ──▶ lease ── idle() or a new one ──▶ in use
//                                                               ▲                              │
//   idle: oldest … newest, of all origins ◀──── keep() ─────────┴───────── ~lease: closed ◀────┘
//
// Who may have connections, and those that nobody uses. In use and idle together there are never more than the limits:
// whoever opens a new one closes the oldest idle one if need be. Nothing here waits but take().
//
// Thread safety: any thread; a lease is one party's. Connections are closed without the lock.

#include <plait/coro/stream.hpp>
#include <plait/http/response_reader.hpp>
#include <plait/runtime/clock.hpp>
#include <plait/runtime/semaphore.hpp>

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace plait::http {

/// One connection, and what reads its answers.
struct connection {
    connection(stream s, const response_limits& l) : bytes(std::move(s)), reader(l) {}

    stream bytes;
    response_reader reader;
};

class connection_pool : public std::enable_shared_from_this<connection_pool> {
    struct host;

public:
    connection_pool(std::size_t per_origin, std::size_t in_all, duration idle_time, const response_limits& answer);

    /// The right to one connection of an origin.
    class lease {
    public:
        lease() noexcept = default;
        lease(lease&& other) noexcept = default;
        lease& operator=(lease&& other) noexcept;
        ~lease() { end(); }

        [[nodiscard]] explicit operator bool() const noexcept { return pool_ != nullptr; }

        /// The newest idle connection of the origin, if there is one.
        [[nodiscard]] std::unique_ptr<connection> idle();
        /// Before a new connection is opened: closes an idle one if there would be too many.
        void make_room();
        /// Keeps the connection for others, and ends the lease.
        void keep(std::unique_ptr<connection> c);
        /// Ends the lease: somebody else may have a connection.
        void end() noexcept;

    private:
        friend class connection_pool;
        lease(std::shared_ptr<connection_pool> pool, host& h) noexcept : pool_(std::move(pool)), host_(&h) {}
        void stop_using() noexcept;
        void leave() noexcept;

        std::shared_ptr<connection_pool> pool_;
        host* host_ = nullptr;
        permit of_origin_, of_all_;
    };

    /// Waits until the origin may have one more connection in use. Returns no lease if that is not before `until`.
    /// Cancellation: nothing was taken.
    [[nodiscard]] lease take(const std::string& origin, time_point until);

    /// Of the connections' readers, which the pool outlives.
    [[nodiscard]] const response_limits& limits() const noexcept { return limits_; }

    /// From now on nothing is kept.
    void close();
    void close_idle();
    [[nodiscard]] std::size_t idle() const;

private:
    struct kept {
        host* of;
        std::unique_ptr<connection> what;
        time_point since;
    };
    using idle_list = std::list<kept>; // oldest first
    struct host {
        explicit host(std::size_t connections) : free(static_cast<std::ptrdiff_t>(connections)) {}

        bounded_semaphore free;
        std::size_t users = 0;                 // leases, and those who wait for one
        std::size_t in_use = 0;                // leases
        std::vector<idle_list::iterator> idle; // oldest first
        std::map<std::string, host>::iterator self;
    };

    host& enter(const std::string& origin);
    void forget_if_unused(host& h) noexcept;
    void take_out(idle_list::iterator which, idle_list& to) noexcept;
    void take_out_expired(time_point now, idle_list& to) noexcept;

    const std::size_t per_origin_, in_all_;
    const duration idle_time_;
    const response_limits limits_;
    bounded_semaphore free_;

    mutable std::mutex lock_; // never held while something waits; guards what follows
    std::map<std::string, host> hosts_;
    idle_list idle_;
    std::size_t in_use_ = 0; // leases
    bool closed_ = false;
};

} // namespace plait::http
