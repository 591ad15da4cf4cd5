// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   registered on a loop ─────────▶ loop_door ─▶ the loop's thread      (destroyed uncalled once the loop is gone)
//   registered on a plain thread ─▶ the thread that delivers it
//
// A call that is owed to somebody, and where it is to be made.

#include <plait/runtime/detail/raw_lock.hpp>
#include <plait/runtime/detail/ready_queue.hpp>

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <memory>
#include <source_location>
#include <utility>

namespace plait {

class loop;

namespace detail {

class loop_door;

class callback {
public:
    explicit callback(const std::source_location& site);
    callback(const callback&) = delete;
    callback& operator=(const callback&) = delete;
    virtual ~callback();

    /// Calls it, here and now. What it throws is reported.
    void run() noexcept;
    /// Has it called where it was registered: on that loop's thread later, or by run_here().
    static void deliver(std::unique_ptr<callback> c) noexcept;
    /// Calls it, here and now; but a link, inside another one's call, after that has returned.
    static void run_here(std::unique_ptr<callback> c) noexcept;
    /// It may bring about the call of another link, that of a third, and so on: a chain of any length is called from one
    /// frame.
    void is_link() noexcept { is_link_ = true; }

private:
    friend class callback_queue;

    virtual void call() = 0;

    callback* next_ = nullptr;
    boost::intrusive_ptr<loop_door> home_; // nullptr: a plain thread
    std::source_location site_;
    bool is_link_ = false;
};

template <class F>
std::unique_ptr<callback> make_callback(F&& f, const std::source_location& site) {
    class of_f final : public callback {
    public:
        of_f(F&& callable, const std::source_location& where) : callback(where), call_(std::forward<F>(callable)) {}

    private:
        void call() override { call_(); }
        std::decay_t<F> call_;
    };
    return std::make_unique<of_f>(std::forward<F>(f), site);
}

/// The same, of one that is a link.
template <class F>
std::unique_ptr<callback> make_link(F&& f, const std::source_location& site) {
    auto link = make_callback(std::forward<F>(f), site);
    link->is_link();
    return link;
}

/// First in, first out. What is left is destroyed uncalled.
class callback_queue {
public:
    callback_queue() noexcept = default;
    callback_queue(callback_queue&& other) noexcept
        : first_(std::exchange(other.first_, nullptr)), last_(std::exchange(other.last_, nullptr)) {}
    callback_queue& operator=(callback_queue&&) = delete;
    ~callback_queue() {
        while (pop()) {
        }
    }

    [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
    void push(std::unique_ptr<callback> c) noexcept {
        (first_ ? last_->next_ : first_) = c.get();
        last_ = c.release();
    }
    /// nullptr if it is empty.
    std::unique_ptr<callback> pop() noexcept {
        std::unique_ptr<callback> c(first_);
        if (c) first_ = std::exchange(c->next_, nullptr);
        return c;
    }

private:
    callback* first_ = nullptr;
    callback* last_ = nullptr; // meaningless while it is empty
};

/// The way to a loop for those who do not know whether it still exists. Thread safety: any thread.
class loop_door : public boost::intrusive_ref_counter<loop_door>, private ready_item {
public:
    explicit loop_door(loop& behind) noexcept : ready_item(&loop_door::run_calls), loop_(&behind) {}
    loop_door(const loop_door&) = delete;
    loop_door& operator=(const loop_door&) = delete;

    /// Has `c` called on the loop's thread, after those that were passed before; destroys it if the loop is gone.
    void pass(std::unique_ptr<callback> c) noexcept;
    /// By the loop, before it goes.
    void close() noexcept;

private:
    static void run_calls(ready_item& item) noexcept;
    callback_queue take_calls() noexcept;

    raw_lock lock_;
    loop* loop_; // nullptr: gone
    callback_queue calls_;
};

} // namespace detail
} // namespace plait
