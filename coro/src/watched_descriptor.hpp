// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   recv ──EAGAIN──▶ wait ──▶ [ the reactor of the caller's loop ] ──readable──▶ the caller goes on, and tries again
//
// A descriptor that parties wait for. The first wait enters it into the reactor of the loop, once and edge-triggered;
// the later ones cost no system call and no allocation, and hold no buffer. Asio's public async_wait would cost an
// epoll_ctl each time, and an operation that reads has to have its buffer while it waits. So this speaks to the reactor
// of the one version of Boost that plait is built against; it is the only place that does.
//
// The descriptor stays with the loop that has waited for it as long as a party of that loop waits, and goes with the next
// one afterwards. A party of another loop that waits at the same time, and a plain thread, wait by way of a duplicate of
// the descriptor, which costs a few microseconds.

#include <plait/runtime/detail/descriptor_wait.hpp>
#include <plait/runtime/detail/raw_lock.hpp>
#include <plait/runtime/detail/syscall.hpp>
#include <plait/runtime/wait.hpp>

#include <memory>

namespace plait::detail {

class reactor_registry;

class watched_descriptor {
public:
    /// Of a socket. It may be in blocking mode.
    explicit watched_descriptor(unique_fd fd) noexcept : fd_(std::move(fd)) {}
    watched_descriptor(const watched_descriptor&) = delete;
    watched_descriptor& operator=(const watched_descriptor&) = delete;
    /// Nobody waits any more.
    ~watched_descriptor() { close(); }

    [[nodiscard]] int get() const noexcept { return fd_.get(); }

    /// Parks the caller until the descriptor is ready or has failed, which it finds out by trying. To be called when an
    /// attempt has just said EAGAIN, and without a wait in between: an edge that came before is not reported again.
    /// Returns woken, timed_out or cancelled. Throws errc::would_block_loop, system_error, std::bad_alloc.
    [[nodiscard]] wait_state
    wait(readiness what, const char* for_people, deadline until, cancellation c = cancellation::enabled);

    /// Nobody waits any more. Does nothing the second time.
    void close() noexcept;
    /// Gives the descriptor away. Nobody waits any more.
    [[nodiscard]] unique_fd release() noexcept;

private:
    friend class reactor_registry;

    bool enter(loop& home);
    void leave() noexcept;
    wait_state wait_here(readiness what, const char* for_people, deadline until, cancellation c);
    wait_state wait_beside(readiness what, deadline until, cancellation c) const;
    void unregister(bool closing) noexcept;

    unique_fd fd_;
    raw_lock lock_; // guards what follows; state_ belongs to the reactor
    int waiting_ = 0;
    std::shared_ptr<reactor_registry> registry_; // of the loop that has it, or had it and is gone
    void* state_ = nullptr;
};

} // namespace plait::detail
