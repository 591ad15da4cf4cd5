// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The life of the front: listening, signals, other settings, the drain. What happens on one connection is in
// conversation.cpp.
#include "counted.hpp"
#include "front.hpp"
#include "log.hpp"

#include <plait/coro/spawn.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/loop.hpp>
#include <plait/runtime/wait.hpp>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <random>
#include <utility>
#include <vector>

namespace plait::intake {
namespace {

std::shared_ptr<const http::limits> limits_for(const settings& s) {
    http::limits l;
    l.target = s.max_target;
    l.header_count = s.max_headers;
    l.header_bytes = s.max_header_bytes;
    l.body = s.max_body;
    l.header_time = s.header_time;
    l.idle_time = s.idle_connection;
    l.body_rate = s.min_body_rate;
    return std::make_shared<const http::limits>(l);
}

door open_door(loop& on, const settings::endpoint& at) {
    if (const auto passed = passed_socket()) return door(on, *passed);
    return door(on, at);
}

std::optional<door> open_second_door(loop& on, const std::optional<settings::endpoint>& at) {
    if (!at) return std::nullopt;
    return std::optional<door>(std::in_place, on, *at);
}

} // namespace

front::front(const settings& s, invocation line)
    : settings_(s),
      line_(std::move(line)),
      loop_(*loop::current()),
      signals_{SIGTERM, SIGINT, SIGHUP, SIGTTIN, SIGTTOU},
      clients_(open_door(loop_, s.listen)),
      operators_(open_second_door(loop_, s.admin)),
      limits_(limits_for(s)),
      service_(first_service(s)),
      quarantine_(s.quarantine_capacity),
      deferred_(s.async_capacity, s.async_keep),
      last_id_{std::random_device{}(), 0} {}

/// A signal to stop does not wait until the workers can work: that may be never.
std::shared_ptr<service> front::first_service(const settings& s) {
    const auto stopping = spawn(
        [this] {
            for (;;) {
                const int which = signals_.wait();
                if (which == SIGHUP) reload_wanted_.set();
                if (which == SIGTERM || which == SIGINT) stop_at_once(which, "stopping before the start is over");
            }
        },
        {.name = "signals at the start"});
    return std::make_shared<service>(s, metrics_);
}

std::optional<front::tcp::endpoint> front::admin_address() const {
    return operators_ ? std::optional(operators_->address()) : std::nullopt;
}

void front::run() {
    const auto watching = spawn([this] { watchdog_.run(); }, {.name = "watchdog"});
    const auto watching_operators = spawn([this] { watchdog_of_operators_.run(); }, {.name = "watchdog of operators"});
    const auto signalling = spawn([this] { handle_signals(); }, {.name = "signals"});
    auto accepting =
        spawn([this] { clients_.accept([this](tcp::socket s) { take_in(std::move(s)); }); }, {.name = "accept"});
    std::optional<task<void>> for_operators;
    if (operators_)
        for_operators = spawn(
            [this] { operators_->accept([this](tcp::socket s) { take_in_admin(std::move(s)); }); },
            {.name = "accept operators"});
    notify_manager("READY=1");
    {
        const auto reloading = spawn([this] { reload_when_wanted(); }, {.name = "reload"});
        drain_wanted_.wait();
    } // workers that are being started for other settings are killed
    drain(accepting);
}

void front::handle_signals() {
    for (;;) {
        switch (signals_.wait()) {
        case SIGHUP: reload_wanted_.set(); break;
        case SIGTTIN: log("at most " + std::to_string(service_->add_workers(1)) + " workers"); break;
        case SIGTTOU: log("at most " + std::to_string(service_->add_workers(-1)) + " workers"); break;
        default: drain_wanted_.set(); return stop_at_the_next_signal();
        }
    }
}

void front::stop_at_the_next_signal() {
    for (;;) {
        const int again = signals_.wait();
        if (again == SIGTERM || again == SIGINT) stop_at_once(again, "a second signal: stopping at once");
    }
}

void front::stop_at_once(int signal, std::string_view why) {
    log(why);
    std::_Exit(128 + signal); // the workers are daemons: they end with this process
}

/// In a coroutine of its own, because workers may take long to start, or never do: signals do not wait for them.
void front::reload_when_wanted() {
    for (;;) {
        reload_wanted_.wait();
        reload_wanted_.clear(); // whoever changes the settings from now on is heard again
        reload();
    }
}

void front::reload() {
    log("reading the settings again");
    notify_manager("RELOADING=1");
    const auto read = read_settings(line_);
    if (const auto* problems = std::get_if<std::vector<std::string>>(&read)) {
        for (const std::string& problem : *problems)
            log(problem);
        log("the old settings go on");
    } else {
        try {
            adopt(std::get<settings>(read));
        } catch (const std::exception& e) {
            log(std::string("the old settings go on: ") + e.what());
        }
    }
    notify_manager("READY=1");
}

void front::adopt(const settings& s) {
    if (s.listen != settings_.listen || s.admin != settings_.admin || s.front_cpus != settings_.front_cpus)
        throw error(errc::invalid_argument, "listen, admin and front-cpus can only be changed by a new start");
    if (service_->can_adopt(s)) {
        service_->adopt(s);
    } else {
        end_after_its_requests(std::exchange(service_, std::make_shared<service>(s, metrics_)));
    }
    settings_ = s;
    limits_ = limits_for(s);
    quarantine_.resize(s.quarantine_capacity);
    deferred_.resize(s.async_capacity, s.async_keep);
    set_log_format(s.log);
    log("the new settings hold, for connections from now on");
}

void front::end_after_its_requests(std::shared_ptr<service> old) {
    old_services_.push_back(old);
    spawn(
        [this, old = std::move(old), until_its_end = counted(others_, something_ended_)] {
            while (old->requests() > 0) {
                something_ended_.clear();
                something_ended_.wait();
            }
            old->end();
            std::erase(old_services_, old);
            log("the workers of the old settings have ended");
        },
        {.name = "old service"})
        .detach();
}

std::size_t front::requests_in_flight() const {
    std::size_t count = service_->requests();
    for (const auto& old : old_services_)
        count += old->requests();
    return count;
}

void front::take_in(tcp::socket socket) {
    ++metrics_.connections;
    boost::system::error_code ec;
    const auto address = socket.remote_endpoint(ec).address();
    if (ec) return; // it has gone already
    std::size_t& of_this_address = connections_of_[address];
    if (connections_ >= settings_.max_connections || of_this_address >= settings_.max_connections_per_address) {
        ++metrics_.connections_refused;
        if (of_this_address == 0) connections_of_.erase(address);
        static constexpr std::string_view busy =
            "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 21\r\nContent-Type: text/plain\r\n"
            "Connection: close\r\n\r\ntoo many connections\n";
        [[maybe_unused]] const auto ignored =
            ::send(socket.native_handle(), busy.data(), busy.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        return;
    }
    ++of_this_address;
    spawn(
        [this, address, s = std::move(socket), it = counted(connections_, something_ended_)]() mutable {
            serve(std::move(s), limits_);
            clients_.made_room();
            const auto found = connections_of_.find(address);
            if (--found->second == 0) connections_of_.erase(found);
        },
        {.name = "connection"})
        .detach();
}

void front::serve(tcp::socket socket, const std::shared_ptr<const http::limits>& limits) {
    try {
        http::server_connection client(std::move(socket), watchdog_, *limits);
        converse(client);
    } catch (const std::exception& e) {
        log(std::string("a connection ended with an error: ") + e.what());
    }
}

void front::drain(task<void>& accepting) {
    drains_ = true;
    notify_manager("STOPPING=1");
    clients_.stop([this](tcp::socket s) { take_in(std::move(s)); });
    accepting.join(); // it may have one more, that was accepted a moment ago
    log("draining: no new connections, " + std::to_string(requests_in_flight()) + " requests in flight");
    watchdog_.stop_idling();
    const auto limit = spawn([this] { give_up_after(settings_.drain_time); }, {.name = "drain time"});
    while (connections_ > 0 || others_ > 0) {
        something_ended_.clear();
        something_ended_.wait();
    }
    if (operators_) operators_->stop([](tcp::socket) {});
    watchdog_of_operators_.stop_idling();
    while (admin_connections_ > 0) {
        something_ended_.clear();
        something_ended_.wait();
    }
    service_->end();
    if (deferred_.unfetched() > 0)
        log(std::to_string(deferred_.unfetched()) + " answers (respond-async) were not fetched, and are lost");
    const std::size_t taken = service_->held_bytes();
    log(taken == 0 ? "memory: all memory of the queues is free, " + std::to_string(2 * service_->message_bytes()) +
                         " bytes as at the start"
                   : "memory: " + std::to_string(taken) + " bytes of the queues are still taken");
    log("drained: " + std::to_string(metrics_.requests) + " requests, " + std::to_string(metrics_.answered) +
        " answered by workers, " + std::to_string(service_->workers().died) + " workers died");
}

void front::give_up_after(std::chrono::milliseconds time) {
    sleep_for(time);
    if (connections_ > 0 || others_ > 0)
        log("the time for draining is over: " + std::to_string(requests_in_flight()) + " requests are given up, " +
            std::to_string(connections_) + " connections are closed");
    watchdog_.grant_no_more_time();
    watchdog_of_operators_.grant_no_more_time();
    for (const auto& each : std::vector(old_services_)) // which end meanwhile
        each->give_up();
    service_->give_up();
}

} // namespace plait::intake
