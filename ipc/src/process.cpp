// Copyright 2026 the plait authors. Boost Software License 1.0
#include "child.hpp"
#include "children.hpp"
#include "process_state.hpp"

#include <plait/ipc/process.hpp>

#include <cstring>
#include <string>

#include <signal.h>

namespace plait::ipc {

using detail::process_state;

process::process(process_options options, std::unique_ptr<detail::call_plan> plan)
    : state_(std::make_shared<process_state>(process_state::role::child, std::move(options), std::move(plan))) {}

void process::start() { state_->start(); }

void process::join() { state_->join(); }
bool process::join_for(duration d) { return join_until(plait::detail::deadline_after(d).at()); }
bool process::join_until(time_point t) { return state_->join_until(t); }
bool process::try_join() { return state_->try_join(); }
detail::process_end::waiting process::waiting() const { return state_->waiting(); }
shared_future<int> process::sentinel() const { return state_->sentinel(); }
void process::on_exit(std::function<void(int)> f) { state_->on_exit(std::move(f)); }

std::optional<int> process::exit_code() const { return state_->exit_code(); }
bool process::is_alive() const { return state_->is_alive(); }
void process::terminate() { state_->terminate(SIGTERM); }
void process::kill() { state_->terminate(SIGKILL); }
std::optional<pid_t> process::pid() const { return state_->pid(); }
std::string process::name() const { return state_->name(); }
bool process::is_daemon() const { return state_->is_daemon(); }
void process::close() { state_->close(); }

std::vector<process> active_children() {
    std::vector<process> result;
    for (auto& child : detail::children::of_this_process().all())
        result.push_back(process_state::handle(std::move(child)));
    return result;
}

process current_process() { return process_state::handle(process_state::self()); }

std::optional<process> parent_process() {
    auto parent = process_state::parent();
    if (!parent) return std::nullopt;
    parent->watch_parent(); // so that is_alive() is told
    return process_state::handle(std::move(parent));
}

std::string describe_end(int exit_code) {
    if (exit_code == unknown_exit_code) return "has ended";
    if (exit_code >= 0) return "ended with exit code " + std::to_string(exit_code);
    const char* name = ::sigabbrev_np(-exit_code);
    return "was killed by " + (name ? std::string("SIG") + name : "signal " + std::to_string(-exit_code));
}

std::optional<int> child_main(int, char**) noexcept { return detail::run_as_child(); }

} // namespace plait::ipc
