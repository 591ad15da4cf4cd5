// Copyright 2026 the plait authors. Boost Software License 1.0
#include "watchdog.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>

namespace plait::detail {

std::string to_string(const stall& s) {
    return s.on.name() + " has been held for " +
           std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(s.held).count()) + " ms by " +
           (s.by ? to_string(*s.by) : "a handler");
}

watchdog::watchdog(
    const std::vector<std::unique_ptr<loop>>& loops, duration limit, std::function<void(const stall&)> report)
    : limit_(limit), report_(std::move(report)) {
    for (auto& l : loops)
        loops_.emplace_back(*l);
}

void watchdog::look(time_point now) {
    bool late = now - last_look_ > limit_;
    last_look_ = now;
    for (watched& w : loops_) {
        if (late) w.held_by.reset();
        // acquire; pairs with the release in ask()
        if (w.answered->load(std::memory_order_acquire))
            w.ask();
        else
            w.look(now, *this);
    }
}

bool watchdog::is_settled() const noexcept {
    return std::all_of(loops_.begin(), loops_.end(), [](const watched& w) {
        // acquire; pairs with the release in ask()
        return w.reported || w.answered->load(std::memory_order_acquire);
    });
}

void watchdog::watched::ask() {
    answered->store(false, std::memory_order_relaxed);
    reported = false;
    held_by.reset();
    // release; pairs with the acquire in watchdog::look()
    boost::asio::post(on->context(), [answer = answered] { answer->store(true, std::memory_order_release); });
}

void watchdog::watched::look(time_point now, watchdog& by) {
    std::uint64_t turn_now = on->turns();
    std::optional<coroutine_info> running = coroutine_scheduler::of(*on).running();
    std::uint64_t holder = running ? running->id : 0;
    if (turn_now != turn || held_by != holder) { // it got on
        turn = turn_now;
        held_by = holder;
        since = now;
        reported = false;
        return;
    }
    duration held = now - since;
    on->note_hold(held);
    if (held < by.limit_ || reported) return;
    reported = true;
    by.report_({*on, held, std::move(running)});
}

} // namespace plait::detail
