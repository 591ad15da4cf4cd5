// Copyright 2026 the plait authors. Boost Software License 1.0
#include "attachment.hpp"
#include "killing.hpp"
#include "monitor.hpp"
#include "queue_core.hpp"
#include "sleeper.hpp"

#include <plait/coro/run.hpp>
#include <plait/runtime/async.hpp>
#include <plait/runtime/error.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <csignal>
#include <memory>
#include <stdexcept>

#include <sched.h>
#include <sys/signalfd.h>

namespace crash {
namespace {

namespace asio = boost::asio;
namespace layout = plait::ipc::detail;
using boost::system::error_code;
using plait::ipc::byte_lease;
using plait::ipc::byte_queue;

// ------------------------------------------------------------------------------------------------------- in the child

int done_with(byte_lease message, bool keeps) {
    auto id = read_message(message);
    if (!keeps) message.ack();
    return static_cast<int>(id);
}

/// As a thread or a coroutine.
int wait_here(byte_queue& q, const wait_options& o) {
    auto until = o.limit ? std::chrono::steady_clock::now() + *o.limit : plait::time_point::max();
    switch (o.what) {
    case awaited::message: return done_with(q.receive_until(until), o.keeps);
    case awaited::room: q.put_until(message_of(o.puts, one_cell), until, priority_of(q, o.puts)); return 0;
    case awaited::end_of_work: break;
    }
    return q.join_until(until) ? 0 : found_no_time;
}

/// By a handler that the monitor thread wakes.
int wait_elsewhere(byte_queue& q, const wait_options& o) {
    auto bytes = message_of(o.puts, one_cell);
    switch (o.what) {
    case awaited::message: return done_with(q.async_receive(asio::use_future).get(), o.keeps);
    case awaited::room: q.async_put(bytes, priority_of(q, o.puts), asio::use_future).get(); return 0;
    case awaited::end_of_work: q.async_join(asio::use_future).get(); break;
    }
    return 0;
}

/// By a handler that runs on this thread.
int wait_in_context(byte_queue& q, const wait_options& o) {
    asio::io_context context;
    error_code failure;
    int result = 0;
    auto bytes = message_of(o.puts, one_cell);
    auto note = asio::bind_executor(context, [&](error_code ec) { failure = ec; });
    switch (o.what) {
    case awaited::message:
        q.async_receive(asio::bind_executor(context, [&](error_code ec, byte_lease message) {
            failure = ec;
            if (!ec) result = done_with(std::move(message), o.keeps);
        }));
        break;
    case awaited::room: q.async_put(bytes, priority_of(q, o.puts), note); break;
    case awaited::end_of_work: q.async_join(note);
    }
    context.run();
    if (failure) throw boost::system::system_error(failure);
    return result;
}

constexpr int may_tick = SIGUSR1;

/// Its monitor does nothing until the harness says that it may: otherwise it could have swept up after the dead before the
/// victim, which is to be killed at that, has begun.
void tick_when_told(plait::ipc::segment& s) {
    s.attachment()->stop_ticking();
    sigset_t told;
    ::sigemptyset(&told);
    ::sigaddset(&told, may_tick);
    ::pthread_sigmask(SIG_BLOCK, &told, nullptr); // the monitor's thread blocks all signals, and others inherit this
    auto tick = [in = std::weak_ptr(s.attachment())] {
        if (auto there = in.lock()) there->tick();
    };
    static const int ear = ::signalfd(-1, &told, SFD_CLOEXEC);
    static_cast<void>(
        layout::monitor::instance().watch(ear, [tick] { static_cast<void>(layout::monitor::instance().tick(tick)); }));
}

const test::child_function sleeps("sleeps", [](plait::ipc::segment& s, const std::vector<std::string>& a) {
    tick_when_told(s);
    return wait_in_child(
        s, {.what = static_cast<awaited>(std::stoi(a.at(0))),
            .how = static_cast<manner>(std::stoi(a.at(1))),
            .elsewhere = true,
            .puts = stage::sleeper_s_message});
});

template <class Enumeration>
std::string number_of(Enumeration e) {
    return std::to_string(static_cast<int>(e));
}

// ----------------------------------------------------------------------------------------------------- in the harness

layout::channel_memory& channel_of(stage& s, awaited what) noexcept {
    auto& header = s.queue().core().shared().header();
    switch (what) {
    case awaited::message: return header.not_empty;
    case awaited::room: return header.not_full;
    case awaited::end_of_work: break;
    }
    return header.idle;
}

} // namespace

const char* name_of(awaited what) noexcept {
    switch (what) {
    case awaited::message: return "a message";
    case awaited::room: return "room";
    case awaited::end_of_work: break;
    }
    return "the end";
}

const char* name_of(manner how) noexcept {
    switch (how) {
    case manner::thread: return "thread";
    case manner::coroutine: return "coroutine";
    case manner::handler: break;
    }
    return "handler";
}

int wait_in_child(plait::ipc::segment& s, const wait_options& o) {
    auto q = byte_queue::open(s, "q");
    auto wait = [&] {
        try {
            if (o.how != manner::handler) return wait_here(q, o);
            return o.elsewhere ? wait_elsewhere(q, o) : wait_in_context(q, o);
        } catch (const plait::timeout_error&) {
            return found_no_time;
        } catch (const boost::system::system_error& e) {
            if (e.code() != plait::errc::queue_closed) throw;
            return found_it_closed;
        }
    };
    return o.how == manner::coroutine ? plait::run(wait) : wait();
}

std::uint32_t epoch_of(stage& s, awaited what) noexcept {
    return channel_of(s, what).word.load(std::memory_order_seq_cst);
}

bool wait_until_asleep(stage& s, awaited what, const test::child& c, std::uint32_t before) {
    while (!has_ended(c)) {
        auto state = state_of(c);
        if (state == stopped) return false;
        if (state == sleeping && epoch_of(s, what) != before) return true;
        ::sched_yield();
    }
    return false;
}

bool is_there(stage& s, awaited what) {
    auto& q = s.queue();
    auto& messages = q.core().shared().messages();
    if (what == awaited::end_of_work) return messages.were_idle();
    if (q.is_closed()) return true;
    auto now = messages.count_states();
    if (what == awaited::message) return now.ready + now.returned > 0;
    return q.size() < q.capacity() && now.free_cells > 0;
}

bool can_be_had(stage& s, awaited what) {
    if (what == awaited::end_of_work || s.queue().is_closed()) return is_there(s, what);
    auto& shared = s.queue().core().shared();
    // In a FIFO this is no hint: it helps with what is taken already, and counts to the last one that is in its slot.
    auto waiting = shared.order().messages_to_take();
    if (what == awaited::message) return waiting > 0;
    return waiting < s.queue().capacity() && shared.messages().count_states().free_cells > 0;
}

void provide(stage& s, awaited what) {
    switch (what) {
    case awaited::message: s.put_another(); break;
    case awaited::room: s.take_one(); break;
    case awaited::end_of_work:
        while (!s.queue().empty())
            s.take_one();
    }
}

sleeper::sleeper(stage& s, awaited what, manner how)
    : stage_(s),
      what_(what),
      before_(epoch_of(s, what)),
      process_(sleeps, s.segment(), {number_of(what), number_of(how)}) {
    wait_until_asleep(s, what, process_, before_);
}

bool sleeper::has_ended() const { return crash::has_ended(process_); }

void sleeper::must_go_on() { must_go_on_if(&is_there); }
void sleeper::must_go_on_meanwhile() { must_go_on_if(&can_be_had); }

void sleeper::must_go_on_if(bool (*there)(stage& s, awaited what)) {
    process_.signal(may_tick);
    while (!has_ended() && there(stage_, what_))
        ::sched_yield();
    if (!has_ended()) provide(stage_, what_);
    int code = process_.wait();
    if (code == found_it_closed && stage_.queue().is_closed()) return;
    bool expected = what_ == awaited::message ? code > 0 && code != test::child_failed : code == 0;
    if (!expected) throw std::runtime_error("who waited ended with " + std::to_string(code));
    if (what_ == awaited::message) stage_.taken(static_cast<message_id>(code));
    if (what_ == awaited::room) stage_.expect(stage::sleeper_s_message, fate::must_be_there);
}

} // namespace crash
