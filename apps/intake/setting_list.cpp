// Copyright 2026 the plait authors. Boost Software License 1.0
#include "forms.hpp"
#include "setting_list.hpp"

#include <type_traits>
#include <utility>

namespace plait::intake {
namespace {

using namespace std::chrono_literals;

template <class Form>
inline constexpr bool is_number_form = false;
template <class T>
inline constexpr bool is_number_form<forms::number<T>> = true;

class list_maker {
public:
    explicit list_maker(std::vector<setting>& to) : to_(&to) {}

    void chapter(std::string_view name) { chapter_ = name; }

    template <class T, class Form>
    void add(std::string name, T& target, Form form, std::string help) {
        to_->push_back(
            {chapter_, std::move(name), std::move(help), form.placeholder(), form.accepts(), is_number_form<Form>,
             [&target, form](std::string_view text) {
                 auto value = form.read(text);
                 if (value) target = *std::move(value);
                 return value.has_value();
             },
             [&target, form] { return form.write(target); }});
    }

private:
    std::vector<setting>* to_;
    std::string_view chapter_;
};

void add_workers(list_maker& list, settings& s) {
    list.chapter("workers");
    list.add(
        "handler", s.handler, forms::handler{},
        "what answers a request: echo, with its body; hash, with the SHA-256 of its body; sleep:MILLISECONDS, with "
        "nothing "
        "after a while; library:FILE, a C++ function in a shared object; program:COMMAND, a program that reads "
        "requests from "
        "its standard input, one JSON object a line (no shell is involved); upstream:URL, another HTTP server, which "
        "it is passed on to");
    list.add(
        "workers", s.workers, forms::number<unsigned>{1, 1024},
        "worker processes, at most; each works on one request at a time");
    list.add(
        "min-workers", s.min_workers, forms::optional<forms::number<unsigned>>{{1, 1024}, "all"},
        "worker processes that are always there; the others come while requests wait, and go when they are idle");
    list.add(
        "high-depth", s.high_depth, forms::number<std::size_t>{0, 1048576},
        "while more requests than this wait, another worker is started, and one more after each high-age");
    list.add(
        "high-age", s.high_age, forms::time{0ms, 24h},
        "while a request waits longer than this, another worker is started, and one more after each such time");
    list.add(
        "idle-time", s.idle_time, forms::time{1ms, 24h},
        "when there has been a worker too many for so long, one ends, down to min-workers");
    list.add(
        "work-time", s.work_time, forms::time{1ms, 24h},
        "how long a worker may work on one request; then it is killed, and the client gets 504");
    list.add(
        "max-requests-per-worker", s.max_requests_per_worker, forms::number<std::uint64_t>{0, 1'000'000'000'000},
        "after so many requests a new process takes a worker's place; 0: never");
    list.add(
        "max-worker-memory", s.max_worker_memory, forms::size{0, std::uint64_t{1} << 40},
        "a worker whose resident memory has grown beyond this is replaced, after the request it is at; 0: no limit");
    list.add(
        "max-answer", s.max_answer, forms::size{1024, 256 << 20},
        "the largest body that a worker may answer with; more is answered 502");
    list.add(
        "quarantine-after", s.quarantine_after, forms::number<unsigned>{1, 1000},
        "a request that may be started again (see retry) and has killed so many workers is set aside, and answered "
        "502");
    list.add(
        "front-cpus", s.front_cpus, forms::processors{},
        "processors on which the front may run; if nothing is said, all");
    list.add(
        "worker-cpus", s.worker_cpus, forms::processors{},
        "processors on which workers may run; if nothing is said, all");
}

void add_requests(list_maker& list, settings& s) {
    list.chapter("requests");
    list.add(
        "queue-capacity", s.queue_capacity, forms::number<std::size_t>{1, 1048576},
        "how many requests may wait for a worker; one too many is answered 503");
    list.add(
        "overload", s.overload,
        forms::choice<overload_policy>{
            {{"reject-newest", overload_policy::reject_newest},
             {"drop-oldest", overload_policy::drop_oldest},
             {"priority", overload_policy::priority}}},
        "who gets the 503 when too many wait: the one that comes, the one that has waited longest, or the least "
        "urgent (header Priority, u=0 to u=7, RFC 9218), which is also served last");
    list.add(
        "deadline", s.deadline, forms::time{1ms, 24h},
        "how long a request may wait for a worker; then none gets it, and the client gets 504");
    list.add(
        "retry", s.retry,
        forms::choice<retry_policy>{
            {{"idempotent", retry_policy::idempotent},
             {"always", retry_policy::always},
             {"never", retry_policy::never}}},
        "which requests are started again if a worker dies at them (for the others the client gets 502); GET, HEAD, "
        "OPTIONS, "
        "PUT, DELETE and those with an Idempotency-Key are idempotent");
    list.add(
        "quarantine-capacity", s.quarantine_capacity, forms::number<std::size_t>{0, 1'000'000},
        "how many requests that were set aside are kept, to be seen, replayed or deleted at the admin address");
    list.add(
        "async-capacity", s.async_capacity, forms::number<std::size_t>{0, 1'000'000},
        "how many requests with the header Prefer: respond-async, which are answered 202 at once, may be under way or "
        "have "
        "answers that wait to be fetched; 0: the header is ignored");
    list.add("async-keep", s.async_keep, forms::time{1s, 24h}, "how long the answers of those wait to be fetched");
}

void add_clients(list_maker& list, settings& s) {
    list.chapter("clients");
    list.add(
        "max-connections", s.max_connections, forms::number<std::size_t>{1, 1'000'000},
        "connections at a time; one too many is answered 503 and closed");
    list.add(
        "max-connections-per-address", s.max_connections_per_address, forms::number<std::size_t>{1, 1'000'000},
        "connections at a time from one client's address; one too many is answered 503 and closed");
    list.add(
        "max-requests-per-connection", s.max_requests_per_connection,
        forms::number<std::uint64_t>{1, 1'000'000'000'000}, "after so many requests a connection is closed");
    list.add(
        "header-time", s.header_time, forms::time{1ms, 24h},
        "how long a request's header may take from its first byte to its last; more is answered 408");
    list.add(
        "idle-connection", s.idle_connection, forms::time{1ms, 24h},
        "a connection on which no request begins for so long is closed");
    list.add(
        "min-body-rate", s.min_body_rate, forms::size{1, 1 << 30},
        "how many bytes of a body must come, or of an answer be taken, each second, once the first ten seconds are "
        "over; a "
        "body that comes more slowly is answered 408, and a client that reads more slowly is left");
    list.add(
        "max-headers", s.max_headers, forms::number<std::size_t>{1, 10'000},
        "how many header lines a request may have; more is answered 431");
    list.add(
        "max-header-bytes", s.max_header_bytes, forms::size{256, 1 << 20},
        "how large all header lines of a request may be together; more is answered 431");
    list.add(
        "max-target", s.max_target, forms::size{16, 1 << 20},
        "how long a request's target (the path and the query) may be; more is answered 414");
    list.add(
        "max-body", s.max_body, forms::size{0, 64 << 20}, "how large a request's body may be; more is answered 413");
}

} // namespace

std::vector<setting> settings_of(settings& s) {
    std::vector<setting> all;
    list_maker list(all);
    list.chapter("addresses");
    list.add(
        "listen", s.listen, forms::endpoint{},
        "where clients come; port 0 takes a free one and prints it. A socket that a service manager passes goes before "
        "it");
    list.add(
        "admin", s.admin, forms::optional<forms::endpoint>{{}, "off"},
        "where operators find health, metrics, a status page and the quarantine; keep clients away from it");
    add_workers(list, s);
    add_requests(list, s);
    add_clients(list, s);
    list.chapter("the program");
    list.add(
        "drain-time", s.drain_time, forms::time{0ms, 24h},
        "how long requests in flight may take after SIGTERM; then they are answered 503, and workers are killed");
    list.add(
        "log", s.log, forms::choice<log_format>{{{"text", log_format::text}, {"json", log_format::json}}},
        "how the lines on standard error look");
    list.add(
        "audit", s.audit, forms::path{},
        "a file to which a worker appends a line before it begins with a request, its process id and the target; to "
        "count "
        "afterwards what was begun, and how often");
    return all;
}

} // namespace plait::intake
