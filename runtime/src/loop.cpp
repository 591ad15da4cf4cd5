// Copyright 2026 the plait authors. Boost Software License 1.0
#include "handler_memory.hpp"

#include <plait/runtime/await.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/loop.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

namespace plait {
namespace {

/// The guests of other people's io_contexts: which of them a thread runs is not known before a look, because nobody tells
/// when such a context is run.
class guests {
public:
    static guests& instance() {
        static guests the_ones;
        return the_ones;
    }
    void add(loop& l) {
        std::lock_guard guard(lock_);
        loops_.push_back(&l);
        count_.store(loops_.size(), std::memory_order_relaxed);
    }
    void remove(loop& l) noexcept {
        std::lock_guard guard(lock_);
        loops_.erase(std::find(loops_.begin(), loops_.end(), &l));
        count_.store(loops_.size(), std::memory_order_relaxed);
    }
    /// The one whose io_context the calling thread is inside, or nullptr.
    loop* here() noexcept {
        // relaxed: a thread that runs a guest's context has seen the guest made
        if (count_.load(std::memory_order_relaxed) == 0) return nullptr;
        std::lock_guard guard(lock_);
        auto found = std::find_if(loops_.begin(), loops_.end(), [](loop* l) { return l->runs_here(); });
        return found == loops_.end() ? nullptr : *found;
    }

private:
    std::mutex lock_;
    std::vector<loop*> loops_;
    std::atomic<std::size_t> count_{0};
};

} // namespace

struct loop::reactor {
    explicit reactor(std::unique_ptr<boost::asio::io_context> mine, boost::asio::io_context* borrowed)
        : owned(std::move(mine)), context(owned ? *owned : *borrowed), alarm(context) {}

    /// What handlers that are still queued when the loop dies share with it.
    struct shared {
        bool loop_is_gone = false;
        detail::handler_memory<1> drain; // or a look: there is never more than one of them
        detail::handler_memory<2> alarm; // one that is set, and one that was replaced and not yet told so
        detail::handler_memory<2> stop;
    };

    /// `f` as a handler that lies in `memory`, and that does nothing once the loop is gone.
    template <std::size_t count, class F>
    auto handler(detail::handler_memory<count>& memory, F f) {
        auto unless_gone = [with = with_handlers, f](auto... args) {
            if (!with->loop_is_gone) f(args...);
        };
        return detail::placed_handler(memory, std::move(unless_gone));
    }

