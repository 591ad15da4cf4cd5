// Copyright 2026 the plait authors. Boost Software License 1.0
#include "log.hpp"
#include "service.hpp"

#include <plait/ipc/task_error.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/loop.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

namespace plait::intake {
namespace {

using kind = service::verdict::kind;

constexpr std::size_t most_workers = 1024; // that SIGTTIN may add up to
constexpr const char* too_many = "too many requests are waiting; try again in a second";
constexpr const char* too_late = "no worker was free within the deadline";

/// Room for requests, and as much for answers: a kilobyte for each that may wait, and a few of the largest in any case.
std::size_t room_for_messages(const settings& s) {
    const std::uint64_t request = s.max_target + s.max_header_bytes + s.max_body;
    const std::uint64_t largest = std::max(request, s.max_answer + 64 * 1024) + 1024;
    constexpr std::uint64_t enough_for_large_ones = 32 << 20, most = 1 << 30;
    return static_cast<std::size_t>(
        std::min(most, std::max({s.queue_capacity * 1024, 2 * largest, std::min(8 * largest, enough_for_large_ones)})));
}

void log_worker(const ipc::worker_event& e) {
    const std::string worker = "worker " + std::to_string(e.pid);
    switch (e.what) {
    case ipc::worker_event::kind::started:
        if (e.predecessor != 0) log(worker + " takes the place of " + std::to_string(e.predecessor));
        return;
    case ipc::worker_event::kind::ended: log(worker + " " + ipc::describe_end(e.exit_code)); return;
    case ipc::worker_event::kind::held_back:
        log("workers die too often, the last one " + worker + "; the next is started in a few seconds");
        return;
    }
}

// Restarts are bounded as in OTP supervisors: so many workers may die in vain in so long a time, then the next one waits until
// the time is over. Requests wait meanwhile; they are not lost.
ipc::process_pool_options pool_options(const settings& s, std::function<void(const ipc::worker_event&)> tell) {
    return {
        .workers = s.workers,
        .min_workers = s.min_workers.value_or(s.workers),
        .seats = most_workers,
        .high_depth = s.high_depth,
        .low_age = s.high_age,
        .high_age = s.high_age,
        .grow_after = s.high_age,
        .idle_time = s.idle_time,
        .name = "intake",
        .max_tasks_per_worker = s.max_requests_per_worker,
        .poison_limit = s.quarantine_after,
        .max_restarts = 50,
        .restart_period = std::chrono::seconds(5),
        .gives_up = false,
        .on_worker = std::move(tell),
        .priorities = s.overload == overload_policy::priority,
        .message_bytes = room_for_messages(s)};
}

worker_settings settings_of_workers(const settings& s) {
    // A process that is started runs where its starter does, if it is not told otherwise.
    const bool frees = s.worker_cpus.empty() && !s.front_cpus.empty();
    return {
        .handler = s.handler,
        .max_answer = s.max_answer,
        .max_memory = s.max_worker_memory,
        .cpus = frees ? "0-1023" : s.worker_cpus,
        .log = s.log,
        .audit = s.audit,
        .work_time = s.work_time,
        .retry = s.retry};
}

nanoseconds now() { return std::chrono::steady_clock::now().time_since_epoch(); }

std::span<const std::byte> bytes_of(std::string_view text) noexcept { return std::as_bytes(std::span(text)); }

/// What can change while the workers go on.
void take_over(settings& to, const settings& from) {
    const handler_settings handler = to.handler;
    settings taken = from;
    taken.handler = handler;
    taken.high_depth = to.high_depth;
    taken.high_age = to.high_age;
    taken.idle_time = to.idle_time;
    taken.max_requests_per_worker = to.max_requests_per_worker;
    taken.max_worker_memory = to.max_worker_memory;
    taken.quarantine_after = to.quarantine_after;
    taken.worker_cpus = to.worker_cpus;
    taken.log = to.log;
    taken.audit = to.audit;
    if (handler.kind == handler_kind::upstream) { // its workers keep to these themselves
        taken.work_time = to.work_time;
        taken.retry = to.retry;
    }
    // The room for messages depends on these.
    taken.max_answer = to.max_answer;
    taken.queue_capacity = to.queue_capacity;
    taken.max_target = to.max_target;
    taken.max_header_bytes = to.max_header_bytes;
    taken.max_body = to.max_body;
    // Only a pool that is made for it goes by urgency.
    if ((taken.overload == overload_policy::priority) != (to.overload == overload_policy::priority))
        taken.overload = to.overload;
    to = taken;
}

std::string worker_text(const ipc::worker_exited& e) {
    return "worker " + std::to_string(e.pid()) + " " + ipc::describe_end(e.exit_code()) +
           " while it worked on this request, ";
}

} // namespace

bool service::job::drop() noexcept {
    result_.cancel();
    return result_.is_cancelled();
}

void service::job::leave() noexcept {
    has_left_ = true;
    if (result_.valid()) static_cast<void>(drop());
}

/// What becomes of workers until the first has been proven: the start tells it, and not the log.
struct service::start {
    std::atomic<bool> is_over{false};
    event changed;
    std::mutex mutex;
    std::string last_end{"could not be started"}; // of a worker
    int ends = 0;

