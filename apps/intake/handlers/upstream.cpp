// Copyright 2026 the plait authors. Boost Software License 1.0
//
//   worker ──request──▶ upstream        one connection, kept alive; one request at a time
//          ◀──answer───
//
// Another HTTP server answers. Its answer comes back whole, or not at all: then the client gets 502, or 504 if it was too slow.
// That costs no worker: the time ends before the pool's does.
#include "answer_text.hpp"
#include "forwarding.hpp"
#include "upstream_address.hpp"

#include <plait/http/client.hpp>

#include <algorithm>
#include <chrono>
#include <intake/log.hpp>
#include <intake/retry.hpp>
#include <stdexcept>

#include <unistd.h>

namespace plait::intake {
namespace {

using namespace std::chrono_literals;

upstream_address parse(const std::string& text) {
    if (auto address = upstream_address::parse(text)) return *std::move(address);
    throw std::runtime_error("upstream:" + text + " is no address");
}

/// A little less than the worker has, so that there is time to say what happened.
duration time_for(duration work_time) { return work_time - std::min<duration>(work_time / 5, 500ms); }

http::client new_client(const worker_settings& s) {
    http::response_limits limits;
    limits.body = s.max_answer;
    // Servers close idle connections after 5 s and more, most of them; a request that meets that may be lost.
    return http::client({.connections_per_origin = 1, .connections = 1, .idle_time = 4s, .answer = limits});
}

bool took_too_long(http::fault what) noexcept {
    return what == http::fault::connect_timed_out || what == http::fault::first_byte_timed_out ||
           what == http::fault::timed_out;
}

/// Logs at most one line a second: an upstream that is away fails every request.
class complaints {
public:
    void add(const std::string& text) {
        const auto now = std::chrono::steady_clock::now();
        if (now < next_) {
            ++unsaid_;
            return;
        }
        next_ = now + 1s;
        log("worker " + std::to_string(::getpid()) + ": " + text +
            (unsaid_ == 0 ? "" : "; " + std::to_string(unsaid_) + " more requests had no answer since the last line"));
        unsaid_ = 0;
    }

private:
    std::chrono::steady_clock::time_point next_{};
    std::uint64_t unsaid_ = 0;
};

class passing final : public answering {
public:
    explicit passing(const worker_settings& s) : passing(s, parse(s.handler.argument)) {}

private:
    passing(const worker_settings& s, upstream_address to)
        : server_(std::move(to.server)),
          time_(time_for(s.work_time)),
          retry_(s.retry),
          client_(new_client(s)),
          request_(std::move(to.prefix)),
          text_(s.max_answer) {}

    outgoing answer(const incoming& from) override {
        try {
            return ask(from);
        } catch (const http::client_error& e) {
            return write_failure(took_too_long(e.what_failed()) ? 504 : 502, describe(e));
        } catch (const faulty_answer& e) {
            return write_failure(502, "the upstream " + server_.to_string() + ": " + e.what());
        }
    }

    outgoing ask(const incoming& from) {
        http::request r = request_.read(from);
        r.idempotent = may_retry(retry_, request_.head()); // as the front decides about requests whose worker has died
        r.body_limit = text_.max_body();
        r.timeouts = {.connect = time_, .first_byte = time_, .total = time_};
        http::response found = client_.send(server_, r);
        read_head(found.head());
        answer_.body = found.read_all();
        outgoing out = text_.write(answer_);
        if (request_.head().method == http::verb::head) state_size(out.says, found.head());
        return out;
    }

    void read_head(const http::response_head& head) {
        answer_.status = head.status;
        answer_.content_type.clear();
        answer_.headers.clear();
        for (const http::field& f : head.fields)
            if (is_end_to_end(f, head.fields) && !answer_text::is_of_the_front(f.name))
                answer_.headers.emplace_back(f.name, f.value);
    }

    static void state_size(reply& says, const http::response_head& head) {
        const bool states = head.find(http::field_name::content_length) != nullptr;
        says.size = states ? reply::sizing::stated : reply::sizing::untold;
        says.stated_size = head.content_length;
    }

    std::string describe(const http::client_error& e) const {
        std::string text = std::string("the upstream ") + e.what();
        if (e.what_failed() == http::fault::body_too_large)
            text += "; at most " + std::to_string(text_.max_body()) + " bytes are passed on (max-answer)";
        return text;
    }

    outgoing write_failure(unsigned status, const std::string& why) {
        complaints_.add(why);
        outgoing out = text_.write_fault(faulty_answer(why));
        out.says.status = static_cast<std::uint16_t>(status);
        out.says.how = reply::outcome::unanswered;
        return out;
    }

    const http::origin server_;
    const duration time_;
    const retry_policy retry_;
    http::client client_;
    forwarded_request request_;
    response answer_{};
    answer_text text_;
    complaints complaints_;
};

} // namespace

std::unique_ptr<answering> pass_to(const worker_settings& settings) { return std::make_unique<passing>(settings); }

} // namespace plait::intake
