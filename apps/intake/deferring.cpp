// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Prefer: respond-async: the client gets a place to fetch the answer from, and its connection is free.
#include "counted.hpp"
#include "front.hpp"
#include "log.hpp"
#include "request_fields.hpp"

#include <plait/coro/spawn.hpp>

#include <utility>

namespace plait::intake {
namespace {

std::string line(std::string_view name, std::string_view value) {
    return std::string(name).append(": ").append(value).append("\r\n");
}

/// What is kept of an answer until it is fetched.
deferred_answer kept(const service::verdict& v) {
    if (v.what != service::verdict::kind::answered)
        return {status_of(v.what), line("Content-Type", "text/plain"), v.text + "\n"};
    deferred_answer a{v.says.status, {}, std::string(v.bytes.text().substr(v.says.line_bytes))};
    switch (v.says.type) {
    case reply::content::octets: a.lines = line("Content-Type", "application/octet-stream"); break;
    case reply::content::text: a.lines = line("Content-Type", "text/plain"); break;
    case reply::content::in_lines: a.lines = v.bytes.text().substr(0, v.says.line_bytes); break;
    }
    return a;
}

} // namespace

bool front::defer(http::server_connection& client, answer& a, const std::string& id) {
    spawn(
        [this, it = counted(others_, something_ended_), id, of = traits_of(client, a.id),
         head = std::string(client.head_bytes()),
         body = std::string(client.content())] { perform_deferred(id, of, head, body); },
        {.name = "deferred"})
        .detach();
    const std::string lines = line("Location", std::string(deferred_answers::path) + id) +
                              line("Preference-Applied", "respond-async") + line("Retry-After", "1");
    a.status = 202;
    a.extra_lines = lines;
    return say(client, a, "the answer can be fetched later");
}

void front::perform_deferred(
    const std::string& id, const request_traits& of, const std::string& head, const std::string& body) {
    const std::shared_ptr<service> by = service_;
    service::job j(of);
    try {
        const service::verdict v = by->perform(j, head, body);
        if (v.what == service::verdict::kind::quarantined) set_aside(v, of.id, head, body);
        deferred_.finish(id, kept(v));
    } catch (const std::exception& e) {
        log(std::string("a deferred request ended with an error: ") + e.what());
        deferred_.finish(id, {500, line("Content-Type", "text/plain"), "the server failed\n"});
    }
}

bool front::answer_about_deferred(http::server_connection& client, answer& a) {
    const http::request_head& head = client.request();
    const std::string id(head.target.substr(deferred_answers::path.size()));
    deferred_answer* const found = deferred_.find(id);
    if (!found) {
        a.status = 404;
        return say(client, a, "there is no such answer, or not any more");
    }
    if (head.method == http::verb::delete_) {
        deferred_.forget(id);
        a.status = 204;
        return say(client, a, {});
    }
    if (head.method != http::verb::get && head.method != http::verb::head) {
        a.status = 405;
        a.extra_lines = "Allow: GET, HEAD, DELETE\r\n";
        return say(client, a, "an answer can be fetched, and deleted");
    }
    if (found->status == 0) {
        a.status = 202;
        a.extra_lines = "Retry-After: 1\r\n";
        return say(client, a, "the answer is not there yet");
    }
    a.status = found->status;
    a.content_type = {};
    a.content_length = found->body.size();
    a.keep_alive &= !watchdog_.stopping();
    count(a);
    std::string all(answer_head(a).text());
    all.append(found->lines).append("\r\n");
    if (head.method != http::verb::head) all += found->body;
    found->was_fetched |= head.method == http::verb::get;
    return client.write(all);
}

} // namespace plait::intake
