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
    bool held = false;
    if (auto message = q.try_receive())
        take(std::move(*message));
    else
        held = message.error() == plait::errc::timed_out;

    auto wait_for_a_while = [&](const char* who) {
        auto expect_it = [&](bool timed_out, const char* what) {
            if (timed_out == held) return;
            wrong.push_back(std::string(who) + "'s " + what + (held ? " passed a lock that is held" : " met no lock"));
        };
        if (!q.is_closed()) expect_it(has_timed_out([&] { s.put_another(limit); }), "put");
        expect_it(has_timed_out([&] { take(q.receive_for(limit)); }), "get");
    };
    wait_for_a_while("a thread");
    plait::run([&] { wait_for_a_while("a coroutine"); });
    return held;
}

} // namespace crash
