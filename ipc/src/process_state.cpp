// Copyright 2026 the plait authors. Boost Software License 1.0
#include "child.hpp"
#include "children.hpp"
#include "process_state.hpp"

#include <plait/runtime/detail/child_process.hpp>

#include <atomic>
#include <bit>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include <signal.h>
#include <unistd.h>

namespace plait::ipc::detail {

namespace {

// Written by become_child before any other thread exists; never destroyed, so that they can be used until the end.
std::shared_ptr<process_state>& self_slot() {
    static auto* const slot = new std::shared_ptr<process_state>;
    return *slot;
}
std::shared_ptr<process_state>& parent_slot() {
    static auto* const slot = new std::shared_ptr<process_state>;
    return *slot;
}

std::string numbered_name() {
    static std::atomic<unsigned> count{0};
    return "process-" + std::to_string(count.fetch_add(1, std::memory_order_relaxed) + 1); // a number, no ordering
}

process_options completed(process_options options) {
    check_options(options);
    if (options.name.empty()) options.name = numbered_name();
    if (!options.daemon) options.daemon = !options.detached && process_state::self()->ends_with_parent();
    return options;
}

process_options named(std::string name, bool daemon) {
    process_options options;
    options.name = std::move(name);
    options.daemon = daemon;
    return options;
}

} // namespace

process_state::process_state(role r, process_options options, std::unique_ptr<call_plan> plan)
    : role_(r),
      options_(r == role::child ? completed(std::move(options)) : std::move(options)),
      phase_(r == role::child ? phase::created : phase::running),
      plan_(std::move(plan)) {}

const std::shared_ptr<process_state>& process_state::self() {
    static const bool made = [] {
        auto& self = self_slot();
        if (!self) self = std::make_shared<process_state>(role::self, named("main", false), nullptr);
        self->pid_ = ::getpid();
        return true;
    }();
    static_cast<void>(made);
    return self_slot();
}

const std::shared_ptr<process_state>& process_state::parent() { return parent_slot(); }

void process_state::become_child(const launch_block& block, plait::detail::unique_fd socket) {
    self_slot() = std::make_shared<process_state>(role::self, named(block.name, block.daemon), nullptr);
    self_slot()->pid_ = ::getpid();
    auto parent = std::make_shared<process_state>(role::parent, named(block.parent_name, false), nullptr);
    parent->pid_ = block.parent_pid;
    parent->socket_ = std::move(socket);
    parent_slot() = std::move(parent);
}

void process_state::start() {
    require_entry_passed();
    std::unique_lock lock(mutex_);
    require_open();
    if (phase_ != phase::created)
        throw error(errc::invalid_argument, "start(): process '" + name_ + "' was started already");
    phase_ = phase::starting;
    auto plan = std::move(plan_);
    lock.unlock();
    try {
        argument_writer arguments;
        plan->encode(arguments);
        auto code = locate_code(std::bit_cast<const void*>(plan->entry()));
        if (!code) throw error(errc::callable_unknown, "start(): the callable's code lies in no loaded image");
        launch_block block{
            std::move(*code),
            name_,
            self()->name_,
            ::getpid(),
            ends_with_parent(),
            static_cast<std::uint32_t>(arguments.descriptors().size()),
            {arguments.written().begin(), arguments.written().end()},
            child_task::call,
            limits_of(options_.limits),
            options_.detached,
            {}};
        // The kernel's signal of the parent's death is that of the death of the thread which made the child: for those who
        // ask for it, one that lives as long as the process. (Those of the fork server are made for the monitor's thread.)
        if (ends_with_parent() && options_.method == start_method::spawn)
            monitor::instance().call([&] { launch_child(block, arguments); });
        else
            launch_child(block, arguments);
    } catch (...) {
        lock.lock();
        phase_ = phase::created;
        plan_ = std::move(plan);
        throw;
    }
}

void process_state::launch_child(const launch_block& block, const argument_writer& arguments) {
    auto self = shared_from_this();
    children::of_this_process().add(self);
    try {
        started_child child = launch(block, arguments.descriptors(), options_);
        std::lock_guard lock(mutex_); // reap() waits for it
        try {
            // The callback keeps this state alive until the child has ended.
            static_cast<void>(monitor::instance().watch(child.pidfd.get(), [self] { self->reap(); }));
        } catch (...) {
            abandon(child);
            throw;
        }
        pid_ = child.pid;
        pidfd_ = std::move(child.pidfd);
        socket_ = std::move(child.socket);
        phase_ = phase::running;
    } catch (...) {
        children::of_this_process().remove(this);
        release_the_end_of_the_program();
        throw;
    }
}

// It may wait for this child, which has been among the children since before its start failed.
void process_state::release_the_end_of_the_program() {
    std::unique_lock lock(mutex_);
    const auto waited_for = std::exchange(ended_, std::make_shared<process_end>());
    lock.unlock();
    waited_for->set(unknown_exit_code, {});
}

// On the monitor thread, when the child has ended. From then on pidfd_ and socket_ change on this thread alone.
void process_state::reap() noexcept {
    monitor::instance().tick_now(); // what the child held in shared memory goes to others without delay
    std::unique_lock lock(mutex_);  // the start may not have said yet that it runs
    const int pidfd = pidfd_.get(), socket = socket_.get();
    lock.unlock();
    const int code = *plait::detail::reap(pidfd, plait::detail::reap_mode::wait); // it has ended
    if (code < 0) return end(code, std::nullopt);                                 // no exit: there may be no report

    auto report = receive_report(socket);
    if (report && report->code == 0) return end(code, std::nullopt);
    if (report) return end(code, error(static_cast<errc>(report->code), "process '" + name_ + "': " + report->text));
    end(code, error(
                  errc::not_a_child_program, "process '" + name_ + "' ended with exit code " + std::to_string(code) +
                                                 " before it had reached plait::run or child_main"));
}

void process_state::end(std::optional<int> code, std::optional<error> failure) noexcept {
    children::of_this_process().remove(this);
    std::unique_lock lock(mutex_);
    while (!on_exit_.empty()) {
        auto callbacks = std::exchange(on_exit_, {});
        lock.unlock();
        for (auto& callback : callbacks)
            callback(code.value_or(unknown_exit_code));
        lock.lock();
    }
    exit_code_ = code;
    launch_failure_ = std::move(failure);
    pidfd_.reset();
    socket_.reset();
    phase_ = phase::ended;
    auto sentinel = std::move(sentinel_);
    sentinel_.reset();
    lock.unlock();
    ended_->set(
        code.value_or(unknown_exit_code), launch_failure_ ? launch_failure_->code() : boost::system::error_code());
    if (sentinel) settle(*sentinel);
}

// Once it has ended: what the end says does not change any more.
void process_state::settle(promise<int>& sentinel) const noexcept {
    if (launch_failure_)
        sentinel.set_exception(std::make_exception_ptr(*launch_failure_));
    else
        sentinel.set_value(exit_code_.value_or(unknown_exit_code));
}

shared_future<int> process_state::sentinel() {
    if (role_ == role::self) throw error(errc::invalid_argument, "sentinel(): a process cannot wait for its own end");
    std::unique_lock lock(mutex_);
    require_open();
    if (!sentinel_future_.valid()) {
        promise<int> end;
        sentinel_future_ = end.get_future().share();
        if (phase_ == phase::ended)
            settle(end);
        else
            sentinel_.emplace(std::move(end));
    }
    auto result = sentinel_future_;
    lock.unlock();
    if (role_ == role::parent) watch_parent();
    return result;
}

void process_state::forget_after_fork() noexcept {
    closed_ = true; // no other thread is there, so nobody holds the lock
    pidfd_.reset();
    socket_.reset();
    on_exit_.clear();
}

void process_state::watch_parent() {
    auto self = shared_from_this();
    std::lock_guard lock(mutex_);
    if (parent_watched_ || phase_ == phase::ended) return;
    bool dies_too = process_state::self()->ends_with_parent();
    static_cast<void>(monitor::instance().watch(socket_.get(), [self, dies_too] {
        if (dies_too) ::_exit(EXIT_FAILURE);
        self->end(std::nullopt, std::nullopt);
    }));
    parent_watched_ = true;
}

void process_state::join() {
    auto end = waiting();
    plait::detail::throw_unless_woken(plait::detail::perform(end, deadline::never()), "process.join");
    throw_launch_failure();
}

bool process_state::join_until(time_point until) {
    auto end = waiting();
    const plait::detail::wait_state how = plait::detail::perform(end, deadline(until));
    if (how == plait::detail::wait_state::timed_out) return false;
    plait::detail::throw_unless_woken(how, "process.join");
    throw_launch_failure();
    return true;
}

bool process_state::try_join() {
    prepare_join();
    if (!ended_->is_set()) return false;
    throw_launch_failure();
    return true;
}

process_end::waiting process_state::waiting() {
    prepare_join();
    return {ended_};
}

void process_state::prepare_join() {
    if (role_ == role::self) throw error(errc::invalid_argument, "join(): a process cannot wait for its own end");
    std::unique_lock lock(mutex_);
    require_open();
    if (phase_ == phase::created || phase_ == phase::starting)
        throw error(errc::process_not_started, "join(): process '" + name_ + "' was not started");
    if (phase_ != phase::ended && monitor::instance().on_monitor_thread())
        throw error(errc::would_block_loop, "join(): on the thread that reports the end of processes");
    lock.unlock();
    if (role_ == role::parent) watch_parent();
}

void process_state::throw_launch_failure() const {
    std::lock_guard lock(mutex_);
    if (launch_failure_) throw *launch_failure_;
}

void process_state::wait_until_ended() {
    shield not_now; // the program is ending: there is nothing left to cancel
    std::unique_lock lock(mutex_);
    process_end::waiting end{ended_};
    lock.unlock();
    static_cast<void>(plait::detail::perform(end, deadline::never()));
}

void process_state::on_exit(std::function<void(int)> f) {
    {
        std::unique_lock lock(mutex_);
        require_open();
        if (phase_ != phase::ended) {
            on_exit_.push_back(std::move(f));
            lock.unlock();
            if (role_ == role::parent) watch_parent();
            return;
        }
    }
    f(exit_code_.value_or(unknown_exit_code)); // does not change any more
}

void process_state::terminate(int signal) {
    {
        std::lock_guard lock(mutex_);
        require_open();
        if (role_ != role::child) throw error(errc::invalid_argument, "terminate(): only children can be ended");
        if (phase_ == phase::created || phase_ == phase::starting)
            throw error(errc::process_not_started, "terminate(): process '" + name_ + "' was not started");
    }
    send_signal(signal);
}

void process_state::send_signal(int signal) noexcept {
    std::lock_guard lock(mutex_);
    // Through the pidfd, so it cannot reach another process; it fails only if the child has ended.
    if (pidfd_) plait::detail::send_signal_through(pidfd_.get(), signal);
}

void process_state::close() {
    std::lock_guard lock(mutex_);
    if (phase_ == phase::running || phase_ == phase::starting)
        throw error(errc::process_running, "close(): process '" + name_ + "' is alive");
    closed_ = true;
    plan_.reset();
}

void process_state::require_open() const {
    if (closed_) throw error(errc::no_state, "process '" + name_ + "' is closed");
}

std::optional<int> process_state::exit_code() const {
    std::lock_guard lock(mutex_);
    require_open();
    return exit_code_;
}

bool process_state::is_alive() const {
    std::lock_guard lock(mutex_);
    require_open();
    return phase_ == phase::running;
}

std::optional<pid_t> process_state::pid() const {
    std::lock_guard lock(mutex_);
    require_open();
    if (pid_ < 0) return std::nullopt;
    return pid_;
}

std::string process_state::name() const {
    std::lock_guard lock(mutex_);
    require_open();
    return name_;
}

bool process_state::is_daemon() const {
    std::lock_guard lock(mutex_);
    require_open();
    return ends_with_parent();
}

} // namespace plait::ipc::detail
