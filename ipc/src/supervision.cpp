// Copyright 2026 the plait authors. Boost Software License 1.0
#include "children.hpp"
#include "supervision.hpp"

#include <plait/runtime/error.hpp>
#include <plait/runtime/wait.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace plait::ipc::detail {

namespace {

time_point now() { return plait::detail::party::current().now(); }

std::string text_of(const std::exception_ptr& e) {
    try {
        std::rethrow_exception(e);
    } catch (const std::exception& problem) {
        return std::string("could not be started: ") + problem.what();
    } catch (...) {
        return "could not be started";
    }
}

/// True if `p` has ended by then. Why it may never have called its function is of no interest here.
bool ends_within(process& p, duration d) {
    try {
        return p.join_for(d);
    } catch (const error&) {
        return true;
    }
}

} // namespace

supervision::supervision(supervisor_options options)
    : options_(std::move(options)),
      intensity_(options_.intensity, options_.period),
      ended_(end_.get_future().share()),
      entry_(this, &supervision::describe) {}

future<void> supervision::ask(std::function<void(supervision&)> f) {
    wish w{std::move(f), {}};
    auto result = w.done.get_future();
    std::unique_lock lock(wishes_lock_);
    if (closed_) {
        lock.unlock();
        w.done.set_exception(
            std::make_exception_ptr(error(errc::no_state, "supervisor '" + options_.name + "' has ended")));
        return result;
    }
    wishes_.push_back(std::move(w));
    lock.unlock();
    to_do_.release();
    return result;
}

void supervision::request_stop() noexcept {
    {
        std::lock_guard lock(wishes_lock_);
        if (std::exchange(stop_requested_, true)) return;
    }
    to_do_.release();
}

std::optional<supervision::wish> supervision::next() {
    to_do_.acquire();
    std::lock_guard lock(wishes_lock_);
    if (stop_requested_ || wishes_.empty()) return std::nullopt; // a stop comes first
    wish first = std::move(wishes_.front());
    wishes_.pop_front();
    return first;
}

void supervision::run() noexcept {
    thread_.store(std::this_thread::get_id(), std::memory_order_relaxed); // for this thread to find
    while (phase_ != phase::ended) {
        auto w = next();
        if (!w) {
            finish(nullptr);
            break;
        }
        w->done.set_result_of([&] { w->act(*this); });
    }
    std::deque<wish> unfulfilled;
    {
        std::lock_guard lock(wishes_lock_);
        closed_ = true;
        unfulfilled.swap(wishes_);
    }
    for (auto& w : unfulfilled)
        w.done.set_exception(
            std::make_exception_ptr(error(errc::no_state, "supervisor '" + options_.name + "' has ended")));
}

void supervision::require_not_ended() const {
    if (phase_ == phase::ended) throw error(errc::no_state, "supervisor '" + options_.name + "' has ended");
}

supervision::child_ptr supervision::find(const std::string& name) const {
    auto found = std::ranges::find_if(children_, [&](const child_ptr& c) { return c->spec.name == name; });
    if (found == children_.end())
        throw error(errc::invalid_argument, "supervisor '" + options_.name + "' has no child '" + name + "'");
    return *found;
}

void supervision::add(child_spec spec) {
    require_not_ended();
    if (std::ranges::any_of(children_, [&](const child_ptr& c) { return c->spec.name == spec.name; }))
        throw error(
            errc::invalid_argument,
            "child_spec::name: supervisor '" + options_.name + "' has a child '" + spec.name + "'");
    auto added = std::make_shared<child>(child{.spec = std::move(spec)});
    added->seen = {added->spec.name, added->spec.restart, {}, {}, 0};
    if (phase_ == phase::running) start_child(*added);
    std::lock_guard lock(seen_lock_);
    children_.push_back(std::move(added));
}

void supervision::start() {
    require_not_ended();
    if (phase_ == phase::running)
        throw error(errc::invalid_argument, "supervisor '" + options_.name + "' was started already");
    try {
        for (const auto& c : children_)
            start_child(*c);
    } catch (...) {
        end_children(0);
        throw;
    }
    phase_ = phase::running;
}

void supervision::start_child(child& c) {
    process p = c.spec.make();
    const std::uint64_t incarnation = ++incarnations_;
    auto end = [weak = weak_from_this(), name = c.spec.name, incarnation](int exit_code) {
        auto self = weak.lock();
        if (!self) return;
        static_cast<void>(self->ask([name, incarnation, exit_code](supervision& s) {
            for (const auto& each : s.children_)
                if (each->spec.name == name) return s.has_ended(child_ptr(each), incarnation, exit_code);
        }));
    };
    p.on_exit(std::move(end)); // before the start, so that whoever joins it finds the supervisor told
    p.start();
    c.running = p;
    c.incarnation = incarnation;
    c.owed = false;
    note_running(c);
}

void supervision::end_child(child& c) noexcept {
    c.owed = false;
    if (!c.running) return;
    process& p = *c.running;
    if (c.spec.shutdown > duration::zero()) p.terminate();
    if (c.spec.shutdown == duration::zero() || !ends_within(p, c.spec.shutdown)) {
        p.kill();
        while (!ends_within(p, std::chrono::hours(1))) {
        }
    }
    note_end(c, p.exit_code());
    c.running.reset();
    c.incarnation = 0; // the news of its end are none
}

