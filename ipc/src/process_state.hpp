// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   created ──start──▶ starting ──▶ running ──end, seen by the monitor──▶ ended
//      ▲                  │
//      └─── failed ───────┘          a closed handle is a flag beside it
//
// What the handles of one process share. There are three roles: a child of this process, this process itself, and its
// parent; the last two are running from the start.

#include "launch_block.hpp"
#include "launcher.hpp"
#include "monitor.hpp"

#include <plait/ipc/process.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/event.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace plait::ipc::detail {

class process_state : public std::enable_shared_from_this<process_state> {
public:
    enum class role { child, self, parent };

    process_state(role r, std::string name, bool daemon, std::unique_ptr<call_plan> plan);

    [[nodiscard]] static process handle(std::shared_ptr<process_state> state) { return process(std::move(state)); }

    /// This process. Never destroyed.
    [[nodiscard]] static const std::shared_ptr<process_state>& self();
    /// The process that started this one; null if it was not started by a process of plait. Never destroyed.
    [[nodiscard]] static const std::shared_ptr<process_state>& parent();
    /// Makes this process the child that `block` describes. Called once, before anything else of this class.
    static void become_child(const launch_block& block, plait::detail::unique_fd socket);

    void start();
    void join();
    [[nodiscard]] bool join_until(time_point until);
    [[nodiscard]] bool try_join();
    void on_exit(std::function<void(int)> f);
    void terminate(int signal);
    void close();

    /// On the parent: from now on its end is noticed, and ends this process too if it is a daemon.
    void watch_parent();

    [[nodiscard]] std::optional<int> exit_code() const;
    [[nodiscard]] bool is_alive() const;
    [[nodiscard]] std::optional<pid_t> pid() const;
    [[nodiscard]] std::string name() const;
    [[nodiscard]] bool is_daemon() const;

    // For this library; valid for a closed handle too.
    [[nodiscard]] bool ends_with_parent() const noexcept { return daemon_; }
    void wait_until_ended();
    void send_signal(int signal) noexcept;

private:
    enum class phase { created, starting, running, ended };

    void require_open() const; // with mutex_ held
    void prepare_join();
    void throw_launch_failure() const;
    void launch_on_monitor(const launch_block& block, const argument_writer& arguments);
    void reap() noexcept;
    void end(std::optional<int> code, std::optional<error> failure) noexcept;

    const role role_;
    const std::string name_;
    const bool daemon_;

    event ended_; // set when phase_ becomes ended

    mutable std::mutex mutex_; // guards everything below
    phase phase_;
    bool closed_ = false;
    std::unique_ptr<call_plan> plan_;
    pid_t pid_ = -1;
    plait::detail::unique_fd pidfd_;
    plait::detail::unique_fd socket_; // of a child: our end; of the parent: this process's end
    bool parent_watched_ = false;
    std::optional<int> exit_code_;
    std::optional<error> launch_failure_; // why the child ended without having called its function
    std::vector<std::function<void(int)>> on_exit_;
};

} // namespace plait::ipc::detail
