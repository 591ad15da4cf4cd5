// Copyright 2026 the plait authors. Boost Software License 1.0
#include "client.hpp"

#include <plait/coro/open_connection.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/wait.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <exception>
#include <string>
#include <utility>

namespace plait::load {
namespace {

// Requests that come due within so long a time are sent together, because a system call for the time between two of them
// would cost more than the two. It is part of their latency.
constexpr duration tick = std::chrono::microseconds(200);

constexpr duration time_between_attempts = std::chrono::milliseconds(10);

time_point now() { return plait::detail::party::current().now(); }

/// A request, on the stack.
class request_text {
public:
    request_text(ledger::id which, bool post) noexcept {
        std::array<char, 20> digits;
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), which).ptr;
        const std::string_view id(digits.data(), static_cast<std::size_t>(end - digits.data()));
        add(post ? "POST /" : "GET /").add(id).add(" HTTP/1.1\r\nHost: load\r\n");
        if (!post) {
            add("\r\n");
            return;
        }
        const char length[] = {static_cast<char>('0' + id.size() / 10), static_cast<char>('0' + id.size() % 10)};
        add("Content-Length: ").add({length, 2}).add("\r\n\r\n").add(id);
    }
    [[nodiscard]] std::string_view text() const noexcept { return {bytes_.data(), size_}; }

private:
    request_text& add(std::string_view text) noexcept {
        size_ += text.copy(bytes_.data() + size_, text.size());
        return *this;
    }

    std::array<char, 128> bytes_;
    std::size_t size_ = 0;
};

} // namespace

client::client(client_options options) : options_(std::move(options)), connections_(options_.connections) {
    if (connections_.empty()) throw error(errc::invalid_argument, "client_options.connections: it must be at least 1");
    idle_.reserve(connections_.size());
    server_is_there_.set();
    connections_.front().peer = open_connection(options_.host, options_.port); // whose failure is worth an exception
    tasks_.reserve(connections_.size());
    for (connection& c : connections_)
        tasks_.push_back(spawn([this, &c] { live(c); }, {.name = "load connection", .stack_bytes = 64 * 1024}));
    constexpr std::chrono::seconds limit(10);
    if (!all_open_.wait_for(limit))
        throw timeout_error(
            std::to_string(open_) + " of " + std::to_string(connections_.size()) + " connections to " + options_.host +
            ":" + std::to_string(options_.port) + " within " + std::to_string(limit.count()) + " s");
}

client::~client() = default;

// A connection's life: open, ask and read, lost, again.
void client::live(connection& c) {
    for (;;) {
        connect(c);
        c.open = true;
        if (++open_ == connections_.size()) all_open_.set();
        try {
            go_on(c);
            read_answers(c);
        } catch (const boost::system::system_error&) { // reset, or closed by this client
        } catch (const std::runtime_error& e) {        // no answer
            if (report_.garbled++ == 0) report_.first_error = e.what();
        }
        lost(c);
    }
}

// While nobody listens, one connection asks again and again whether somebody does, and the others wait for it.
void client::connect(connection& c) {
    c.answers.clear();
    bool tries_for_all = false;
    while (!c.peer.is_open()) {
        if (!tries_for_all) server_is_there_.wait();
        try {
            c.peer = open_connection(options_.host, options_.port);
        } catch (const boost::system::system_error&) {
            if (server_is_there_.is_set()) {
                server_is_there_.clear();
                tries_for_all = true;
            }
            if (tries_for_all) sleep_for(time_between_attempts);
        }
    }
    if (tries_for_all) server_is_there_.set();
}

// Until the end of the connection.
void client::read_answers(connection& c) {
    for (;;) {
        const std::size_t count = c.peer.read_some(c.answers.room());
        if (count == 0) return;
        c.answers.received(count);
        while (const auto a = c.answers.next()) {
            take(c, *a);
            if (a->closes) return;
            if (!c.asked) go_on(c);
        }
    }
}

void client::take(connection& c, const answer_seen& a) {
    if (!c.asked) {
        ++report_.stray;
        return;
    }
    const ledger::id which = *std::exchange(c.asked, std::nullopt);
    const time_point t = now();
    report_.requests.answer(which, a.status, a.worker, t);
    if (options_.expect_echo && a.status == 200 && a.body != std::to_string(which)) ++report_.misdirected;
    one_ended(t);
}

