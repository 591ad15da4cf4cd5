// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   schedule ──due──▶ [ waiting: keep their time ] ──▶ a free connection ══request══▶ ┌────────┐
//                            the ledger's tail                ▲                       │ server │
//   ledger ◀── outcome ───────────────────────────── answer ──┴──◀════════════════════└────────┘
//
// A load client for plait-intake: keep-alive connections, one request at a time on each, a coroutine for each that reads the
// answers. The load is open: when a request is due does not depend on the answers. One that finds all connections busy waits
// here, and its time runs: latencies are counted from when it was due (see schedule.hpp). Each request has an id, which is in
// its target, and its outcome is recorded: see ledger.hpp.
//
// A connection that ends is opened again, as often as it takes, until the client is destroyed. A request whose bytes were
// sent is never sent again: whether the server has begun with it cannot be known.
//
// Thread safety: none; it belongs to the loop of the coroutine that makes it.

#include "answer_reader.hpp"
#include "histogram.hpp"
#include "ledger.hpp"
#include "schedule.hpp"

#include <plait/coro/stream.hpp>
#include <plait/coro/task.hpp>
#include <plait/runtime/event.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plait::load {

struct client_options {
    std::string host = "127.0.0.1"; ///< numeric, or a name
    std::uint16_t port = 8080;
    /// More than the server lets wait, if it is to be seen to turn requests away.
    std::size_t connections = 64;
    bool post = false;        ///< POST with the id as its body; otherwise GET
    bool expect_echo = false; ///< a 200 must return that body; others are counted as misdirected
};

struct load_plan {
    double rate = 1000; ///< requests a second
    duration length = std::chrono::seconds(10);
    spacing between = spacing::constant;
    std::uint64_t seed = 1; ///< for spacing::poisson
    /// How long to wait, after that time, for those that are still to be sent or answered.
    duration patience = std::chrono::seconds(5);
};

/// What came of a load.
struct report {
    ledger requests;
    time_point begin{}, end{}; ///< of the time in which requests were due
    /// How late this client was to see that requests were due: if that is much, it could not offer the load, or hardly.
    histogram client_late{};
    std::uint64_t stray = 0;       ///< answers that came on a connection on which nothing had been asked
    std::uint64_t misdirected = 0; ///< answers of 200 with the body of another request
    std::uint64_t garbled = 0;     ///< connections on which something came that is no answer
    std::string first_error{};     ///< of those, in words
};

class client {
public:
    /// Opens the connections.
    ///
    /// Blocks:  the calling coroutine, until they are there, for at most ten seconds.
    /// Throws:  errc::invalid_argument for no connections; what open_connection() throws for the first of them; timeout_error.
    explicit client(client_options options);
    /// Closes them.
    ~client();
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    /// Offers the load, waits until all is answered or patience is over, and returns what became of each request.
    ///
    /// Blocks:        the calling coroutine. One load at a time.
    /// Cancellation:  the client can only be destroyed.
    /// Throws:        errc::invalid_argument for a rate or a time that is none.
    [[nodiscard]] report offer(const load_plan& plan);

    /// A closed loop: so many requests are under way all the time; the next one is due as soon as one ends. Otherwise as
    /// offer().
    [[nodiscard]] report
    ask_in_turn(std::size_t connections, duration length, duration patience = std::chrono::seconds(5));

private:
    struct connection {
        stream peer;
        answer_reader answers;
        std::optional<ledger::id> asked; // what is under way on it
        bool open = false;
        bool idle = false; // it is in idle_
    };

    void live(connection& c);
    void connect(connection& c);
    void read_answers(connection& c);
    void take(connection& c, const answer_seen& a);
    void lost(connection& c);
    void go_on(connection& c);
    void send(connection& c, ledger::id which);
    void break_off(connection& c);
    void one_ended(time_point when);

    void note_due(time_point now);
    [[nodiscard]] bool anything_waits() const noexcept;
    [[nodiscard]] ledger::id first_waiting();
    void send_what_waits();
    void begin(duration length);
    void check_settled();
    report finish(duration patience);

    client_options options_;
    std::vector<connection> connections_;
    std::vector<connection*> idle_; // the last one that became so is used first: its memory is warm
    std::size_t open_ = 0;
    event all_open_;
    event server_is_there_; // as far as is known

    report report_;
    std::optional<schedule> schedule_; // of the load that is under way, up to report_.end
    bool in_turn_ = false;             // a closed loop is under way
    ledger::id next_ = 0;              // from here on, the ledger's requests have never been sent
    std::deque<ledger::id> taken_back_;
    event settled_;

    std::vector<task<void>> tasks_; // last: they end before what they use
};

} // namespace plait::load
