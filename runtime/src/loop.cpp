// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/await.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/loop.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <utility>

namespace plait {

struct loop::reactor {
    explicit reactor(std::unique_ptr<boost::asio::io_context> mine, boost::asio::io_context* borrowed)
        : owned(std::move(mine)), context(owned ? *owned : *borrowed), alarm(context) {}

    std::unique_ptr<boost::asio::io_context> owned;
    boost::asio::io_context& context;
    boost::asio::steady_timer alarm;
    time_point alarm_at = time_point::max();
    // Handlers that are still queued when the loop dies must not touch it: they hold this weakly.
    std::shared_ptr<char> alive = std::make_shared<char>();
};

// The hint 1 tells Asio that one thread runs the context, so that what this thread posts to itself takes no lock.
loop::loop(const loop_options& options)
    : clock_(options.clock),
      reactor_(std::make_unique<reactor>(std::make_unique<boost::asio::io_context>(1), nullptr)) {
    if (options.seed) ready_.seed(*options.seed);
}

loop::loop(boost::asio::io_context& context, const loop_options& options)
    : clock_(options.clock), reactor_(std::make_unique<reactor>(nullptr, &context)) {
    if (options.seed) ready_.seed(*options.seed);
}

loop::~loop() {
    door_->close();
    // One that woke the last coroutine may still be looking whether to ring. acquire; pairs with the release in
    // make_ready_remotely()
    while (ringers_.load(std::memory_order_acquire) != 0)
        std::this_thread::yield();
    delete extension_.load(std::memory_order_acquire);
    if (current_ == this) current_ = nullptr;
}

boost::asio::io_context& loop::context() noexcept { return reactor_->context; }

bool loop::runs_here() const noexcept { return reactor_->context.get_executor().running_in_this_thread(); }

loop* loop::current() noexcept { return current_ && current_->runs_here() ? current_ : nullptr; }

void loop::run() {
    schedule(); // the first drain binds the loop to this thread
    auto work = boost::asio::make_work_guard(reactor_->context);
    if (reactor_->context.stopped()) reactor_->context.restart();
    // The thread must not remember a loop that may be gone when it next asks.
    struct forget_loop {
        ~forget_loop() { current_ = nullptr; }
    } forget;
    reactor_->context.run();
}

void loop::stop() noexcept {
    // Posted, so that a stop before `run` is not lost in its restart.
    boost::asio::post(reactor_->context, [this, alive = std::weak_ptr(reactor_->alive)] {
        if (!alive.expired()) reactor_->context.stop();
    });
}

void loop::bind_to_this_thread() {
    if (current_ == this) return;
    if (thread_ != std::thread::id{} && thread_ != std::this_thread::get_id()) {
        post_drain(); // the work stays, for the right thread
        throw error(errc::two_threads_on_one_loop, "an io_context that drives plait must be run by one thread");
    }
    thread_ = std::this_thread::get_id();
    current_ = this;
}

void loop::make_ready_remotely(detail::ready_item& item) noexcept {
    // Counted before the push: afterwards the item may run, and what it does may end the loop.
    ringers_.fetch_add(1, std::memory_order_relaxed);
    inbox_.push(item);
    // Either this load sees that no drain is coming, or the drain sees the item: rest() clears the flag and then looks
    // into the inbox, both sequentially consistent.
    if (!scheduled_.load(std::memory_order_seq_cst)) schedule();
    // release; pairs with the acquire in ~loop()
    ringers_.fetch_sub(1, std::memory_order_release);
}

void loop::schedule() noexcept {
    if (!scheduled_.exchange(true, std::memory_order_seq_cst)) post_drain();
}

void loop::post_drain() {
    boost::asio::post(reactor_->context, [this, alive = std::weak_ptr(reactor_->alive)] {
        if (!alive.expired()) drain();
    });
}

// One batch. The flag `scheduled_` stays set until nothing is left to do, so whoever makes something ready in the
// meantime need not post.
void loop::drain() {
    bind_to_this_thread();
    do {
        inbox_.take(ready_);
        if (!timers_.empty()) timers_.expire(now());
        if (!ready_.empty()) io_is_quiet_ = false;
        budget_ = batch;
        while (detail::ready_item* item = next_ready())
            item->run(*item);
        budget_ = 0;
        if (!ready_.empty()) {
            post_drain(); // more to do, but the I/O gets its turn first
            return;
        }
    } while (!rest());
}

// Nothing is ready. Returns false if there is more to do after all.
bool loop::rest() noexcept {
    if (!timers_.empty()) {
        if (clock_ && inbox_.empty()) {
            if (clock_->now() >= timers_.earliest()) return false; // a coroutine has advanced a virtual clock
            if (!io_is_quiet_) {
                post_look();
                return true;
            }
            io_is_quiet_ = false;
            if (clock_->jump(timers_.earliest())) return false;
        }
        set_alarm();
    }
    scheduled_.store(false, std::memory_order_seq_cst);
    if (inbox_.empty()) return true;
    return scheduled_.exchange(true, std::memory_order_seq_cst); // true: somebody has posted the next drain
}

// Whatever can happen now happens before virtual time jumps. In a handler of its own: Asio counts the work that a handler
// posts only when that handler ends, so a poll inside drain() could take the context for out of work and stop it.
void loop::post_look() {
    boost::asio::post(reactor_->context, [this, alive = std::weak_ptr(reactor_->alive)] {
        if (alive.expired()) return;
        bool quiet = false;
        try {
            quiet = reactor_->context.poll() == 0;
        } catch (...) {
            if (!alive.expired()) post_drain(); // the loop goes on after a handler that threw
            throw;
        }
        if (alive.expired()) return;
        io_is_quiet_ = quiet;
        drain();
    });
}

// One Asio timer stands for the whole heap. It may ring too early, after its deadline was disarmed: rearming it at each
// change would cost more than the rare needless ring.
void loop::set_alarm() {
    time_point at = timers_.earliest();
    if (clock_ || at >= reactor_->alarm_at) return;
    reactor_->alarm_at = at;
    reactor_->alarm.expires_at(at);
    reactor_->alarm.async_wait([this, alive = std::weak_ptr(reactor_->alive)](const boost::system::error_code& ec) {
        if (ec || alive.expired()) return;
        reactor_->alarm_at = time_point::max();
        schedule();
    });
}

bool detail::is_context_of_own_loop(const boost::asio::execution_context& context) noexcept {
    loop* home = party::current().home();
    return home && &context == &home->context();
}

} // namespace plait
