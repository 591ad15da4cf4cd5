// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//              ┌────────────────────── service ──────────────────────┐
//   request ──▶│ room? ─▶ pool of workers ─▶ answer, or what happened │──▶ verdict
//              │   └─ no: somebody is turned away (overload)          │
//              └──────────────────────────────────────────────────────┘
//
// Has workers answer requests. It decides who is turned away when too many wait, how long a request may wait, and which may be
// started again; what becomes of a request whose worker died is the pool's to decide: see docs/guide/process-pools.md.
//
// A configuration that needs other workers makes another service; the old one ends once its last request has ended.
//
// Thread safety: none; it belongs to the front's loop.

#include "exchange.hpp"
#include "metrics.hpp"
#include "settings.hpp"
#include "worker.hpp"

#include <plait/http/request_head.hpp>
#include <plait/ipc/process_pool.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

namespace plait::intake {

/// What is known of a request besides its bytes.
struct request_traits {
    request_id id;
    bool may_retry = false;
    unsigned urgency = 3; ///< 0 to 7, the lowest is next
    client_address client{};
};

class service : public std::enable_shared_from_this<service> {
public:
    struct verdict {
        enum class kind : std::uint8_t {
            answered,
            crowded_out, ///< too many wait
            too_large,   ///< it came under other settings, and there is no room for it under these
            too_late,    ///< no worker had it within the deadline
            left,        ///< the client did not wait, and no worker had it
            died,        ///< its worker died, and it may not be started again
            quarantined, ///< it was started again, and has killed as many workers as it may
            hung,        ///< its worker was killed, because it took too long
            failed,      ///< the handler threw, or the server had no memory
            no_workers,
        };

        kind what;
        reply says{};               ///< answered
        ipc::message_bytes bytes{}; ///< answered; give it back soon
        nanoseconds waited{};       ///< answered: for a worker
        std::string text{};         ///< otherwise: for the client
        pid_t worker = 0;           ///< who had it last, if that is known
    };

    /// A request that is under way. Lives as long as perform().
    class job : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    public:
        explicit job(const request_traits& of) noexcept : of_(of) {}
        job(const job&) = delete;
        job& operator=(const job&) = delete;

        /// Nobody waits for the answer: if no worker has begun, none will. Never waits.
        void leave() noexcept;

    private:
        friend class service;
        /// True if no worker has begun it; then none will.
        [[nodiscard]] bool drop() noexcept;

        const request_traits of_;
        std::size_t bytes_ = 0;
        nanoseconds give_up_at_{}; // unless a worker has begun by then
        bool has_place_ = false;
        bool has_left_ = false;
        bool is_late_ = false;
        future<work_result> result_;
    };

    /// Starts the workers, and has one of them look whether the handler can work. Belongs to the loop of the caller.
    ///
    /// Blocks:  the calling coroutine, until it has looked.
    /// Cancellation: the workers are killed.
    /// Throws:  error(pool_broken) or runtime_error, which say why it cannot; what starting processes, and having no memory
    ///          for messages, throws.
    service(const settings& s, metrics& counts);
    service(const service&) = delete;
    service& operator=(const service&) = delete;

    /// Has a worker answer. `head` is the request's, as it came.
    ///
    /// Blocks:  the calling coroutine.
    [[nodiscard]] verdict perform(job& j, std::string_view head, std::string_view body);

    /// Whether `s` differs only in what adopt() can change.
    [[nodiscard]] bool can_adopt(const settings& s) const;
    void adopt(const settings& s);
    /// One worker more, or less, if there may be. Returns how many there may be now.
    std::size_t add_workers(int count);

    /// No request is under way. Waits until the workers have ended.
    void end() { pool_.shutdown(); }
    /// Ends the requests that are under way: no worker begins one any more, and those that work are killed. Waits until they
    /// have ended.
    void give_up();

    [[nodiscard]] std::size_t requests() const noexcept { return requests_; }
    [[nodiscard]] bool has_workers() const { return pool_.stats().workers != 0; }
    [[nodiscard]] ipc::process_pool_stats workers() const { return pool_.stats(); }
    [[nodiscard]] std::size_t held_bytes() const { return pool_.held_bytes(); }
    /// Room for messages, in both directions.
    [[nodiscard]] std::size_t message_bytes() const noexcept { return message_bytes_; }

private:
    using job_list = boost::intrusive::list<job, boost::intrusive::constant_time_size<false>>;

    [[nodiscard]] bool fits(std::size_t bytes) const noexcept;
    [[nodiscard]] bool make_room(const job& j, std::size_t bytes);
    [[nodiscard]] bool crowd_out(job_list& of, bool oldest);
    void enter(job& j, std::size_t bytes);
    void watch_deadlines();
    void turn_away_the_late();
    void leave(job& j) noexcept;
    void give_back(job& j) noexcept;
    [[nodiscard]] verdict await(job& j, nanoseconds submitted);
    [[nodiscard]] verdict explain(job& j, const std::exception_ptr& failure);
    void count(const verdict& v);

    class entered;
    struct start;

    void prove();

    settings settings_;
    metrics& counts_;
    std::size_t message_bytes_;
    std::shared_ptr<start> start_; // with the pool's thread
    ipc::process_pool pool_;
    // By urgency if that is the policy, and each in the order in which they came; some may have been begun.
    std::array<job_list, 8> waiting_;
    boost::asio::steady_timer deadline_; // of one that waits
    bool is_watching_ = false;           // it is set
    std::size_t requests_ = 0;
    std::size_t bytes_ = 0;
    bool gives_up_ = false;
};

} // namespace plait::intake
