// Copyright 2026 the plait authors. Boost Software License 1.0
//
// One connection: requests in, answers out, in order.
#include "front.hpp"
#include "log.hpp"

#include <plait/ipc/task_error.hpp>
#include <plait/runtime/error.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace plait::intake {
namespace {

std::string_view content_type_of(handler_kind kind) noexcept {
    return kind == handler_kind::hash ? "text/plain" : "application/octet-stream";
}

std::span<const std::byte> bytes_of(std::string_view text) noexcept { return std::as_bytes(std::span(text)); }

/// What to tell the client whose request has failed; sets what the head of the answer says of it.
std::string explain(const std::exception_ptr& failure, answer& a) {
    try {
        std::rethrow_exception(failure);
    } catch (const ipc::worker_exited& e) {
        a.status = 502;
        a.worker = e.pid();
        const std::string text = "worker " + std::to_string(e.pid()) + " " + ipc::describe_end(e.exit_code()) +
                                 " while it worked on this request, ";
        if (const auto* poisoned = dynamic_cast<const ipc::task_poisoned*>(&e))
            return text + "as did " + std::to_string(poisoned->deaths() - 1) + " before it";
        return text + "which may not be started again";
    } catch (const ipc::remote_error& e) {
        a.status = 500;
        return "the handler failed: " + e.text();
    } catch (const error& e) {
        if (e.code() != errc::pool_broken) throw;
        a.status = 503;
        a.extra_lines = "Retry-After: 1\r\n";
        return "there are no workers";
    }
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

    const auto place = admission_.enter(client.request().target.size() + client.content().size());
    if (!place) {
        a.status = 503;
        a.extra_lines = "Retry-After: 1\r\n";
        return say(client, a, "too many requests are waiting; try again in a second");
    }
    std::optional<work_result> result;
    std::exception_ptr failure;
    try {
        result = submit(client).get();
    } catch (const std::exception&) { // the answer is not written here: that waits
        failure = std::current_exception();
    }
    if (!failure) return pass_on(client, a, *std::move(result));
    const std::string text = explain(failure, a);
    return say(client, a, text);
}

future<work_result> front::submit(const http::server_connection& client) {
    const http::request_head& head = client.request();
    return workers_.submit(
        ipc::task_options{.idempotent = may_retry(settings_.retry, head)}, plait::fn<&answer_in_worker>, head.method,
        bytes_of(head.target), bytes_of(client.content()));
}

bool front::pass_on(http::server_connection& client, answer& a, work_result result) {
    auto& [worker, body] = result;
    ++answered_;
    a.content_type = content_type_of(settings_.handler.kind);
    a.worker = worker;
    a.content_length = body.bytes().size();
    a.keep_alive &= !watchdog_.stopping();
    const answer_head head(a, run_id_);
    const std::string_view sent_body = client.request().method == http::verb::head ? std::string_view{} : body.text();
    const auto sent = client.write_now({head.text(), sent_body});
    std::string rest;
    if (sent && *sent < head.text().size() + sent_body.size()) {
        // The client reads slowly. What it has not taken is copied out: it must not hold the workers' memory.
        rest.append(head.text()).append(sent_body).erase(0, *sent);
    }
    body.release();
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
