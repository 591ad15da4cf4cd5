// Copyright 2026 the plait authors. Boost Software License 1.0
//
//   GET  /healthz              200 while the program lives        GET    /quarantine             a list (JSON)
//   GET  /readyz               200 while it takes requests        GET    /quarantine/ID          the request
//   GET  /metrics              for Prometheus                     POST   /quarantine/ID/replay   once more; its answer
//   GET  /                     for people                         DELETE /quarantine/ID
//
// The operator's door. It is not for clients: who comes in can read and repeat their requests. A page in the operator's browser
// must not come in for somebody else, so Host must be an address or localhost (DNS rebinding), and what changes something
// takes no request of a page of another origin.
#include "counted.hpp"
#include "front.hpp"
#include "log.hpp"
#include "request_fields.hpp"

#include <plait/coro/spawn.hpp>
#include <plait/http/head_guard.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <chrono>
#include <exception>
#include <utility>

namespace plait::intake {
namespace {

namespace json = boost::json;

/// An address with or without a port, or localhost.
bool is_local_name(std::string_view host) {
    if (host.starts_with('[')) return true;
    const std::string_view name = host.substr(0, host.find(':'));
    boost::system::error_code bad;
    boost::asio::ip::make_address_v4(std::string(name), bad);
    return !bad || name == "localhost";
}

bool is_of_another_origin(const http::request_head& head) {
    const http::field* site = head.find("sec-fetch-site");
    if (site) return site->value != "same-origin" && site->value != "none";
    return head.find("origin") != nullptr;
}

json::object describe(const quarantined& q) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(q.since.time_since_epoch()).count();
    return {{"id", q.id},       {"method", q.method},          {"target", q.target},
            {"cause", q.cause}, {"body_bytes", q.body.size()}, {"since", seconds}};
}

} // namespace

void front::take_in_admin(tcp::socket socket) {
    constexpr std::size_t most = 64;
    if (admin_connections_ >= most) return;
    spawn(
        [this, limits = limits_, s = std::move(socket), it = counted(admin_connections_, something_ended_)]() mutable {
            try {
                http::server_connection client(std::move(s), watchdog_of_operators_, *limits);
                converse_with_operator(client);
            } catch (const std::exception& e) {
                log(std::string("an operator's connection ended with an error: ") + e.what());
            }
            operators_->made_room();
        },
        {.name = "operator"})
        .detach();
}

void front::converse_with_operator(http::server_connection& client) {
    using outcome = http::server_connection::outcome;
    for (;;) {
        outcome o = client.read_head();
        if (o == outcome::ready) o = client.read_body(0);
        if (o == outcome::closed) return;
        if (o == outcome::refused) return refuse(client, new_operator_answer(client));
        if (!answer_operator(client)) return;
        if (!client.request().keep_alive || drains_) return client.close_gently();
        client.next();
    }
}

answer front::new_operator_answer(const http::server_connection& client) {
    ++last_id_.number;
    answer a = new_answer(client);
    a.is_for_operator = true;
    return a;
}

bool front::answer_operator(http::server_connection& client) {
    const http::request_head& head = client.request();
    answer a = new_operator_answer(client);
    const http::field* host = head.find(http::field_name::host);
    if (host && !is_local_name(host->value)) {
        a.status = 421; // RFC 9110 §15.5.20
        return say(client, a, "ask for an address or for localhost");
    }
    const bool reads = head.method == http::verb::get || head.method == http::verb::head;
    if (!reads && is_of_another_origin(head)) {
        a.status = 403;
        return say(client, a, "a page of another origin may not do this");
    }
    constexpr std::string_view quarantine_path = "/quarantine";
    if (head.target.starts_with(quarantine_path))
        return answer_about_quarantine(client, a, head.target.substr(quarantine_path.size()));
    if (!reads) {
        a.status = 405;
        a.extra_lines = "Allow: GET, HEAD\r\n";
        return say(client, a, "this can only be read");
    }
    if (head.target == "/healthz") return say(client, a, "alive");
    if (head.target == "/readyz") {
        const bool ready = look().ready;
        a.status = ready ? 200 : 503;
        return say(client, a, ready ? "ready" : drains_ ? "draining" : "there are no workers");
    }
    if (head.target == "/metrics") {
        a.content_type = "text/plain; version=0.0.4; charset=utf-8";
        return send(client, a, prometheus_text(metrics_, look()));
    }
    if (head.target == "/") {
        a.content_type = "text/html; charset=utf-8";
        return send(client, a, status_page(metrics_, look()));
    }
    a.status = 404;
    return say(client, a, "there are /, /healthz, /readyz, /metrics and /quarantine");
}

/// `rest`: what follows "/quarantine".
bool front::answer_about_quarantine(http::server_connection& client, answer& a, std::string_view rest) {
    const http::verb method = client.request().method;
    const bool reads = method == http::verb::get || method == http::verb::head;
    if (rest.empty() && reads) {
        json::array list;
        for (const quarantined& q : quarantine_.all())
            list.push_back(describe(q));
        a.content_type = "application/json";
        return say(client, a, json::serialize(list));
    }
    constexpr std::string_view replay = "/replay";
    const bool replays = method == http::verb::post && rest.ends_with(replay);
    if (replays) rest.remove_suffix(replay.size());
    const quarantined* const found = rest.starts_with('/') ? quarantine_.find(rest.substr(1)) : nullptr;
    if (!found) {
        a.status = 404;
        return say(client, a, "no such request is in quarantine");
    }
    if (reads) {
        a.content_type = "application/octet-stream";
        return send(client, a, found->head + found->body);
    }
    if (method == http::verb::delete_) {
        quarantine_.erase(std::string(found->id));
        a.status = 204;
        return say(client, a, {});
    }
    if (!replays) {
        a.status = 405;
        a.extra_lines = "Allow: GET, HEAD, DELETE\r\n";
        return say(client, a, "POST goes to its /replay");
    }
    const quarantined q = *found; // it may be forgotten meanwhile
    const std::shared_ptr<service> by = service_;
    service::job j({.id = a.id, .may_retry = true}); // the operator wants it
    service::verdict v = by->perform(j, q.head, q.body);
    something_ended_.set();
    if (v.what != service::verdict::kind::answered) return explain(client, a, v); // it stays
    quarantine_.erase(q.id);
    return pass_on(client, a, std::move(v));
}

gauges front::look() const {
    const ipc::process_pool_stats workers = service_->workers();
    return {
        .ready = !drains_ && workers.workers != 0,
        .connections = connections_,
        .requests = requests_in_flight(),
        .quarantine = quarantine_.all().size(),
        .deferred = deferred_.size(),
        .workers = workers.workers,
        .workers_started = workers.started,
        .workers_died = workers.died,
        .retried = workers.retried,
        .held_bytes = service_->held_bytes()};
}

} // namespace plait::intake
