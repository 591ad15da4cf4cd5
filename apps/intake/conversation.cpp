// Copyright 2026 the plait authors. Boost Software License 1.0
//
// One connection: requests in, answers out, in order.
#include "front.hpp"
#include "log.hpp"
#include "request_fields.hpp"

#include <plait/http/field_text.hpp>
#include <plait/http/head_guard.hpp>

#include <array>
#include <chrono>
#include <utility>

namespace plait::intake {
namespace {

constexpr std::string_view retry_later = "Retry-After: 1\r\n";

std::string_view type_of(const reply& r) noexcept {
    switch (r.type) {
    case reply::content::octets: return "application/octet-stream";
    case reply::content::text: return "text/plain";
    case reply::content::in_lines: break;
    }
    return {};
}

/// What the answer says of its length. Only an answer to HEAD may say it of a body that is not there (RFC 9110 §8.6).
std::optional<std::uint64_t> length_of(const reply& r, std::size_t body, bool to_head) noexcept {
    if (!to_head || r.size == reply::sizing::of_body) return body;
    return r.size == reply::sizing::stated ? std::optional(r.stated_size) : std::nullopt;
}

client_address address_of(const http::server_connection& client) {
    const auto address = client.peer();
    return address.is_v4() ? boost::asio::ip::make_address_v6(boost::asio::ip::v4_mapped, address.to_v4()).to_bytes()
                           : address.to_v6().to_bytes();
}

} // namespace

void front::converse(http::server_connection& client) {
    using outcome = http::server_connection::outcome;
    for (std::uint64_t n = 1;; ++n) {
        outcome o = client.read_head();
        if (o == outcome::ready) o = client.read_body(limits_->body);
        if (o == outcome::closed) return;
        ++metrics_.requests;
        ++last_id_.number;
        if (o == outcome::refused) return refuse(client, new_answer(client));
        const bool is_last = n >= settings_.max_requests_per_connection;
        if (!answer_request(client, is_last)) return;
        if (is_last || !client.request().keep_alive || watchdog_.stopping()) return client.close_gently();
        client.next();
    }
}

answer front::new_answer(const http::server_connection& client) {
    return {
        .id = last_id_,
        .date_line = watchdog_.date_line(),
        .keep_alive = client.request().keep_alive,
        .version = client.request().version};
}

// False: the connection cannot go on. What is written on the connection after this is the next answer, so everything
// here is sent in full or not at all.
bool front::answer_request(http::server_connection& client, bool is_last) {
    const http::request_head& head = client.request();
    answer a = new_answer(client);
    a.keep_alive &= !is_last;
    if (head.target == "*") { // OPTIONS * asks about the server itself
        a.status = 204;
        a.extra_lines = "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n";
        return say(client, a, {});
    }
    if (head.target.starts_with(deferred_answers::path)) return answer_about_deferred(client, a);
    if (prefers_async(head) && settings_.async_capacity > 0) {
        if (const auto id = deferred_.begin()) return defer(client, a, *id);
        a.status = 503;
        a.extra_lines = retry_later;
        return say(client, a, "too many requests wait for their answers to be fetched");
    }
    service::verdict v = perform(client, a.id);
    if (v.what == service::verdict::kind::left) return false;
    if (v.what == service::verdict::kind::answered) return pass_on(client, a, std::move(v));
    return explain(client, a, v);
}

request_traits front::traits_of(const http::server_connection& client, request_id id) const {
    const http::request_head& head = client.request();
    return {id, may_retry(settings_.retry, head), urgency_of(head), address_of(client)};
}

service::verdict front::perform(http::server_connection& client, request_id id) {
    service::job j(traits_of(client, id));
    struct leaving final : http::server_connection::absence {
        explicit leaving(service::job& of) : job(of) {}
        void client_has_left() noexcept override { job.leave(); }
        service::job& job;
    } when_it_leaves(j);
    const std::shared_ptr<service> by = service_; // other settings may come meanwhile
    const auto watched = client.watch(when_it_leaves);
    service::verdict v = by->perform(j, client.head_bytes(), client.content());
    if (v.what == service::verdict::kind::quarantined) set_aside(v, id, client.head_bytes(), client.content());
    if (by != service_) something_ended_.set(); // the old one may have waited for this
    return v;
}

bool front::pass_on(http::server_connection& client, answer& a, service::verdict v) {
    const std::string_view lines = v.bytes.text().substr(0, v.says.line_bytes);
    const std::string_view body = v.bytes.text().substr(v.says.line_bytes);
    a.status = v.says.status;
    a.content_type = type_of(v.says);
    const bool to_head = client.request().method == http::verb::head;
    a.content_length = length_of(v.says, body.size(), to_head);
    a.worker = v.worker;
    a.timing = server_timing{v.waited, v.says.ended - v.says.began};
    a.keep_alive &= !watchdog_.stopping();
    count(a);
    const answer_head head(a);
    const std::string_view sent_body = to_head ? std::string_view{} : body;
    constexpr std::string_view end_of_head = "\r\n";
    const std::size_t all = head.text().size() + lines.size() + end_of_head.size() + sent_body.size();
    const auto sent = client.write_now({head.text(), lines, end_of_head, sent_body});
    std::string rest;
    if (sent && *sent < all) {
        // The client reads slowly. What it has not taken is copied out: it must not hold the workers' memory.
        rest.append(head.text()).append(lines).append(end_of_head).append(sent_body).erase(0, *sent);
    }
    v.bytes.release();
    return sent && (rest.empty() || client.write(rest));
}

void front::count(const answer& a) noexcept {
    if (!a.is_for_operator) ++metrics_.answers[a.status];
}

/// An answer of the front's own: one line of text.
bool front::say(http::server_connection& client, answer& a, const std::string& text) {
    return send(client, a, text.empty() ? text : text + "\n");
}

bool front::send(http::server_connection& client, answer& a, std::string_view body) {
    a.content_length = body.size();
    a.keep_alive &= !watchdog_.stopping();
    count(a);
    std::string all(answer_head(a).text());
    all += "\r\n";
    if (client.request().method != http::verb::head && !http::has_no_content(a.status)) all += body;
    return client.write(all);
}

/// Tells the client why there is no answer.
bool front::explain(http::server_connection& client, answer& a, const service::verdict& v) {
    a.worker = v.worker;
    a.status = status_of(v.what);
    if (a.status == 503) a.extra_lines = retry_later;
    return say(client, a, v.text);
}

void front::refuse(http::server_connection& client, answer a) {
    a.status = client.why().status;
    a.keep_alive = false;
    if (say(client, a, std::string(client.why().reason))) client.close_gently();
}

void front::set_aside(const service::verdict& v, request_id id, std::string_view head, std::string_view body) {
    std::array<char, 24> room;
    const std::string name(write_id(id, room));
    http::request_head read;
    static_cast<void>(http::parse_head(head, read)); // once more: these bytes are right
    log("request " + name + " is set aside: " + v.text);
    quarantine_.add(
        {name, std::string(read.method_text), std::string(read.target), std::string(head), std::string(body), v.text,
         std::chrono::system_clock::now()});
}

} // namespace plait::intake
