// Copyright 2026 the plait authors. Boost Software License 1.0
#include "log.hpp"
#include "message.hpp"
#include "worker.hpp"

#include <plait/runtime/error.hpp>

#include <csignal>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

namespace plait::intake {
namespace {

class worker {
public:
    worker(ipc::byte_queue requests, ipc::byte_queue replies, const handler_settings& handler)
        : requests_(std::move(requests)), replies_(std::move(replies)), handler_(handler) {}

    void run() {
        for (;;) {
            try {
                answer(requests_.receive());
            } catch (const error& e) {
                if (e.code() != errc::message_malformed) throw;
                log(std::string("a request in the queue is damaged; it is dropped: ") + e.what());
            }
        }
    }

private:
    void answer(ipc::byte_lease lease) {
        if (const auto request = read_request(lease.data()))
            answer(*request);
        else
            log("a request in the queue is damaged; it is dropped");
        lease.ack();
    }

    void answer(const request_view& request) {
        request_header& header = *request.header;
        start_mark::value mark = header.mark.read();
        if (mark.started_by != 0) { // that worker died on it
            ++mark.kills;
            if (!header.may_retry) return give_up(header.id, reply_kind::lost, mark);
            if (mark.kills >= most_kills) return give_up(header.id, reply_kind::deadly, mark);
        }
        header.mark.write({self_, mark.kills});
        try {
            reply(
                {.id = header.id, .kind = reply_kind::answer, .worker = self_},
                handle(handler_, request.body, scratch_));
        } catch (const std::exception& e) {
            const std::string_view reason = e.what();
            reply({.id = header.id, .kind = reply_kind::failure, .worker = self_}, std::as_bytes(std::span(reason)));
        }
    }

    void give_up(request_id id, reply_kind kind, const start_mark::value& mark) {
        reply({.id = id, .kind = kind, .worker = self_, .dead_worker = mark.started_by, .kills = mark.kills}, {});
    }

    void reply(const reply_header& header, std::span<const std::byte> body) {
        ipc::loan room = replies_.prepare(sizeof(header) + body.size());
        write_reply(room.data(), header, body);
        std::move(room).send();
    }

    ipc::byte_queue requests_, replies_;
    handler_settings handler_;
    pid_t self_ = ::getpid();
    std::vector<std::byte> scratch_;
};

} // namespace

int worker_main(ipc::byte_queue requests, ipc::byte_queue replies, handler_settings handler) {
    std::signal(SIGTERM, SIG_IGN);
    std::signal(SIGINT, SIG_IGN);
    try {
        worker(std::move(requests), std::move(replies), handler).run();
    } catch (const queue_closed&) {
        // The front has drained.
    }
    return 0;
}

} // namespace plait::intake
