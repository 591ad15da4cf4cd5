// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   ┌ submitted_call<R> ───────────────────────────────────────────────────────────────┐
//   │ future_state<R> ◀─ the future    pool_task ◀─ the pool's records, or its backlog  │   one allocation, two owners
//   └──────────────────────────────────────────────────────────────────────────────────┘
//
// A task of a process_pool in the process that submitted it.

#include <plait/ipc/detail/task_wire.hpp>
#include <plait/runtime/detail/block_cache.hpp>
#include <plait/runtime/detail/future_state.hpp>
#include <plait/runtime/wait.hpp>

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace plait::ipc {

/// What a pool is told about a task.
struct task_options {
    duration timeout = duration::zero(); ///< how long it may run; then its worker is killed. Zero: as long as it likes
    bool idempotent = false;             ///< it may run again if its worker died: up to the pool's poison_limit
    std::int64_t priority = 0;           ///< the lowest is next, in a pool that goes by it
};

namespace detail {

class loop_collector;
class pool_core;
struct known_callable;

class pool_task {
public:
    using pointer = boost::intrusive_ptr<pool_task>;

    pool_task(plait::detail::future_state_base& state, std::shared_ptr<pool_core> pool, const task_options& o) noexcept
        : options(o), state_(&state), pool_(std::move(pool)) {}
    pool_task(const pool_task&) = delete;
    pool_task& operator=(const pool_task&) = delete;

    /// Ends it with a value. Throws what decoding throws, and then it has not ended.
    virtual void arrive(wire_reader value) = 0;
    void fail(std::exception_ptr why) noexcept;
    void drop() noexcept;

    [[nodiscard]] plait::detail::future_state_base& state() const noexcept { return *state_; }

    // What follows belongs to the pool. Guarded by its lock:
    const task_options options;
    enum class phase : std::uint8_t { outside, backlog, under_way, ended } where = phase::outside;
    std::uint32_t index = 0; // of its entry, while it is under way
    std::uint64_t generation = 0;
    const known_callable* callable = nullptr; // the pool's
    unsigned deaths = 0;                      // of workers that had started it
    std::vector<std::byte> message;           // kept while it is in the backlog, and all the time if it may run again
    // Not guarded:
    std::atomic<bool> is_awaited{false};             // a thread collects until it has ended
    std::atomic<bool> attracts_keeper{false};        // somebody is to be told who does not collect
    std::atomic<loop_collector*> collector{nullptr}; // likewise, on a loop

protected:
    ~pool_task() = default;
    /// What the overrides of the state's hooks do.
    void collect_until_done() noexcept;
    void call_keeper() noexcept;
    void cancel_in_pool() noexcept;

private:
    friend void intrusive_ptr_add_ref(const pool_task* t) noexcept { intrusive_ptr_add_ref(t->state_); }
    friend void intrusive_ptr_release(const pool_task* t) noexcept { intrusive_ptr_release(t->state_); }

    plait::detail::future_state_base* const state_; // the object itself
    const std::shared_ptr<pool_core> pool_;
};

template <class R>
class submitted_call final : public plait::detail::future_state<R>,
                             public pool_task,
                             public plait::detail::block_cached {
public:
    submitted_call(std::shared_ptr<pool_core> pool, const task_options& o) : pool_task(*this, std::move(pool), o) {}

private:
    void arrive(wire_reader in) override {
        if constexpr (std::is_void_v<R>) {
            in.finish();
            this->set_value();
        } else {
            R result = wire<R>::read(in);
            in.finish();
            this->set_value(std::move(result));
        }
    }
    void assist() noexcept override { this->collect_until_done(); }
    void attract() noexcept override { this->call_keeper(); }
    void request_cancel() noexcept override { this->cancel_in_pool(); }
};

} // namespace detail
} // namespace plait::ipc