    std::unique_ptr<boost::asio::io_context> owned;
    boost::asio::io_context& context;
    boost::asio::steady_timer alarm;
    time_point alarm_at = time_point::max();
    std::size_t outside_waits = 0;
    std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_outside; // for them
    std::shared_ptr<shared> with_handlers = std::make_shared<shared>();
};

/// Makes a loop the calling thread's current one, for a scope.
class loop::current_here {
public:
    explicit current_here(loop& l) noexcept : before_(std::exchange(current_, &l)) {}
    ~current_here() { current_ = before_; }
    current_here(const current_here&) = delete;
    current_here& operator=(const current_here&) = delete;

private:
    loop* before_;
};

loop::loop(const loop_options& options, std::unique_ptr<reactor> r, bool guest)
    : clock_(options.clock), reactor_(std::move(r)), guest_(guest), name_(options.name) {
    if (options.seed) {
        ready_.seed(*options.seed);
        timers_.seed(~*options.seed); // another one, so that the two kinds of choice are unrelated
    }
    entry_.emplace(this, [](const void* of, detail::dump& to) { static_cast<const loop*>(of)->describe(to); });
    if (guest_) guests::instance().add(*this);
}

// The hint 1 tells Asio that one thread runs the context, so that what this thread posts to itself takes no lock.
loop::loop(const loop_options& options)
    : loop(options, std::make_unique<reactor>(std::make_unique<boost::asio::io_context>(1), nullptr), false) {}

loop::loop(boost::asio::io_context& context, const loop_options& options)
    : loop(options, std::make_unique<reactor>(nullptr, &context), true) {}

loop::~loop() {
    door_->close();
    entry_.reset(); // waits for a dump that is looking at this loop
    if (guest_) guests::instance().remove(*this);
    detail::loop_extension* extension = extension_.load(std::memory_order_acquire);
    std::size_t on_their_way = extension ? extension->abandon() : 0;
    reactor_->with_handlers->loop_is_gone = true;
    auto abandon_what_is_ready = [&] {
        do {
            inbox_.take(ready_);
            while (detail::ready_item* item = extension ? ready_.pop() : nullptr)
                on_their_way -= extension->abandon(*item);
        } while (!inbox_.empty()); // what is destroyed in this way may cancel what comes after it
    };
    // One that woke the last coroutine may still be looking whether to ring. acquire; pairs with the release in
    // make_ready_remotely()
    while (on_their_way != 0 || ringers_.load(std::memory_order_acquire) != 0) {
        abandon_what_is_ready();
        std::this_thread::yield();
    }
    abandon_what_is_ready();
    delete extension;
}

boost::asio::io_context& loop::context() noexcept { return reactor_->context; }

bool loop::runs_here() const noexcept { return reactor_->context.get_executor().running_in_this_thread(); }

loop* loop::current() noexcept { return current_ ? current_ : guests::instance().here(); }

void loop::run() {
    auto work = boost::asio::make_work_guard(reactor_->context);
    run_context();
}

bool loop::run_to_standstill() { return run_context(); }

// Returns whether `stop` has ended it.
bool loop::run_context() {
    bind_to_this_thread();
    schedule();
    boost::asio::io_context& context = reactor_->context;
    if (context.stopped()) context.restart();
    {
        current_here in_handlers_too(*this);
        context.run();
    }
    return stop_requested_.exchange(false, std::memory_order_relaxed);
}

void loop::stop() noexcept {
    // One handler is enough. Posted, so that a stop before `run` is not lost in its restart; one that finds that its stop
    // has been served by another belongs to a run that is over.
    if (stop_requested_.exchange(true, std::memory_order_relaxed)) return;
    boost::asio::post(reactor_->context, reactor_->handler(reactor_->with_handlers->stop, [this] {
        if (stop_requested_.load(std::memory_order_relaxed)) reactor_->context.stop();
    }));
}

void loop::bind_to_this_thread() {
    std::thread::id self = std::this_thread::get_id(), nobody;
    // relaxed: a thread looks for nothing but itself
    if (thread_.load(std::memory_order_relaxed) == self) return;
    if (!thread_.compare_exchange_strong(nobody, self, std::memory_order_relaxed))
        throw error(errc::two_threads_on_one_loop, "an io_context that drives plait must be run by one thread");
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

void loop::post_drain() noexcept {
    boost::asio::post(reactor_->context, reactor_->handler(reactor_->with_handlers->drain, [this] { drain(); }));
}

// One batch. The flag `scheduled_` stays set until nothing is left to do, so whoever makes something ready in the
// meantime need not post.
void loop::drain() {
    try {
        bind_to_this_thread();
    } catch (...) {
        post_drain(); // the work stays, for the right thread
        throw;
    }
    current_here here(*this);
    do {
        batches_.add();
        wakes_from_outside_.add(inbox_.take(ready_));
        if (!timers_.empty()) timers_.expire(now());
        if (!ready_.empty()) io_is_quiet_ = false;
        run_batch();
        if (!ready_.empty()) return post_drain(); // more to do, but the I/O gets its turn first
    } while (!rest());
}

// Coroutines take the next item themselves until the batch is over; in a seeded loop, only this chooses.
void loop::run_batch() {
    const std::uint64_t end = items_run_.get() + batch;
    while (items_run_.get() != end) {
        detail::ready_item* item = ready_.pop();
        if (!item) break;
        items_run_.add();
        batch_end_ = ready_.is_seeded() ? items_run_.get() : end;
        item->run(*item);
    }
    batch_end_ = items_run_.get();
}

// Nothing is ready. Returns false if there is more to do after all.
bool loop::rest() noexcept {
    if (clock_ && !timers_.empty() && inbox_.empty()) {
        if (clock_->now() >= timers_.earliest()) return false; // a coroutine has advanced a virtual clock
        if (!io_is_quiet_) {
            post_look();
            return true;
        }
        io_is_quiet_ = false;
        if (clock_->jump(timers_.earliest())) return false;
    }
    if (!clock_ && !timers_.empty() && !set_alarm()) {
        post_drain(); // come back at once, and look at the I/O in between
        return true;
    }
    scheduled_.store(false, std::memory_order_seq_cst);
    if (inbox_.empty()) return true;
    return scheduled_.exchange(true, std::memory_order_seq_cst); // true: somebody has posted the next drain
}

// Whatever can happen now happens before virtual time jumps. In a handler of its own: Asio counts the work that a handler
// posts only when that handler ends, so a poll inside drain() could take the context for out of work and stop it.
void loop::post_look() noexcept {
    auto look = [this] {
        std::shared_ptr<reactor::shared> state = reactor_->with_handlers; // a handler may destroy the loop
        bool quiet = false;
        try {
            quiet = reactor_->context.poll() == 0;
        } catch (...) {
            if (!state->loop_is_gone) post_drain(); // the loop goes on after a handler that threw
            throw;
        }
        if (state->loop_is_gone) return;
        io_is_quiet_ = quiet;
        drain();
    };
    boost::asio::post(reactor_->context, reactor_->handler(reactor_->with_handlers->drain, look));
}

// One Asio timer stands for the whole heap. It may ring too early, after its deadline was disarmed: rearming it at each
// change would cost more than the rare needless ring. Returns false if the loop should rather poll: the deadline is so
// near that the alarm would come too late, or there is no memory for the alarm.
bool loop::set_alarm() noexcept {
    time_point at = timers_.earliest();
    if (at >= reactor_->alarm_at) return true;
    if (at <= saturating_add(now(), nearby)) return false; // no difference: a deadline may be any moment of the past
    try {
        reactor_->alarm.expires_at(at);
        reactor_->alarm_at = at;
        reactor_->alarm.async_wait(
            reactor_->handler(reactor_->with_handlers->alarm, [this](const boost::system::error_code& ec) {
                if (ec) return;
                reactor_->alarm_at = time_point::max();
                schedule();
            }));
        return true;
    } catch (const std::bad_alloc&) {
        reactor_->alarm_at = time_point::max();
        return false;
    }
}

void loop::begin_outside_wait() noexcept {
    if (reactor_->outside_waits++ == 0) reactor_->work_outside.emplace(reactor_->context.get_executor());
}

void loop::end_outside_wait() noexcept {
    if (--reactor_->outside_waits == 0) reactor_->work_outside.reset();
}

loop_stats loop::stats() const noexcept {
    return {
        .batches = batches_.get(),
        .items_run = items_run_.get(),
        .wakes_from_outside = wakes_from_outside_.get(),
        .timers_armed = timers_.armed(),
        .timers_expired = timers_.expired(),
        .longest_hold = duration(longest_hold_.load(std::memory_order_relaxed))};
}

void loop::note_hold(duration d) noexcept {
    if (d.count() > longest_hold_.load(std::memory_order_relaxed))
        longest_hold_.store(d.count(), std::memory_order_relaxed);
}

void loop::describe(detail::dump& to) const {
    detail::describe_stats(to, loop_stats::kind, name_, stats());
    // acquire; pairs with the release in extension()
    if (detail::loop_extension* extension = extension_.load(std::memory_order_acquire)) extension->describe(to);
}

bool detail::is_context_of_own_loop(const boost::asio::execution_context& context) noexcept {
    loop* home = party::current().home();
    return home && &context == &home->context();
}

bool detail::is_operation_aborted(const std::exception_ptr& e) noexcept {
    try {
        if (e) std::rethrow_exception(e);
    } catch (const boost::system::system_error& failed) {
        return failed.code() == boost::asio::error::operation_aborted;
    } catch (...) { // something else
    }
    return false;
}

} // namespace plait
