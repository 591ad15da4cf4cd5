// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   add, start, stop ──▶ ┌──────────────────┐
//                        │ what is to do    │ ──▶ the supervisor's thread, one after the other
//   a child has ended ──▶└──────────────────┘
//
// What a supervisor does, on its thread. Everything but the list of what is to do belongs to that thread; what others see
// of the children is guarded by a lock.

#include "restart_intensity.hpp"

#include <plait/ipc/supervisor.hpp>
#include <plait/runtime/observe.hpp>
#include <plait/runtime/semaphore.hpp>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace plait::ipc::detail {

class supervision : public std::enable_shared_from_this<supervision> {
public:
    explicit supervision(supervisor_options options);

    /// The thread: until the supervisor has ended.
    void run() noexcept;

    /// Has `f(*this)` called on the thread. The result is what that throws; error(no_state) if the supervisor has ended.
    [[nodiscard]] future<void> ask(std::function<void(supervision&)> f);
    void request_stop() noexcept;

    // On the thread:
    void add(child_spec spec);
    void start();
    void terminate(const std::string& name);
    void restart(const std::string& name);
    void remove(const std::string& name);

    /// Whether the caller is the thread, in a `make`.
    [[nodiscard]] bool on_its_thread() const noexcept {
        return thread_.load(std::memory_order_relaxed) == std::this_thread::get_id(); // written by the same thread
    }
    [[nodiscard]] const shared_future<void>& ended() const noexcept { return ended_; }
    [[nodiscard]] std::vector<supervised_child> children() const;
    [[nodiscard]] const supervisor_options& options() const noexcept { return options_; }

private:
    struct child {
        child_spec spec;
        std::optional<process> running = {};
        std::uint64_t incarnation = 0; // of what runs; tells its end from that of an earlier one
        bool owed = false;             // it ought to run, and its start failed
        supervised_child seen = {};    // guarded by seen_lock_
    };
    using child_ptr = std::shared_ptr<child>;
    struct wish {
        std::function<void(supervision&)> act;
        promise<void> done;
    };
    enum class phase { idle, running, ended };

    [[nodiscard]] std::optional<wish> next();
    [[nodiscard]] bool stop_is_requested() noexcept;
    void require_not_ended() const;
    [[nodiscard]] child_ptr find(const std::string& name) const;

    void start_child(child& c);
    void end_child(child& c) noexcept;
    void end_children(std::size_t first) noexcept;
    void has_ended(const child_ptr& c, std::uint64_t incarnation, int exit_code);
    void bring_back(const child_ptr& c, std::string cause);
    void forget(const child_ptr& c);
    void finish(std::exception_ptr why) noexcept;
    void note_running(child& c) noexcept;
    void note_end(child& c, std::optional<int> exit_code) noexcept;
    static void describe(const void* of, plait::detail::dump& to);

    const supervisor_options options_;

    std::atomic<std::thread::id> thread_{};
    // The thread's.
    phase phase_ = phase::idle;
    std::vector<child_ptr> children_; // those who look on: with seen_lock_; changed with it, too
    restart_intensity intensity_;
    std::uint64_t incarnations_ = 0;
    promise<void> end_;
    const shared_future<void> ended_;

    mutable std::mutex seen_lock_;

    std::mutex wishes_lock_; // guards what follows
    std::deque<wish> wishes_;
    bool stop_requested_ = false;
    bool closed_ = false; // nobody will fulfil a wish any more

    counting_semaphore to_do_{0};
    plait::detail::registry_entry entry_; // last: what it describes exists
};

} // namespace plait::ipc::detail