void client::lost(connection& c) {
    if (std::exchange(c.open, false)) --open_;
    c.peer.close();
    const auto which = std::exchange(c.asked, std::nullopt);
    if (!which) return;
    const time_point t = now();
    report_.requests.lose(*which, t);
    one_ended(t);
}

void client::one_ended(time_point when) {
    if (in_turn_ && when < report_.end)
        report_.requests.add(when);
    else
        check_settled();
}

// The connection is free.
void client::go_on(connection& c) {
    note_due(now());
    if (anything_waits())
        send(c, first_waiting());
    else if (!std::exchange(c.idle, true))
        idle_.push_back(&c);
}

void client::send(connection& c, ledger::id which) {
    report_.requests.send(which);
    const request_text request(which, options_.post);
    std::size_t sent = 0;
    try {
        sent = c.peer.try_write_some(request.text());
    } catch (
        const boost::system::system_error&) { // the connection has ended, and its coroutine is about to learn of it
    }
    if (sent == request.text().size()) {
        c.asked = which;
        return;
    }
    if (sent == 0) {
        report_.requests.take_back(which);
        taken_back_.push_back(which);
    } else {
        report_.requests.lose(which, now());
    }
    break_off(c);
}

// Its coroutine, which reads, gets an error and opens another.
void client::break_off(connection& c) {
    c.asked.reset();
    if (std::exchange(c.open, false)) --open_;
    c.peer.close();
}

void client::note_due(time_point t) {
    for (; schedule_ && schedule_->due() <= t && schedule_->due() < report_.end; schedule_->advance()) {
        report_.requests.add(schedule_->due());
        report_.client_late.add(t - schedule_->due());
    }
}

bool client::anything_waits() const noexcept {
    return !taken_back_.empty() || next_ < report_.requests.entries().size();
}

ledger::id client::first_waiting() {
    if (taken_back_.empty()) return next_++;
    const ledger::id which = taken_back_.front();
    taken_back_.pop_front();
    return which;
}

void client::send_what_waits() {
    while (anything_waits() && !idle_.empty()) {
        connection& c = *idle_.back();
        idle_.pop_back();
        c.idle = false;
        if (c.open && !c.asked) send(c, first_waiting()); // otherwise it became something else since
    }
}

report client::offer(const load_plan& plan) {
    begin(plan.length);
    schedule_.emplace(plan.rate, report_.begin, plan.between, plan.seed);
    report_.requests.reserve(static_cast<std::size_t>(plan.rate * std::chrono::duration<double>(plan.length).count()));
    while (schedule_->due() < report_.end) {
        sleep_until(std::max(schedule_->due(), now() + tick));
        note_due(now());
        send_what_waits();
    }
    schedule_.reset();
    return finish(plan.patience);
}

report client::ask_in_turn(std::size_t connections, duration length, duration patience) {
    begin(length);
    in_turn_ = true;
    for (std::size_t i = 0; i < connections; ++i)
        report_.requests.add(report_.begin);
    send_what_waits();
    sleep_until(report_.end);
    in_turn_ = false;
    return finish(patience);
}

void client::begin(duration length) {
    if (length < duration::zero()) throw error(errc::invalid_argument, "load_plan.length: it must not be negative");
    report_ = {};
    next_ = 0;
    taken_back_.clear();
    settled_.clear();
    report_.begin = now();
    report_.end = saturating_add(report_.begin, length);
}

void client::check_settled() {
    const ledger& all = report_.requests;
    if (!schedule_ && !in_turn_ && all.count(outcome::not_sent) + all.count(outcome::unanswered) == 0) settled_.set();
}

// What has no answer yet is waited for, and then no more: an answer that came later would be taken for that of another.
report client::finish(duration patience) {
    check_settled();
    [[maybe_unused]] const bool all = settled_.wait_for(patience);
    for (connection& c : connections_)
        if (c.asked) break_off(c);
    next_ = 0;
    taken_back_.clear();
    return std::exchange(report_, {});
}

} // namespace plait::load
