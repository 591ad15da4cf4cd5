// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   parent                               server: this program started anew, one thread, did nothing
//   request: block, socket, streams ──▶  clone(CLONE_PARENT) ──▶ child of the *parent*, goes on as one that was spawned
//   ◀── shared word: the child's pid ──    │
//   ◀── answer: an errno ──────────────────┘
//
// Children that are made by copying a small process. The copies are children of the parent, not of the server, so the
// server's death changes nothing about them: they are watched and reaped as all others are.
//
// Whether there is a child is told by one word in memory that both share: the kernel writes the pid there while it makes the
// child. A server that dies at any instant has either written it, and then the child is taken over, or there is none, and a
// new server is asked.

#include "launch_block.hpp"

#include <plait/ipc/callable.hpp>
#include <plait/ipc/process_options.hpp>
#include <plait/runtime/detail/child_process.hpp>

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace plait::ipc::detail {

/// A launch as it arrives in the child.
struct arrival {
    launch_block block;
    plait::detail::unique_fd socket;
    std::vector<plait::detail::unique_fd> descriptors;
    callable_entry callable = nullptr; ///< if it has been looked up
    // Of one that was not loaded anew, and still has the surroundings of what it is a copy of:
    bool is_a_copy = false;
    std::array<plait::detail::unique_fd, 3> streams; ///< none: closed
    plait::detail::unique_fd directory;              ///< none: as it is
};

/// The parent's side. Thread safety: any thread.
class fork_server {
public:
    /// Never destroyed.
    [[nodiscard]] static fork_server& of_this_process();

    /// Has a child made that gets `block`, `theirs`, the environment, the streams, the directory and `descriptors`.
    /// Starts the server if there is none. Throws system_error; error(worker_died) if servers keep dying.
    [[nodiscard]] plait::detail::spawned_child
    make_child(const launch_block& block, int theirs, const process_options& options, std::span<const int> descriptors);

    /// In a forked child: the server is not this process's.
    void forget_after_fork() noexcept;

private:
    struct server;

    void require_server();
    [[nodiscard]] static std::shared_ptr<server>
    start(); // on the monitor's thread, by which its parent's death is told

    std::mutex mutex_; // one request at a time
    std::shared_ptr<server> server_;
};

/// In the byte that a request begins with, beside a bit for each of the streams that are passed: the block follows.
/// Otherwise its descriptor is the first that is passed.
inline constexpr std::uint8_t request_has_block = 0x80;
inline constexpr std::size_t most_request_bytes = 16 << 10;

/// The server's side: answers requests until the parent is gone, and then ends this process. Returns in each child.
[[nodiscard]] arrival serve_forks(plait::detail::unique_fd parent, plait::detail::unique_fd shared_word);

} // namespace plait::ipc::detail