    void hear(const ipc::worker_event& e) {
        if (is_over) return log_worker(e);
        const std::scoped_lock lock(mutex);
        constexpr int enough = 10;
        if (e.what == ipc::worker_event::kind::ended) last_end = ipc::describe_end(e.exit_code);
        if (e.what == ipc::worker_event::kind::ended && ++ends < enough) return;
        if (e.what != ipc::worker_event::kind::started) changed.set();
    }
};

service::service(const settings& s, metrics& counts)
    : settings_(s),
      counts_(counts),
      message_bytes_(room_for_messages(s)),
      start_(std::make_shared<start>()),
      pool_(
          pool_options(s, [start = start_](const ipc::worker_event& e) { start->hear(e); }), plait::fn<&prepare_worker>,
          settings_of_workers(s)),
      deadline_(loop::current()->context()) {
    try {
        prove();
    } catch (...) {
        pool_.terminate(); // the pool's own end would wait for a worker that does not come as far as to end
        throw;
    }
    start_->is_over = true;
}

void service::prove() {
    auto proof = pool_.submit(plait::fn<&prove_worker>);
    proof.on_done([start = start_] { start->changed.set(); });
    start_->changed.wait();
    if (!proof.is_done()) {
        const std::scoped_lock lock(start_->mutex);
        throw std::runtime_error("the workers end before they can work; the last one " + start_->last_end);
    }
    try {
        std::move(proof).get();
    } catch (const ipc::remote_error& e) {
        throw std::runtime_error(e.text());
    }
}

/// A request that has its place, for as long as this lives.
class service::entered {
public:
    entered(service& of, job& j, std::size_t bytes) : of_(of), job_(j) { of.enter(j, bytes); }
    ~entered() { of_.leave(job_); }
    entered(const entered&) = delete;
    entered& operator=(const entered&) = delete;

private:
    service& of_;
    job& job_;
};

service::verdict service::perform(job& j, std::string_view head, std::string_view body) {
    const std::size_t bytes = head.size() + body.size();
    verdict v{.what = kind::crowded_out};
    if (bytes > message_bytes_ / 2) { // before it crowds out others in vain
        v = {.what = kind::too_large, .text = "the request is larger than the settings allow by now"};
    } else if (!make_room(j, bytes)) {
        v.text = too_many;
    } else {
        const nanoseconds submitted = now();
        j.give_up_at_ = submitted + settings_.deadline;
        const entered place(*this, j, bytes);
        try {
            j.result_ = pool_.submit(
                ipc::task_options{
                    .timeout = settings_.work_time,
                    .idempotent = j.of_.may_retry,
                    .priority = settings_.overload == overload_policy::priority ? static_cast<int>(j.of_.urgency) : 0},
                plait::fn<&answer_in_worker>, work_ticket{j.of_.id, j.of_.client, j.give_up_at_}, bytes_of(head),
                bytes_of(body));
            v = await(j, submitted);
        } catch (const std::exception&) {
            v = explain(j, std::current_exception());
        }
    }
    count(v);
    return v;
}

service::verdict service::await(job& j, nanoseconds submitted) {
    auto [says, bytes] = std::move(j.result_).get();
    if (says.how == reply::outcome::too_late) return {.what = kind::too_late, .text = too_late, .worker = says.worker};
    if (says.how == reply::outcome::faulty)
        log(std::string("worker ") + std::to_string(says.worker) + ": " + std::string(bytes.text()));
    return {
        .what = kind::answered,
        .says = says,
        .bytes = std::move(bytes),
        .waited = says.began - submitted,
        .worker = says.worker};
}

/// What became of a request that has no answer, and what to tell its client.
service::verdict service::explain(job& j, const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const ipc::task_poisoned& e) {
        return {
            .what = kind::quarantined,
            .text = worker_text(e) + "as did " + std::to_string(e.deaths() - 1) + " before it",
            .worker = e.pid()};
    } catch (const ipc::worker_exited& e) {
        return {.what = kind::died, .text = worker_text(e) + "which may not be started again", .worker = e.pid()};
    } catch (const ipc::task_timed_out&) {
        return {.what = kind::hung, .text = "the worker took too long, and was killed"};
    } catch (const ipc::remote_error& e) {
        return {.what = kind::failed, .text = "the handler failed: " + e.text()};
    } catch (const error& e) {
        if (e.code() == errc::task_cancelled) {
            if (j.has_left_) return {.what = kind::left};
            if (j.is_late_) return {.what = kind::too_late, .text = too_late};
            if (gives_up_) return {.what = kind::no_workers, .text = "the server stops"};
            return {.what = kind::crowded_out, .text = too_many};
        }
        if (e.code() == errc::pool_broken || e.code() == errc::pool_shut_down)
            return {.what = kind::no_workers, .text = gives_up_ ? "the server stops" : "there are no workers"};
        log(std::string("a request failed: ") + e.what());
    } catch (const std::exception& e) {
        log(std::string("a request failed: ") + e.what());
    }
    return {.what = kind::failed, .text = "the server failed"};
}

