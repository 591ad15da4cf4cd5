// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The children of this process that have been started and have not ended, whether or not anybody still holds a handle,
// and what becomes of them at the end of the program.

#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include <sys/types.h>

namespace plait::ipc::detail {

class process_state;

class children {
public:
    /// Never destroyed. The first use registers the end of the program: at exit (in the order of atexit, so before
    /// static objects that are older than the first child are destroyed) daemons are sent SIGTERM and the others are
    /// waited for.
    [[nodiscard]] static children& of_this_process();

    void add(std::shared_ptr<process_state> child);
    void remove(const process_state* child) noexcept;
    [[nodiscard]] std::vector<std::shared_ptr<process_state>> all() const;

    /// What the end of the program does: sends daemons SIGTERM, and waits for all others that are not detached.
    void end_of_program();
    /// Whether the program ends, and nothing is to be started any more.
    [[nodiscard]] static bool is_ending() noexcept;
    /// In a forked child: they are its parent's.
    void forget_after_fork() noexcept;

private:
    children();
    [[nodiscard]] std::shared_ptr<process_state> first_awaited() const;

    pid_t owner_; // a fork of this process has none of its children
    mutable std::mutex mutex_;
    std::list<std::shared_ptr<process_state>> children_;
};

} // namespace plait::ipc::detail
