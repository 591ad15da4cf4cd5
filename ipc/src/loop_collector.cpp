// Copyright 2026 the plait authors. Boost Software License 1.0
#include "loop_collector.hpp"
#include "pool_core.hpp"
#include "queue_core.hpp"

#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <utility>
#include <vector>

namespace plait::ipc::detail {

namespace asio = boost::asio;

namespace {

/// The collectors of one io_context, which tells them when it is about to be destroyed.
class collectors final : public asio::execution_context::service {
public:
    using key_type = collectors;
    static const asio::execution_context::id id;

    explicit collectors(asio::execution_context& context) : service(context) {}

    void add(loop_collector::pointer c) {
        std::scoped_lock lock(mutex_);
        std::erase_if(all_, [](const auto& each) { return each->use_count() == 1; }); // their pools are gone
        all_.push_back(std::move(c));
    }

private:
    void shutdown() noexcept override {
        for (auto& each : all_)
            each->shut_down();
        all_.clear();
    }

    std::mutex mutex_;
    std::vector<loop_collector::pointer> all_;
};

const asio::execution_context::id collectors::id;

} // namespace

loop_collector::pointer loop_collector::make(const std::shared_ptr<pool_core>& pool, asio::io_context& context) {
    pointer made(new loop_collector(pool, pool->results(), context));
    asio::use_service<collectors>(context).add(made);
    return made;
}

loop_collector::loop_collector(
    std::weak_ptr<pool_core> pool, std::shared_ptr<queue_core> results, asio::io_context& context)
    : pool_(std::move(pool)), results_(std::move(results)), context_(context) {
    party_.bind(this, &loop_collector::wake);
}

loop_collector::~loop_collector() = default;

wait_point& loop_collector::point() const noexcept { return results_->not_empty(); }

bool loop_collector::add_task() noexcept {
    if (!works()) return false;
    tasks_.fetch_add(1, std::memory_order_seq_cst);
    if (std::exchange(at_work_, true)) return true;
    if (auto pool = pool_.lock()) pool->begin_collecting_on_a_loop();
    if (post()) return true;
    tasks_.fetch_sub(1, std::memory_order_seq_cst);
    return false;
}

void loop_collector::remove_task() noexcept {
    // seq_cst: before we look whether it waits; pairs with the look in wait()
    if (tasks_.fetch_sub(1, std::memory_order_seq_cst) != 1) return;
    if (pointer self = leave_the_list()) static_cast<void>(self->post()); // it need not wait any more
}

/// Takes it out of those who wait, and returns the share of it that it had while it did; null if it did not, or was woken.
loop_collector::pointer loop_collector::leave_the_list() noexcept {
    std::scoped_lock guard(point().coroutines.lock());
    return waiter_ && point().coroutines.waiters().cancel(*waiter_) ? pointer(this, false) : nullptr;
}

/// By who wakes it, when it is no longer in the list.
void loop_collector::wake(void* woken) noexcept {
    pointer self(static_cast<loop_collector*>(woken), false);
    self->is_registered_.store(false, std::memory_order_relaxed); // for go(), which is posted
    static_cast<void>(self->post());
}

/// False if there is no context any more. Ends the program if there is no memory.
bool loop_collector::post() noexcept {
    std::scoped_lock lock(mutex_);
    if (!works()) return false;
    asio::post(context_, [self = pointer(this)] { self->go(); });
    return true;
}

/// On the context's thread.
void loop_collector::go() {
    auto pool = pool_.lock();
    try {
        if (!pool || !works()) return rest(pool.get());
        bool again = pool->collect() != 0;
        if (!again && !has_tasks()) return rest(pool.get());
        if (again || !wait(*pool)) static_cast<void>(post()); // after those that are ready now have run
    } catch (...) {                                           // it cannot be rung: from here on the keeper does it
        works_.store(false, std::memory_order_release);
        rest(pool.get());
        if (pool) pool->watch_for_good();
    }
}

/// Waits, and returns true; unless there is something to collect, or it has to look again.
bool loop_collector::wait(pool_core& pool) {
    wait_point& at = point();
    if (!ear_) {
        at.introduce(*results_->owner(), *results_);
        ear_ = std::make_unique<listening>(&context_);
    }
    auto round = at.coroutines.begin_round();
    try {
        if (pool.collect() != 0) {
            at.coroutines.leave();
            return false;
        }
    } catch (...) {
        at.coroutines.leave();
        throw;
    }
    is_registered_.store(true, std::memory_order_relaxed);
    {
        std::scoped_lock guard(at.coroutines.lock());
        if (at.coroutines.round() != round) return false; // served since, and not in the list then
        waiter_.emplace(party_);
        at.coroutines.waiters().add(*waiter_);
        intrusive_ptr_add_ref(this);
    }
    // seq_cst: after it is in the list; pairs with remove_task()
    if (tasks_.load(std::memory_order_seq_cst) != 0) return true;
    return leave_the_list() == nullptr;
}

/// Nobody is left for whom it collects, or it cannot any more.
void loop_collector::rest(pool_core* pool) noexcept {
    if (is_registered_.exchange(false, std::memory_order_relaxed)) point().coroutines.leave();
    ear_.reset();
    if (std::exchange(at_work_, false) && pool) pool->end_collecting_on_a_loop();
}

void loop_collector::shut_down() noexcept {
    {
        std::scoped_lock lock(mutex_);
        works_.store(false, std::memory_order_release);
    }
    pointer self = leave_the_list();
    rest(pool_.lock().get());
}

} // namespace plait::ipc::detail
