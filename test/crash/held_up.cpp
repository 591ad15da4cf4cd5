// Copyright 2026 the plait authors. Boost Software License 1.0
#include "held_up.hpp"

#include <plait/coro/run.hpp>
#include <plait/runtime/error.hpp>

namespace crash {
namespace {

using namespace std::chrono_literals;

constexpr auto limit = 1ms;

/// Whether `wait` ended because time was over.
template <class Wait>
bool has_timed_out(Wait wait) {
    try {
        wait();
        return false;
    } catch (const plait::timeout_error&) {
        return true;
    }
}

} // namespace

bool others_are_held_up(stage& s, std::vector<std::string>& wrong) {
    auto& q = s.queue();
    auto take = [&](plait::ipc::byte_lease message) {
        s.taken(read_message(message));
        message.ack();
    };
    // A put needs the lock in any case. A get that finds nothing does without, and what the victim is just putting in, or
    // putting back, cannot be found.
    bool is_open = !q.is_closed();
    bool held = is_open && s.try_put_another() == plait::errc::timed_out;
    auto expect_it = [&](bool timed_out, const std::string& what) {
        if (timed_out == held) return;
        wrong.push_back(what + (held ? " passed a lock that is held" : " waits, and nobody has the lock"));
    };
    if (auto message = q.try_receive()) {
        if (is_open) expect_it(false, "a get that does not wait");
        take(std::move(*message));
    } else if (message.error() == plait::errc::timed_out) {
        held |= !is_open;
        expect_it(true, "a get that does not wait");
    }

    // The limit is met by those alone who have to wait: an attempt comes before every look at the time.
    auto wait_for_a_while = [&](const std::string& who) {
        if (is_open) expect_it(has_timed_out([&] { s.put_another(limit); }), who + "'s put");
        expect_it(has_timed_out([&] { take(q.receive_for(limit)); }), who + "'s get");
    };
    wait_for_a_while("a thread");
    plait::run([&] { wait_for_a_while("a coroutine"); });
    return held;
}

} // namespace crash
