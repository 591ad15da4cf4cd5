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
#include <plait/runtime/future.hpp>

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

    process_state(role r, process_options options, std::unique_ptr<call_plan> plan);

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
    /// To wait for the end with. Throws what join() throws before it waits.
    [[nodiscard]] process_end::waiting waiting();
    [[nodiscard]] shared_future<int> sentinel();
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
    [[nodiscard]] bool ends_with_parent() const noexcept { return options_.daemon.value_or(false); }
    [[nodiscard]] bool is_detached() const noexcept { return options_.detached; }
    /// In a forked child: it is the parent's. All handles are closed.
    void forget_after_fork() noexcept;
    void wait_until_ended();
    void send_signal(int signal) noexcept;

private:
    enum class phase { created, starting, running, ended };

    void require_open() const; // with mutex_ held
    void prepare_join();
    void throw_launch_failure() const;
    void settle(promise<int>& sentinel) const noexcept;
    void launch_child(const launch_block& block, const argument_writer& arguments);
    void release_the_end_of_the_program();
    void reap() noexcept;
    void end(std::optional<int> code, std::optional<error> failure) noexcept;

    const role role_;
    const process_options options_;
    const std::string& name_ = options_.name;

    mutable std::mutex mutex_; // guards everything below
    phase phase_;
    std::shared_ptr<process_end> ended_ = std::make_shared<process_end>(); // set when phase_ becomes ended
    bool closed_ = false;
    std::unique_ptr<call_plan> plan_;
    pid_t pid_ = -1;
    plait::detail::unique_fd pidfd_;
    plait::detail::unique_fd socket_; // of a child: our end; of the parent: this process's end
    bool parent_watched_ = false;
    std::optional<int> exit_code_;
    std::optional<error> launch_failure_; // why the child ended without having called its function
    std::vector<std::function<void(int)>> on_exit_;
    std::optional<promise<int>> sentinel_; // once it was asked for
    shared_future<int> sentinel_future_;
};

} // namespace plait::ipc::detail
