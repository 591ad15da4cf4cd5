// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/callback.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/loop.hpp>
#include <plait/runtime/unhandled.hpp>

#include <exception>
#include <mutex>

namespace plait::detail {

callback::callback(const std::source_location& site) : site_(site) {
    if (loop* here = loop::current()) home_ = &here->door();
}

callback::~callback() = default;

void callback::run() noexcept {
    try {
        call();
    } catch (...) {
        report_unhandled({std::current_exception(), "callback", 0, site_});
    }
}

void callback::deliver(std::unique_ptr<callback> c) noexcept {
    if (boost::intrusive_ptr<loop_door> home = c->home_)
        home->pass(std::move(c));
    else
        run_here(std::move(c));
}

void callback::run_here(std::unique_ptr<callback> c) noexcept {
    static constinit thread_local callback_queue* links = nullptr; // to be called when the one that runs has returned
    if (!c->is_link_) return c->run();
    if (links) return links->push(std::move(c));
    callback_queue next;
    links = &next;
    for (; c; c = next.pop())
        c->run();
    links = nullptr;
}

void loop_door::pass(std::unique_ptr<callback> c) noexcept {
    std::lock_guard guard(lock_);
    if (!loop_) return;
    bool was_empty = calls_.empty();
    calls_.push(std::move(c));
    if (was_empty) loop_->make_ready(*this); // under the lock: so it is still there
}

void loop_door::close() noexcept {
    {
        std::lock_guard guard(lock_);
        loop_ = nullptr;
    }
    callback_queue uncalled = take_calls();
}

callback_queue loop_door::take_calls() noexcept {
    std::lock_guard guard(lock_);
    return std::move(calls_);
}

void loop_door::run_calls(ready_item& item) noexcept {
    callback_queue calls = static_cast<loop_door&>(item).take_calls();
    while (std::unique_ptr<callback> c = calls.pop())
        c->run();
}

} // namespace plait::detail
