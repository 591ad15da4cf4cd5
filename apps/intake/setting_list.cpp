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
            {chapter_, std::move(name), std::move(help), form.accepts(), is_number_form<Form>,
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
        "what the workers do with a request: return its body (echo), its SHA-256 (hash), or nothing after a while "
        "(sleep); call a C++ function in a shared object (library); have a program answer that reads requests from its "
        "standard input (program, without a shell); or ask another HTTP server (upstream)");
    list.add("workers", s.workers, forms::number<unsigned>{1, 1024}, "worker processes, at most");
    list.add(
        "min-workers", s.min_workers, forms::optional<forms::number<unsigned>>{{1, 1024}, "all"},
        "worker processes that are always there; the others come when requests wait, and go when they are idle");
    list.add(
        "high-depth", s.high_depth, forms::number<std::size_t>{0, 1048576},
        "while more requests than this wait, another worker is started, and after each high-age one more");
    list.add("high-age", s.high_age, forms::time{0ms, 24h}, "while a request waits longer than this, another worker is started, and after as long one more");
    list.add("idle-time", s.idle_time, forms::time{1ms, 24h}, "after so long with a worker too many, one ends");
    list.add(
        "work-time", s.work_time, forms::time{1ms, 24h},
        "a worker may work so long on one request; then it is killed, and the client gets 504");
    list.add(
        "max-requests-per-worker", s.max_requests_per_worker, forms::number<std::uint64_t>{0, 1'000'000'000'000},
        "after so many requests another process takes a worker's place; 0: never");
    list.add(
        "max-worker-memory", s.max_worker_memory, forms::size{0, std::uint64_t{1} << 40},
        "a worker whose memory (resident) has grown beyond is replaced after the request; 0: no limit");
    list.add(
        "max-answer", s.max_answer, forms::size{1024, 256 << 20}, "a worker's answer may be so large; more: 502");
    list.add(
        "quarantine-after", s.quarantine_after, forms::number<unsigned>{1, 1000},
        "a request that was started again and has killed so many workers is set aside: 502");
    list.add("front-cpus", s.front_cpus, forms::processors{}, "where the front may run; nothing: anywhere");
    list.add("worker-cpus", s.worker_cpus, forms::processors{}, "where workers may run; nothing: anywhere");
}

void add_requests(list_maker& list, settings& s) {
    list.chapter("requests");
    list.add(
        "queue-capacity", s.queue_capacity, forms::number<std::size_t>{1, 1048576},
        "requests that may wait for a worker; more are answered 503");
    list.add(
        "overload", s.overload,
        forms::choice<overload_policy>{
            {{"reject-newest", overload_policy::reject_newest},
             {"drop-oldest", overload_policy::drop_oldest},
             {"priority", overload_policy::priority}}},
        "who gets the 503 when all places are taken: the one that comes, the one that has waited longest, or the least "
        "urgent (header Priority: u=0 to u=7, RFC 9218), which is also served last");
    list.add(
        "deadline", s.deadline, forms::time{1ms, 24h},
        "a request may wait so long for a worker; then no worker gets it, and the client gets 504");
    list.add(
        "retry", s.retry,
        forms::choice<retry_policy>{
            {{"idempotent", retry_policy::idempotent}, {"always", retry_policy::always}, {"never", retry_policy::never}}},
        "which requests are started again when the worker that had started them died; GET, HEAD, OPTIONS, PUT, DELETE "
        "and those with an Idempotency-Key are idempotent");
    list.add(
        "quarantine-capacity", s.quarantine_capacity, forms::number<std::size_t>{0, 1'000'000},
        "requests that are kept after they were set aside, to be seen, replayed or deleted");
    list.add(
        "async-capacity", s.async_capacity, forms::number<std::size_t>{0, 1'000'000},
        "requests with Prefer: respond-async that may be under way or wait to be fetched; 0: the preference is ignored");
    list.add("async-keep", s.async_keep, forms::time{1s, 24h}, "how long their answers wait to be fetched");
}

void add_clients(list_maker& list, settings& s) {
    list.chapter("clients");
    list.add(
        "max-connections", s.max_connections, forms::number<std::size_t>{1, 1'000'000},
        "connections; more are answered 503 and closed");
    list.add(
        "max-connections-per-address", s.max_connections_per_address, forms::number<std::size_t>{1, 1'000'000},
        "connections of one client's address; more are answered 503 and closed");
    list.add(
        "max-requests-per-connection", s.max_requests_per_connection,
        forms::number<std::uint64_t>{1, 1'000'000'000'000}, "then the connection is closed");
    list.add(
        "header-time", s.header_time, forms::time{1ms, 24h}, "for the header of a request, from its first byte: 408");
    list.add("idle-connection", s.idle_connection, forms::time{1ms, 24h}, "a connection without requests is closed");
    list.add(
        "min-body-rate", s.min_body_rate, forms::size{1, 1 << 30}, "a second, after the first ten seconds: 408");
    list.add("max-headers", s.max_headers, forms::number<std::size_t>{1, 10'000}, "field lines of a request: 431");
    list.add("max-header-bytes", s.max_header_bytes, forms::size{256, 1 << 20}, "of all field lines: 431");
    list.add("max-target", s.max_target, forms::size{16, 1 << 20}, "of the request target: 414");
    list.add("max-body", s.max_body, forms::size{0, 64 << 20}, "of a request's body; more is answered 413");
}

} // namespace

std::vector<setting> settings_of(settings& s) {
    std::vector<setting> all;
    list_maker list(all);
    list.chapter("addresses");
    list.add("listen", s.listen, forms::endpoint{}, "where clients come; port 0 takes a free one and prints it");
    list.add(
        "admin", s.admin, forms::optional<forms::endpoint>{{}, "off"},
        "where health, metrics, the status page and the quarantine are; keep it away from clients");
    add_workers(list, s);
    add_requests(list, s);
    add_clients(list, s);
    list.chapter("the program");
    list.add(
        "drain-time", s.drain_time, forms::time{0ms, 24h}, "after SIGTERM, requests that take longer are given up: 503");
    list.add(
        "log", s.log, forms::choice<log_format>{{{"text", log_format::text}, {"json", log_format::json}}},
        "how lines on standard error look");
    list.add(
        "audit", s.audit, forms::path{},
        "before a worker begins with a request, it appends a line to this file, its process id and the target; to count "
        "afterwards what was begun, and how often");
    return all;
}

} // namespace plait::intake
