// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   the first who waits ─▶ [ go: collect ] ──something──▶ they run ──▶ go
//                             ▲      └──nothing──▶ waits at the results ──rung──▶ go
//                             │      └──nobody is left who waits──▶ rests
//
// Collects the results of one pool on the thread of one io_context, for those who wait there: coroutines, handlers, and
// callbacks that were registered there. So a result reaches a coroutine without a second thread, and without a wake from
// one to the other. It waits as a handler does: in its process, whose doorbell the workers ring. While there is something to
// collect it does not wait, but comes again after those whom it made to go on: what they submit, and what the workers have
// finished meanwhile, costs no ring.

#include "attachment.hpp"

#include <plait/runtime/detail/handler_party.hpp>

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

namespace boost::asio {
class io_context;
}

namespace plait::ipc::detail {

class listening;
class pool_core;
class queue_core;
struct wait_point;

class loop_collector final : public boost::intrusive_ref_counter<loop_collector> {
public:
    using pointer = boost::intrusive_ptr<loop_collector>;

    /// On the thread that runs `context`. Throws std::bad_alloc.
    static pointer make(const std::shared_ptr<pool_core>& pool, boost::asio::io_context& context);
    loop_collector(
        std::weak_ptr<pool_core> pool, std::shared_ptr<queue_core> results, boost::asio::io_context& context);
    ~loop_collector();

    /// Whether it collects on `context`, and will go on doing so.
    [[nodiscard]] bool serves(const boost::asio::io_context& context) const noexcept {
        return &context == &context_ && works();
    }
    [[nodiscard]] bool works() const noexcept { return works_.load(std::memory_order_acquire); }
    [[nodiscard]] bool has_tasks() const noexcept { return tasks_.load(std::memory_order_relaxed) != 0; }

    /// The end of one task more is to be told of on the context. On its thread. False if that cannot be done here.
    [[nodiscard]] bool add_task() noexcept;
    /// That task has ended. Any thread.
    void remove_task() noexcept;

    /// The context is about to be destroyed.
    void shut_down() noexcept;

private:
    [[nodiscard]] wait_point& point() const noexcept;
    void go();
    bool wait(pool_core& pool);
    void rest(pool_core* pool) noexcept;
    [[nodiscard]] pointer leave_the_list() noexcept;
    bool post() noexcept;
    static void wake(void* self) noexcept;

    const std::weak_ptr<pool_core> pool_;
    const std::shared_ptr<queue_core> results_;
    boost::asio::io_context& context_;
    std::atomic<std::uint64_t> tasks_{0};
    std::atomic<bool> works_{true};
    // On the context's thread:
    bool at_work_ = false; // it will go, or it waits
    std::unique_ptr<listening> ear_;
    std::atomic<bool> is_registered_{false};      // with the channel, and not chosen yet
    plait::detail::handler_party party_;          // has a share of us while it waits
    std::optional<plait::detail::waiter> waiter_; // guarded by the lock of those who wait there

    std::mutex mutex_; // between the end of the context and those who post to it
};

} // namespace plait::ipc::detail
