// Copyright 2026 the plait authors. Boost Software License 1.0
#include "crew.hpp"
#include "log.hpp"
#include "worker.hpp"

#include <plait/runtime/wait.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <exception>
#include <utility>

namespace plait::intake {
namespace {

constexpr std::size_t buried_kept = 256;
constexpr std::chrono::seconds news_takes_at_most{1};
constexpr std::chrono::seconds pause_after_a_failed_start{1};

time_point now() { return plait::detail::party::current().now(); }

} // namespace

std::string describe_end(int exit_code) {
    if (exit_code == ipc::unknown_exit_code) return "died";
    if (exit_code >= 0) return "exited with code " + std::to_string(exit_code);
    const char* name = ::sigabbrev_np(-exit_code);
    return std::string("was killed by ")
        .append(name ? "SIG" : "signal ")
        .append(name ? name : std::to_string(-exit_code));
}

crew::crew(loop& home, ipc::byte_queue requests, ipc::byte_queue replies, const handler_settings& handler)
    : home_(home), requests_(std::move(requests)), replies_(std::move(replies)), handler_(handler) {}

crew::~crew() {
    // Only a start that failed half-way leaves workers here. The report of each death comes to the loop, and uses us.
    const shield not_now;
    for (const auto& m : members_) {
        if (m->gone.is_set()) continue;
        m->process.kill();
        m->gone.wait();
    }
}

void crew::start(unsigned count) {
    for (unsigned i = 0; i < count; ++i)
        members_.push_back(start_one());
}

std::shared_ptr<crew::member> crew::start_one() {
    ipc::process p({.name = "intake-worker", .daemon = true}, plait::fn<&worker_main>, requests_, replies_, handler_);
    p.start();
    auto m = std::make_shared<member>(p, p.pid().value_or(0));
    p.on_exit([this, m, &context = home_.context()](int exit_code) {
        boost::asio::post(context, [this, m, exit_code] { bury(m, exit_code); });
    });
    return m;
}

void crew::bury(const std::shared_ptr<member>& dead, int exit_code) {
    dead->cause = describe_end(exit_code);
    dead->gone.set();
    if (!retiring_ || exit_code != 0) {
        ++deaths_;
        log("worker " + std::to_string(dead->pid) + " " + dead->cause);
    }
    buried_.push_back(dead);
    if (buried_.size() > buried_kept) buried_.pop_front();
    changed_.set();
}

void crew::supervise() {
    while (!retiring_) {
        changed_.wait();
        changed_.clear();
        for (auto& place : members_)
            if (place->gone.is_set() && !retiring_) replace(place);
    }
}

void crew::replace(std::shared_ptr<member>& place) {
    wait_for_intensity();
    if (retiring_) return;
    try {
        auto next = start_one();
        log("worker " + std::to_string(next->pid) + " takes the place of " + std::to_string(place->pid));
        place = std::move(next);
    } catch (const std::exception& e) {
        log(std::string("a worker could not be started, the next attempt is in a second: ") + e.what());
        sleep_for(pause_after_a_failed_start);
        changed_.set();
    }
}

void crew::wait_for_intensity() {
    while (!replacements_.empty() && replacements_.front() + replacement_window <= now())
        replacements_.pop_front();
    if (replacements_.size() >= most_replacements) {
        log("workers die too often (" + std::to_string(most_replacements) + " within " +
            std::to_string(replacement_window.count()) + " s); the next one starts when that time is over");
        sleep_until(replacements_.front() + replacement_window);
        replacements_.pop_front();
    }
    replacements_.push_back(now());
}

void crew::retire() {
    retiring_ = true;
    changed_.set();
    for (const auto& m : members_)
        m->gone.wait();
}

std::string crew::cause_of_death(pid_t worker) {
    auto has_pid = [worker](const std::shared_ptr<member>& m) { return m->pid == worker; };
    std::shared_ptr<member> found;
    if (auto m = std::find_if(members_.begin(), members_.end(), has_pid); m != members_.end())
        found = *m;
    else if (auto b = std::find_if(buried_.rbegin(), buried_.rend(), has_pid); b != buried_.rend())
        found = *b;
    if (!found || !found->gone.wait_for(news_takes_at_most)) return "died";
    return found->cause;
}

} // namespace plait::intake