/// `bytes`: no more than the most.
bool service::fits(std::size_t bytes) const noexcept {
    const std::size_t most = message_bytes_ / 2;
    if (requests_ == 0) return true;
    return requests_ < settings_.queue_capacity + pool_.size() && bytes_ <= most - bytes;
}

bool service::make_room(const job& j, std::size_t bytes) {
    while (!fits(bytes)) {
        bool made = false;
        if (settings_.overload == overload_policy::drop_oldest) made = crowd_out(waiting_[0], true);
        if (settings_.overload == overload_policy::priority)
            for (std::size_t u = waiting_.size(); !made && u-- > j.of_.urgency + 1;)
                made = crowd_out(waiting_[u], false);
        if (!made) return false;
    }
    return true;
}

/// Turns away the first of the list that no worker has begun, or the last. False: there is none.
bool service::crowd_out(job_list& of, bool oldest) {
    while (!of.empty()) {
        job& j = oldest ? of.front() : of.back();
        of.erase(of.iterator_to(j)); // one that was begun cannot be turned away any more
        if (!j.drop()) continue;
        give_back(j);
        return true;
    }
    return false;
}

void service::enter(job& j, std::size_t bytes) {
    ++requests_;
    bytes_ += bytes;
    j.bytes_ = bytes;
    j.has_place_ = true;
    waiting_[settings_.overload == overload_policy::priority ? j.of_.urgency : 0].push_back(j);
    if (!is_watching_) watch_deadlines();
}

/// A worker that is late looks at the time itself; this is for requests that no worker comes to. One timer for all of them:
/// nearly none is still there when its time has come.
void service::watch_deadlines() {
    std::optional<nanoseconds> next;
    for (const job_list& of : waiting_)
        if (!of.empty()) next = std::min(next.value_or(nanoseconds::max()), of.front().give_up_at_);
    is_watching_ = next.has_value();
    if (!next) return;
    deadline_.expires_at(time_point(*next));
    deadline_.async_wait([weak = weak_from_this()](const boost::system::error_code& replaced) {
        const std::shared_ptr<service> self = weak.lock();
        if (replaced || !self) return;
        self->turn_away_the_late();
        self->watch_deadlines();
    });
}

void service::turn_away_the_late() {
    const nanoseconds at = now();
    for (job_list& of : waiting_)
        while (!of.empty() && of.front().give_up_at_ <= at) {
            job& j = of.front();
            of.pop_front(); // a worker that has begun has its own limit
            j.is_late_ = j.drop();
        }
}

void service::leave(job& j) noexcept {
    if (j.is_linked()) j.unlink();
    give_back(j);
}

void service::give_back(job& j) noexcept {
    if (!std::exchange(j.has_place_, false)) return;
    --requests_;
    bytes_ -= j.bytes_;
}

void service::count(const verdict& v) {
    switch (v.what) {
    case kind::answered:
        ++counts_.answered;
        counts_.faulty += v.says.how == reply::outcome::faulty;
        counts_.unanswered += v.says.how == reply::outcome::unanswered;
        counts_.waiting.record(v.waited);
        counts_.working.record(v.says.ended - v.says.began);
        return;
    case kind::crowded_out: ++counts_.crowded_out; return;
    case kind::too_large: ++counts_.too_large; return;
    case kind::too_late: ++counts_.too_late; return;
    case kind::left: ++counts_.left; return;
    case kind::died: ++counts_.died; return;
    case kind::quarantined: ++counts_.quarantined; return;
    case kind::hung: ++counts_.hung; return;
    case kind::failed: ++counts_.failed; return;
    case kind::no_workers: ++counts_.no_workers; return;
    }
}

bool service::can_adopt(const settings& s) const {
    settings same = settings_;
    take_over(same, s);
    return same == s;
}

void service::adopt(const settings& s) {
    take_over(settings_, s);
    // Those that wait keep their order: what came first has to be begun first.
    for (job_list& of : waiting_)
        for (job& j : of)
            j.give_up_at_ = std::min(j.give_up_at_, now() + settings_.deadline);
    watch_deadlines();
    pool_.resize(s.min_workers.value_or(s.workers), s.workers);
}

std::size_t service::add_workers(int count) {
    const std::size_t most = pool_.size();
    const std::size_t wanted = count < 0 ? std::max<std::size_t>(most - 1, 1) : std::min(most + 1, most_workers);
    // A number that is fixed stays so.
    const std::size_t least =
        std::min<std::size_t>(settings_.min_workers.value_or(static_cast<unsigned>(wanted)), wanted);
    pool_.resize(least, wanted);
    return wanted;
}

void service::give_up() {
    gives_up_ = true;
    pool_.terminate();
}

} // namespace plait::intake
