// Copyright 2026 the plait authors. Boost Software License 1.0
#include "supervision.hpp"

#include <plait/ipc/supervisor.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/thread.hpp>

#include <functional>
#include <string>
#include <utility>

namespace plait::ipc {

namespace {

supervisor_options checked(supervisor_options options) {
    if (options.period <= duration::zero())
        throw error(errc::invalid_argument, "supervisor_options::period is not positive");
    return options;
}

void check(const child_spec& child) {
    if (child.name.empty()) throw error(errc::invalid_argument, "child_spec::name is empty");
    if (!child.make) throw error(errc::invalid_argument, "child_spec::make of child '" + child.name + "' is empty");
    if (child.shutdown < duration::zero())
        throw error(errc::invalid_argument, "child_spec::shutdown of child '" + child.name + "' is negative");
}

/// What makes the children cannot wait for what comes after it.
void refuse_on_its_thread(const detail::supervision& s, const char* what) {
    if (s.on_its_thread())
        throw error(
            errc::resource_deadlock_would_occur,
            std::string(what) + " in a child_spec::make of supervisor '" + s.options().name + "' itself");
}

void ask_and_wait(detail::supervision& s, const char* what, std::function<void(detail::supervision&)> f) {
    refuse_on_its_thread(s, what);
    s.ask(std::move(f)).get();
}

} // namespace

supervisor::supervisor(supervisor_options options)
    : supervision_(std::make_shared<detail::supervision>(checked(std::move(options)))) {
    // A daemon: the end of the program ends the children, and does not wait for those who look after them.
    thread({.name = "plait-supervisor", .daemon = true}, [s = supervision_] { s->run(); });
}

supervisor::~supervisor() {
    request_stop();
    if (supervision_->on_its_thread()) return; // it ends by itself
    const shield not_now;
    try {
        ended().wait();
    } catch (const error&) { // in a handler: likewise
    }
}

void supervisor::add(child_spec child) {
    check(child);
    ask_and_wait(*supervision_, "supervisor.add", [c = std::move(child)](detail::supervision& s) mutable {
        s.add(std::move(c));
    });
}
void supervisor::start() {
    ask_and_wait(*supervision_, "supervisor.start", [](detail::supervision& s) { s.start(); });
}
void supervisor::terminate_child(std::string_view name) {
    ask_and_wait(*supervision_, "supervisor.terminate_child", [n = std::string(name)](detail::supervision& s) {
        s.terminate(n);
    });
}
void supervisor::restart_child(std::string_view name) {
    ask_and_wait(
        *supervision_, "supervisor.restart_child", [n = std::string(name)](detail::supervision& s) { s.restart(n); });
}
void supervisor::remove_child(std::string_view name) {
    ask_and_wait(
        *supervision_, "supervisor.remove_child", [n = std::string(name)](detail::supervision& s) { s.remove(n); });
}

void supervisor::stop() {
    refuse_on_its_thread(*supervision_, "supervisor.stop");
    request_stop();
    ended().wait();
}
void supervisor::request_stop() noexcept { supervision_->request_stop(); }

void supervisor::join() {
    refuse_on_its_thread(*supervision_, "supervisor.join");
    ended().get();
}
bool supervisor::join_for(duration d) { return join_until(plait::detail::deadline_after(d).at()); }
bool supervisor::join_until(time_point t) {
    refuse_on_its_thread(*supervision_, "supervisor.join");
    return ended().wait_until(t) && try_join();
}
bool supervisor::try_join() {
    if (!ended().is_done()) return false;
    ended().get();
    return true;
}
shared_future<void> supervisor::ended() const { return supervision_->ended(); }

std::vector<supervised_child> supervisor::children() const { return supervision_->children(); }
const std::string& supervisor::name() const noexcept { return supervision_->options().name; }

} // namespace plait::ipc
