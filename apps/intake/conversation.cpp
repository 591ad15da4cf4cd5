// Copyright 2026 the plait authors. Boost Software License 1.0
//
// One connection: requests in, answers out, in order.
#include "front.hpp"
#include "log.hpp"

#include <plait/runtime/error.hpp>

#include <exception>
#include <utility>

namespace plait::intake {
namespace {

std::string_view content_type_of(handler_kind kind) noexcept {
    return kind == handler_kind::hash ? "text/plain" : "application/octet-stream";
}

std::string_view text_of(std::span<const std::byte> bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace

void front::serve(boost::asio::ip::tcp::socket socket) {
    struct ended {
        front& f;
        ~ended() {
            --f.connections_;
            f.connection_ended_.set();
        }
    } at_the_end{*this};
    try {
        http::server_connection client(std::move(socket), watchdog_, limits_);
        converse(client);
    } catch (const std::exception& e) {
        log(std::string("a connection ended with an error: ") + e.what());
    }
}

void front::converse(http::server_connection& client) {
    using outcome = http::server_connection::outcome;
    for (;;) {
        outcome o = client.read_head();
        if (o == outcome::ready) o = client.read_body(settings_.max_body);
        if (o == outcome::closed) return;
        ++requests_seen_;
        if (o == outcome::refused) return refuse(client);
        if (!answer_request(client)) return;
        if (!client.request().keep_alive || watchdog_.stopping()) return client.close_gently();
        client.next();
    }
}

answer front::new_answer(const http::server_connection& client) {
    return {
        .content_type = "text/plain",
        .request_number = requests_seen_,
        .date_line = watchdog_.date_line(),
        .keep_alive = client.request().keep_alive,
        .version = client.request().version};
}

// False: the connection cannot go on. What is written on the connection after this is the next answer, so everything
// here is sent in full or not at all.
bool front::answer_request(http::server_connection& client) {
    answer a = new_answer(client);
    if (client.request().target == "*") { // OPTIONS * asks about the server itself
        a.status = 204;
        a.extra_lines = "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n";
        a.keep_alive &= !watchdog_.stopping();
        return client.write(answer_head(a, run_id_).text());
    }

    waiting w;
    const auto id = waiting_.add(w);
    // Whatever happens now, nobody may find `w` once it is gone.
    struct leave_table {
        front& f;
        std::optional<request_id> id;
        ~leave_table() {
            if (id) f.waiting_.take(*id);
        }
    } at_the_end{*this, id};

    if (!id || !put_request(client, *id)) {
        a.status = 503;
        a.extra_lines = "Retry-After: 1\r\n";
        return say(client, a, "too many requests are waiting; try again in a second");
    }
    w.done.wait();
    return pass_on(client, w, a);
}

// False: there is no room in the queue.
bool front::put_request(http::server_connection& client, request_id id) {
    const http::request_head& head = client.request();
    auto room = requests_.try_prepare(request_bytes(head.target.size(), client.content().size()));
    if (!room) return false;
    write_request(room->data(), id, head, client.content(), may_retry(settings_.retry, head));
    std::move(*room).send();
    return true;
}

bool front::pass_on(http::server_connection& client, waiting& w, answer& a) {
    const reply_header reply = w.reply.header;
    a.worker = reply.worker;
    switch (reply.kind) {
    case reply_kind::answer: break;
    case reply_kind::failure: {
        a.status = 500;
        const std::string reason(text_of(w.reply.body));
        w.message->ack();
        return say(client, a, "the handler failed: " + reason);
    }
    case reply_kind::lost:
    case reply_kind::deadly: {
        w.message->ack();
        a.status = 502;
        a.worker = reply.dead_worker;
        std::string text =
            "worker " + std::to_string(reply.dead_worker) + " " + crew_.cause_of_death(reply.dead_worker);
        if (reply.kind == reply_kind::lost)
            text += " while it worked on this request, which may not be started again";
        else
            text += " while it worked on this request, as did " + std::to_string(reply.kills - 1) + " before it";
        return say(client, a, text);
    }
    default: // a worker wrote what no worker writes
        w.message->ack();
        a.status = 500;
        return say(client, a, "the worker's reply is damaged");
    }

    ++answered_;
    a.content_type = content_type_of(settings_.handler.kind);
    a.content_length = w.reply.body.size();
    a.keep_alive &= !watchdog_.stopping();
    const answer_head head(a, run_id_);
    const std::string_view body =
        client.request().method == http::verb::head ? std::string_view{} : text_of(w.reply.body);
    const auto sent = client.write_now({head.text(), body});
    std::string rest;
    if (sent && *sent < head.text().size() + body.size()) {
        // The client reads slowly. What it has not taken is copied out: it must not hold the workers' memory.
        rest.append(head.text()).append(body).erase(0, *sent);
    }
    w.message->ack();
    return sent && (rest.empty() || client.write(rest));
}

/// An answer of the front's own: one line of text, which names the request.
bool front::say(http::server_connection& client, answer& a, const std::string& text) {
    const std::string body = text + "\n";
    a.content_length = body.size();
    a.keep_alive &= !watchdog_.stopping();
    std::string all(answer_head(a, run_id_).text());
    if (client.request().method != http::verb::head) all += body;
    return client.write(all);
}

void front::refuse(http::server_connection& client) {
    answer a = new_answer(client);
    a.status = client.why().status;
    a.keep_alive = false;
    if (say(client, a, std::string(client.why().reason))) client.close_gently();
}

} // namespace plait::intake