void supervision::end_children(std::size_t first) noexcept {
    for (std::size_t i = children_.size(); i-- > first;)
        end_child(*children_[i]);
}

void supervision::has_ended(const child_ptr& c, std::uint64_t incarnation, int exit_code) {
    if (phase_ == phase::ended || c->incarnation != incarnation) return; // ended by us
    note_end(*c, exit_code);
    c->running.reset();
    c->incarnation = 0;
    const bool again =
        c->spec.restart == restart_type::permanent || (c->spec.restart == restart_type::transient && exit_code != 0);
    if (again)
        bring_back(c, describe_end(exit_code));
    else if (c->spec.restart == restart_type::temporary)
        forget(c);
}

// Starts `c` again, and those that go with it. A start that fails is the cause for the next round.
void supervision::bring_back(const child_ptr& c, std::string cause) {
    if (children::is_ending()) return; // and so are all the others
    c->owed = true;
    std::string who = c->spec.name;
    for (;;) {
        if (!intensity_.allows(now()))
            return finish(std::make_exception_ptr(error(
                errc::restart_limit_reached,
                "supervisor '" + options_.name + "' gave up: child '" + who + "' " + cause + ", and more than " +
                    std::to_string(options_.intensity) + " restarts within " +
                    std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(options_.period).count()) +
                    " ms are not allowed")));
        const auto at = static_cast<std::size_t>(std::ranges::find(children_, c) - children_.begin());
        std::size_t first = at, last = at + 1;
        if (options_.strategy == restart_strategy::one_for_all) first = 0;
        if (options_.strategy != restart_strategy::one_for_one) last = children_.size();
        std::vector<child_ptr> group(
            children_.begin() + static_cast<std::ptrdiff_t>(first),
            children_.begin() + static_cast<std::ptrdiff_t>(last));
        std::erase_if(group, [&](const child_ptr& each) { // those who were not running stay as they are
            return each != c && !each->running && !each->owed;
        });
        for (std::size_t i = group.size(); i-- > 0;)
            end_child(*group[i]);
        for (const auto& each : group)
            if (each != c && each->spec.restart == restart_type::temporary)
                forget(each);
            else
                each->owed = true;
        {
            std::lock_guard lock(seen_lock_);
            for (const auto& each : group)
                ++each->seen.restarts;
        }
        bool all_run = true;
        for (const auto& each : group) {
            if (!each->owed) continue;
            try {
                start_child(*each);
            } catch (...) {
                who = each->spec.name;
                cause = text_of(std::current_exception());
                all_run = false;
                break;
            }
        }
        if (all_run) return;
        if (stop_is_requested()) return; // the stop ends all of them
    }
}

void supervision::forget(const child_ptr& c) {
    const child_ptr kept = c; // it may be one of the list
    kept->owed = false;
    std::lock_guard lock(seen_lock_);
    std::erase(children_, kept);
}

void supervision::finish(std::exception_ptr why) noexcept {
    end_children(0);
    phase_ = phase::ended;
    if (why)
        end_.set_exception(std::move(why));
    else
        end_.set_value();
}

void supervision::terminate(const std::string& name) {
    require_not_ended();
    auto c = find(name);
    end_child(*c);
    if (c->spec.restart == restart_type::temporary) forget(c);
}

void supervision::restart(const std::string& name) {
    require_not_ended();
    auto c = find(name);
    if (c->running) throw error(errc::process_running, "child '" + name + "' of supervisor '" + options_.name + "'");
    if (phase_ != phase::running)
        throw error(errc::invalid_argument, "supervisor '" + options_.name + "' was not started");
    start_child(*c);
}

void supervision::remove(const std::string& name) {
    require_not_ended();
    auto c = find(name);
    if (c->running) throw error(errc::process_running, "child '" + name + "' of supervisor '" + options_.name + "'");
    forget(c);
}

bool supervision::stop_is_requested() noexcept {
    std::lock_guard lock(wishes_lock_);
    return stop_requested_;
}

void supervision::note_running(child& c) noexcept {
    std::lock_guard lock(seen_lock_);
    c.seen.pid = c.running->pid();
}

void supervision::note_end(child& c, std::optional<int> exit_code) noexcept {
    std::lock_guard lock(seen_lock_);
    c.seen.pid.reset();
    c.seen.exit_code = exit_code;
}

std::vector<supervised_child> supervision::children() const {
    std::vector<supervised_child> result;
    std::lock_guard lock(seen_lock_);
    for (const auto& c : children_)
        result.push_back(c->seen);
    return result;
}

void supervision::describe(const void* of, plait::detail::dump& to) {
    const auto& self = *static_cast<const supervision*>(of);
    const auto children = self.children();
    to.add("supervisor '" + self.options_.name + "': " + std::to_string(children.size()) + " children\n");
    for (const auto& c : children) {
        std::string line = "  '" + c.name + "', ";
        line += c.pid ? "runs as process " + std::to_string(*c.pid) : "does not run";
        if (c.restarts > 0) line += ", restarts " + std::to_string(c.restarts);
        if (c.exit_code) line += ", the last one " + describe_end(*c.exit_code);
        to.add(line + "\n");
    }
}

} // namespace plait::ipc::detail
