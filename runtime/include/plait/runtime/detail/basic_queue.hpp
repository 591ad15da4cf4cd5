// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//              put end                                get end
//   producers ──put──▶ lock, items ever put ─▶ [ items ] ─▶ lock, items ever taken ──get──▶ consumers ──task_done──▶ join
//                      getters that wait                     putters that wait
//
// What the queues of one process share; they differ in `Items`, which keeps the items in some order.
//
// Each end has a lock, and the count of what ever went through it, which only its holder changes. The other end reads the
// count when the one it remembers is used up, so that as long as there are items and room the two ends have nothing to do
// with each other. Items that cannot be put and taken at the same time share one lock.
//
// Who waits for one end to move waits in the list of that end. Before it joins the list it holds the lock of that end and
// sees, under it, that it must wait; who moves the end holds the same lock and sees that somebody waits. So no wake-up is
// lost, and nobody pays for those who do not wait. A list has a lock of its own, taken inside the end's.

#include <plait/runtime/detail/biased_lock.hpp>
#include <plait/runtime/detail/counter.hpp>
#include <plait/runtime/detail/spin.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/wait.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plait {

/// What a queue has done so far.
struct queue_stats {
    static constexpr std::string_view kind = "queue";

    std::uint64_t items_put = 0;
    std::uint64_t items_taken = 0;    ///< or dropped
    std::uint64_t putters_parked = 0; ///< how often a put had to wait for longer than a moment
    std::uint64_t getters_parked = 0; ///< the same of gets

    template <class Visit>
    void each(Visit visit) const {
        visit("items put", items_put);
        visit("items taken", items_taken);
        visit("putters parked", putters_parked);
        visit("getters parked", getters_parked);
    }
};

namespace detail {

template <class T, class Items>
class basic_queue {
public:
    /// The capacity of a queue that a put never waits for.
    static constexpr std::size_t unbounded = std::numeric_limits<std::size_t>::max();

    basic_queue(const basic_queue&) = delete;
    basic_queue& operator=(const basic_queue&) = delete;

    /// Puts `item`. Waits while the queue is full.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none, until there is room.
    /// Cancellation:  nothing was put.
    /// Thread safety: any thread.
    /// Throws:        queue_closed; cancelled; errc::would_block_loop; std::bad_alloc; whatever moving the item throws.
    ///                Nothing was put then, and `item` is as it was, as far as a failed move leaves it so.
    void put(T&& item) { put_until_deadline(std::move(item), deadline::never()); }
    void put(const T& item) { put(T(item)); }
    /// The same, waiting at most `d` or until `t`; then throws timeout_error. A negative `d` is
    /// errc::invalid_argument.
    void put_for(T&& item, duration d) { put_until_deadline(std::move(item), deadline_after(d)); }
    void put_for(const T& item, duration d) { put_for(T(item), d); }
    void put_until(T&& item, time_point t) { put_until_deadline(std::move(item), deadline(t)); }
    void put_until(const T& item, time_point t) { put_until(T(item), t); }
    /// Puts without waiting; fails with errc::queue_full or errc::queue_closed, and then `item` is as it was.
    boost::system::result<void> try_put(T&& item) {
        outcome result = push_one(item);
        if (result != outcome::done) return result == outcome::closed ? errc::queue_closed : errc::queue_full;
        return {};
    }
    boost::system::result<void> try_put(const T& item) { return try_put(T(item)); }
    /// Calls the token's handler, void(error_code), once the item was put. See <plait/runtime/async.hpp>.
    template <class Token>
    auto async_put(T item, Token&& token) {
        return async_perform(putting<T>{*this, std::move(item)}, std::forward<Token>(token));
    }

    /// Takes the next item. Waits while the queue is empty.
    ///
    /// Blocks, thread safety, throws: as put. Cancellation: nothing was taken.
    [[nodiscard]] T get() { return get_until_deadline(deadline::never()); }
    /// The same, waiting at most `d` or until `t`; then throws timeout_error.
    [[nodiscard]] T get_for(duration d) { return get_until_deadline(deadline_after(d)); }
    [[nodiscard]] T get_until(time_point t) { return get_until_deadline(deadline(t)); }
    /// Takes without waiting; fails with errc::queue_empty, or errc::queue_closed once it is drained.
    [[nodiscard]] boost::system::result<T> try_get() {
        bool closed = is_closed(); // looked at first: nothing is put afterwards
        section in(lock_of(get_end_));
        if (can_take()) return pop(in);
        return closed ? errc::queue_closed : errc::queue_empty;
    }
    /// Calls the token's handler, void(error_code, T), with the item. See <plait/runtime/async.hpp>.
    template <class Token>
    auto async_get(Token&& token) {
        return async_perform(getting{*this}, std::forward<Token>(token));
    }

    /// Puts the first of `items`, as many as there is room for, at once; waits until there is room for one. Returns how
    /// many were put: those were moved from, the others are as they were. A move that fails ends it before that item, and
    /// throws only if it was the first. Nothing to put is 0, at once. Otherwise as put.
    std::size_t put_many(std::span<T> items) { return put_many_until_deadline(items, deadline::never()); }
    std::size_t put_many_for(std::span<T> items, duration d) {
        return put_many_until_deadline(items, deadline_after(d));
    }
    std::size_t put_many_until(std::span<T> items, time_point t) { return put_many_until_deadline(items, deadline(t)); }
    boost::system::result<std::size_t> try_put_many(std::span<T> items) {
        putting_many operation(*this, items);
        outcome result = operation.try_once();
        if (result != outcome::done) return result == outcome::closed ? errc::queue_closed : errc::queue_full;
        return operation.count;
    }
    /// The handler is void(error_code, std::size_t); what `items` refers to must live until it is called.
    template <class Token>
    auto async_put_many(std::span<T> items, Token&& token) {
        return async_perform(putting_many{*this, items}, std::forward<Token>(token));
    }

    /// Takes what is there, at most `most` items, at once; waits until there is one. A move that fails ends it before that
    /// item, and throws only if it was the first. Otherwise as get; a `most` of 0 is errc::invalid_argument.
    [[nodiscard]] std::vector<T> get_many(std::size_t most) { return get_many_until_deadline(most, deadline::never()); }
    [[nodiscard]] std::vector<T> get_many_for(std::size_t most, duration d) {
        return get_many_until_deadline(most, deadline_after(d));
    }
    [[nodiscard]] std::vector<T> get_many_until(std::size_t most, time_point t) {
        return get_many_until_deadline(most, deadline(t));
    }
    [[nodiscard]] boost::system::result<std::vector<T>> try_get_many(std::size_t most) {
        bool closed = is_closed(); // looked at first, as in try_get
        getting_many operation(*this, most);
        if (operation.try_once() == outcome::done) return std::move(operation.items);
        return closed ? errc::queue_closed : errc::queue_empty;
    }
    /// The handler is void(error_code, std::vector<T>).
    template <class Token>
    auto async_get_many(std::size_t most, Token&& token) {
        return async_perform(getting_many{*this, most}, std::forward<Token>(token));
    }

    /// Says that one of the items that were taken is dealt with. Never waits; any thread. Throws
    /// errc::task_done_without_get if that was said of every item that was taken.
    void task_done() {
        std::lock_guard guard(tasks_lock_);
        // acquire; pairs with the release in count_taken()
        if (done_ == get_end_.count.load(std::memory_order_acquire))
            throw error(errc::task_done_without_get, "queue.task_done");
        ++done_;
        if (all_is_done()) joiners_.wake_all();
    }

    /// Waits until every item that was put is dealt with: task_done() was said of it, or close_now() dropped it. May be
    /// called often, and by many. What was done before task_done() is seen after it.
    ///
    /// Blocks:        the calling coroutine, or the thread if there is none.
    /// Cancellation:  changes nothing.
    /// Throws:        errc::would_block_loop in a handler on a loop's thread; cancelled.
    void join() { static_cast<void>(join_until_deadline(deadline::never())); }
    /// The same, waiting at most `d` or until `t`; false if something was left to do then. A negative `d` is
    /// errc::invalid_argument.
    [[nodiscard]] bool join_for(duration d) { return join_until_deadline(deadline_after(d)); }
    [[nodiscard]] bool join_until(time_point t) { return join_until_deadline(deadline(t)); }
    /// True if nothing is left to do now. Never waits.
    [[nodiscard]] bool try_join() const noexcept {
        std::lock_guard guard(tasks_lock_);
        return all_is_done();
    }
    /// Calls the token's handler, void(error_code), once nothing is left to do. See <plait/runtime/async.hpp>.
    template <class Token>
    auto async_join(Token&& token) {
        return async_perform(joining{*this}, std::forward<Token>(token));
    }

    /// Refuses further puts, those that wait included; gets take what is left and then throw queue_closed. Never waits;
    /// any thread.
    void close() noexcept {
        {
            section in(put_end_.lock);
            refuse_puts();
        }
        section in(lock_of(get_end_));
        wake_everybody(get_end_);
    }
    /// The same, but drops what is left: gets throw at once, and nothing that was dropped is left for join() to wait for.
    void close_now() noexcept {
        // What was dropped goes after the locks: destructors are user code.
        [[maybe_unused]] auto dropped = [&] {
            section putting_stops(put_end_.lock);
            std::optional<section> getting_stops;
            if constexpr (Items::ends_are_independent) getting_stops.emplace(get_end_.lock);
            std::lock_guard guard(tasks_lock_);
            refuse_puts();
            wake_everybody(get_end_);
            std::uint64_t front = get_end_.count.load(std::memory_order_relaxed);
            std::uint64_t back = put_end_.count.load(std::memory_order_relaxed);
            get_end_.count.store(back, std::memory_order_release);
            get_end_.known = back;
            done_ += back - front;
            if (all_is_done()) joiners_.wake_all();
            return items_.release(front, back);
        }();
    }
    // acquire; pairs with the release in refuse_puts()
    [[nodiscard]] bool is_closed() const noexcept { return closed_.load(std::memory_order_acquire); }

    /// Hints: true when they were read, perhaps not any more when they are used. They take no lock.
    [[nodiscard]] std::size_t size() const noexcept {
        // acquire: the count of those that were put, read afterwards, is not behind; pairs with the release in count_taken()
        std::uint64_t front = get_end_.count.load(std::memory_order_acquire);
        std::uint64_t back = put_end_.count.load(std::memory_order_acquire);
        return std::min(static_cast<std::size_t>(back - front), capacity_);
    }
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    [[nodiscard]] bool full() const noexcept { return size() >= capacity_; }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

    /// Takes no lock; each figure is right by itself.
    [[nodiscard]] queue_stats stats() const noexcept {
        constexpr auto relaxed = std::memory_order_relaxed;
        return {
            put_end_.count.load(relaxed), get_end_.count.load(relaxed), get_end_.parked.get(), put_end_.parked.get()};
    }

protected:
    template <class... Args>
    basic_queue(const char* what, std::size_t capacity, Args&&... for_items)
        : capacity_(capacity), items_(std::forward<Args>(for_items)...) {
        if (capacity == 0)
            throw error(errc::invalid_argument, std::string(what) + ": a capacity of 0; it must be at least 1");
    }
    /// Nobody may wait for it. Who got the last item may destroy the queue, even if the put() is just returning.
    ~basic_queue() {
        { section putter_has_left(put_end_.lock); }
        { section getter_has_left(get_end_.lock); }
        static_cast<void>(items_.release(
            get_end_.count.load(std::memory_order_relaxed), put_end_.count.load(std::memory_order_relaxed)));
    }

private:
    using section = biased_lock::section;
    enum class outcome { done, nothing, closed };

    /// One end of the queue, on cache lines of its own.
    struct alignas(64) end {
        biased_lock lock;
        std::uint64_t known = 0;             // up to this count, nothing need be asked
        std::atomic<std::uint64_t> count{0}; // of the items that ever went through here
        std::atomic<bool> awaited{false};    // somebody is in the list; changed under list_lock, set under lock too
        raw_lock list_lock;
        wait_list waiters; // those who wait for this end to move
        counter parked;    // how often somebody joined them; changed under list_lock
        spin spins;        // of the threads that look out before
    };

    [[nodiscard]] biased_lock& lock_of(end& e) noexcept { return Items::ends_are_independent ? e.lock : put_end_.lock; }

    // ------------------------------------------------------------------------------------------- under an end's lock

    [[nodiscard]] bool can_put() {
        std::uint64_t back = put_end_.count.load(std::memory_order_relaxed);
        return back != put_end_.known || find_room(back);
    }
    bool find_room(std::uint64_t back) {
        // acquire; pairs with the release in count_taken(): the places of what was taken are free
        std::uint64_t front = get_end_.count.load(std::memory_order_acquire);
        std::size_t room = capacity_ - static_cast<std::size_t>(back - front);
        if (room == 0) return false;
        put_end_.known = back + items_.make_room(front, back, room);
        return true;
    }
    void push(T& item) {
        std::uint64_t back = put_end_.count.load(std::memory_order_relaxed);
        items_.push(back, std::move(item));
        // release; pairs with the acquire in find_items()
        put_end_.count.store(back + 1, std::memory_order_release);
    }

    [[nodiscard]] bool can_take() noexcept {
        std::uint64_t front = get_end_.count.load(std::memory_order_relaxed);
        return front != get_end_.known || find_items(front);
    }
    bool find_items(std::uint64_t front) noexcept {
        // acquire; pairs with the release in push()
        std::uint64_t back = put_end_.count.load(std::memory_order_acquire);
        if (back == front) return false;
        get_end_.known = front + items_.ready(front, back);
        return true;
    }
    [[nodiscard]] T& front() noexcept { return items_.front(get_end_.count.load(std::memory_order_relaxed)); }
    void count_taken() noexcept {
        std::uint64_t front = get_end_.count.load(std::memory_order_relaxed);
        items_.drop_front(front);
        // release; pairs with the acquire in find_room()
        get_end_.count.store(front + 1, std::memory_order_release);
    }

    /// Takes one of those who wait for `moved` out of the list; the caller unblocks it when it has left the lock.
    [[nodiscard]] wait_list::chosen choose(end& moved) noexcept {
        if (!moved.awaited.load(std::memory_order_relaxed)) [[likely]]
            return {};
        return choose_from_list(moved);
    }
    [[gnu::noinline]] static wait_list::chosen choose_from_list(end& moved) noexcept {
        std::lock_guard guard(moved.list_lock);
        wait_list::chosen first = moved.waiters.choose();
        if (moved.waiters.empty()) moved.awaited.store(false, std::memory_order_relaxed);
        return first;
    }
    void wake(end& moved, std::size_t count) noexcept {
        while (count-- > 0 && moved.awaited.load(std::memory_order_relaxed))
            choose_from_list(moved).unblock();
    }
    static void wake_everybody(end& moved) noexcept {
        std::lock_guard guard(moved.list_lock);
        moved.waiters.wake_all();
        moved.awaited.store(false, std::memory_order_relaxed);
    }
    void refuse_puts() noexcept {
        // release; pairs with the acquire in is_closed()
        closed_.store(true, std::memory_order_release);
        wake_everybody(put_end_);
    }

    // ----------------------------------------------------------------------------------------------- without waiting

    outcome push_one(T& item) {
        wait_list::chosen getter;
        {
            section in(put_end_.lock);
            if (closed_.load(std::memory_order_relaxed)) return outcome::closed;
            if (!can_put()) return outcome::nothing;
            push(item);
            getter = choose(put_end_);
        }
        getter.unblock();
        return outcome::done;
    }
    T pop(section& in) {
        T item(std::move(front()));
        count_taken();
        wait_list::chosen putter = choose(get_end_);
        in.leave();
        putter.unblock();
        return item;
    }

    // ------------------------------------------------------------------------------------- operations, see `perform`

    /// What the operations have in common: they wait for one end to move.
    struct waiting_for_end {
        basic_queue& of;
        end& awaited;

        [[nodiscard]] raw_lock& lock() const noexcept { return awaited.list_lock; }
        [[nodiscard]] wait_list& waiters() const noexcept { return awaited.waiters; }
        void pass_on(std::unique_lock<raw_lock>& guard) const noexcept { awaited.waiters.wake_one(guard); }

    protected:
        /// Calls `try_once` until it has done something, or the caller must wait, and can.
        template <class Try>
        bool attempt(std::unique_lock<raw_lock>& guard, bool was_woken, Try try_once) {
            guard.unlock();
            try {
                while (try_once() != outcome::done) {
                    section in(of.lock_of(awaited));
                    if (!of.must_wait_for(awaited)) continue;
                    guard.lock();
                    awaited.awaited.store(true, std::memory_order_relaxed);
                    awaited.parked.add();
                    return false;
                }
                return true;
            } catch (...) {
                if (was_woken) {
                    guard.lock();
                    pass_on(guard); // what this one was woken for is the next one's
                }
                throw;
            }
        }
    };

    template <class Held> // T, or T& if the caller keeps the item
    struct putting : waiting_for_end {
        using signature = void(boost::system::error_code);
        static constexpr const char* what = "queue.put";

        Held item;

        putting(basic_queue& queue, Held&& held)
            : waiting_for_end{queue, queue.get_end_}, item(std::forward<Held>(held)) {}
        bool attempt(std::unique_lock<raw_lock>& guard, party&, bool was_woken) {
            return waiting_for_end::attempt(guard, was_woken, [this] { return this->of.push_one(item); });
        }
        template <class Handler>
        void complete(Handler&& handler, boost::system::error_code ec) {
            std::forward<Handler>(handler)(ec);
        }
    };

    /// Comes back with the lock of the get end, and an item to take.
    struct taking : waiting_for_end {
        static constexpr const char* what = "queue.get";

        std::optional<section> in = {};
        bool used_wake_up = false;

        explicit taking(basic_queue& queue) : waiting_for_end{queue, queue.put_end_} {}
        bool attempt(std::unique_lock<raw_lock>& guard, party&, bool was_woken) {
            used_wake_up = was_woken;
            return waiting_for_end::attempt(guard, was_woken, [this] {
                in.emplace(this->of.lock_of(this->of.get_end_));
                if (this->of.can_take()) return outcome::done;
                in.reset();
                return outcome::nothing;
            });
        }
        T take() {
            try {
                return this->of.pop(*in);
            } catch (...) {
                in.reset();
                if (used_wake_up) {
                    std::unique_lock guard(this->lock());
                    this->pass_on(guard);
                }
                throw;
            }
        }
    };

    struct getting : waiting_for_end {
        using signature = void(boost::system::error_code, T);
        static constexpr const char* what = "queue.get";

        std::optional<T> item = {};

        explicit getting(basic_queue& queue) : waiting_for_end{queue, queue.put_end_} {}
        outcome try_once() {
            section in(this->of.lock_of(this->of.get_end_));
            if (!this->of.can_take()) return outcome::nothing;
            item.emplace(this->of.pop(in));
            return outcome::done;
        }
        bool attempt(std::unique_lock<raw_lock>& guard, party&, bool was_woken) {
            return waiting_for_end::attempt(guard, was_woken, [this] { return try_once(); });
        }
        template <class Handler>
        void complete(Handler&& handler, boost::system::error_code ec) {
            std::forward<Handler>(handler)(ec, item ? std::move(*item) : T());
        }
    };

    struct putting_many : waiting_for_end {
        using signature = void(boost::system::error_code, std::size_t);
        static constexpr const char* what = "queue.put_many";

        std::span<T> items;
        std::size_t count = 0; // of those that were put

        putting_many(basic_queue& queue, std::span<T> all) : waiting_for_end{queue, queue.get_end_}, items(all) {}
        outcome try_once() {
            basic_queue& q = this->of;
            if (items.empty()) return outcome::done;
            section in(q.put_end_.lock);
            if (q.closed_.load(std::memory_order_relaxed)) return outcome::closed;
            try {
                for (; count < items.size() && q.can_put(); ++count)
                    q.push(items[count]);
            } catch (...) {
                if (count == 0) throw;
            }
            q.wake(q.put_end_, count);
            return count ? outcome::done : outcome::nothing;
        }
        bool attempt(std::unique_lock<raw_lock>& guard, party&, bool was_woken) {
            return waiting_for_end::attempt(guard, was_woken, [this] { return try_once(); });
        }
        template <class Handler>
        void complete(Handler&& handler, boost::system::error_code ec) {
            std::forward<Handler>(handler)(ec, count);
        }
    };

    struct getting_many : waiting_for_end {
        using signature = void(boost::system::error_code, std::vector<T>);
        static constexpr const char* what = "queue.get_many";

        std::size_t most;
        std::vector<T> items = {};

        getting_many(basic_queue& queue, std::size_t at_most) : waiting_for_end{queue, queue.put_end_}, most(at_most) {
            if (most == 0) throw error(errc::invalid_argument, "queue.get_many: most is 0; it must be at least 1");
        }
        outcome try_once() {
            basic_queue& q = this->of;
            items.reserve(std::min(most, std::max<std::size_t>(q.size(), 1))); // not under the lock
            section in(q.lock_of(q.get_end_));
            try {
                for (; items.size() < std::min(most, items.capacity()) && q.can_take(); q.count_taken())
                    items.push_back(std::move(q.front()));
            } catch (...) {
                if (items.empty()) throw;
            }
            q.wake(q.get_end_, items.size());
            return items.empty() ? outcome::nothing : outcome::done;
        }
        bool attempt(std::unique_lock<raw_lock>& guard, party&, bool was_woken) {
            return waiting_for_end::attempt(guard, was_woken, [this] { return try_once(); });
        }
        template <class Handler>
        void complete(Handler&& handler, boost::system::error_code ec) {
            std::forward<Handler>(handler)(ec, std::move(items));
        }
    };

    struct joining {
        using signature = void(boost::system::error_code);
        static constexpr const char* what = "queue.join";

        basic_queue& of;

        [[nodiscard]] raw_lock& lock() const noexcept { return of.tasks_lock_; }
        [[nodiscard]] wait_list& waiters() const noexcept { return of.joiners_; }
        // One that was woken goes, even if something was put since.
        bool attempt(std::unique_lock<raw_lock>&, party&, bool was_woken) const noexcept {
            return was_woken || of.all_is_done();
        }
        void pass_on(std::unique_lock<raw_lock>&) const noexcept {} // everybody is woken
        template <class Handler>
        void complete(Handler&& handler, boost::system::error_code ec) const {
            std::forward<Handler>(handler)(ec);
        }
    };

    /// True if there is nothing to take, or no room, and no end of that but that `awaited` moves, whose lock is held.
    /// Throws queue_closed.
    [[nodiscard]] bool must_wait_for(end& awaited) const {
        bool closed = closed_.load(std::memory_order_relaxed);
        if (&awaited == &put_end_) {
            if (!empty()) return false;
            if (closed) throw queue_closed("queue.get");
        } else {
            if (closed) throw queue_closed("queue.put");
            if (!full()) return false;
        }
        return true;
    }

    // ------------------------------------------------------------------------------------------------------- waiting

    /// A thread looks out for `ready` for a while: going to sleep and being woken costs more.
    template <class Ready, class Backlog>
    static void spin_as_thread(end& awaited, const char* what, Ready ready, Backlog backlog) {
        if (party::current().what() == party::kind::coroutine) return; // others can use its thread meanwhile
        throw_if_park_would_block_loop(what);
        awaited.spins.until(ready, backlog);
    }
    void spin_until_room(const char* what) {
        spin_as_thread(
            get_end_, what, [this] { return !full() || is_closed(); }, [this] { return capacity_ - size(); });
    }
    void spin_until_item(const char* what) {
        spin_as_thread(
            put_end_, what, [this] { return !empty() || is_closed(); }, [this] { return size(); });
    }
    template <class Operation>
    static void perform_until(Operation& operation, deadline until) {
        throw_unless_woken(perform(operation, until), Operation::what);
    }

    void put_until_deadline(T&& item, deadline until) {
        if (push_one(item) != outcome::done) [[unlikely]]
            put_slowly(item, until);
    }
    [[gnu::noinline]] void put_slowly(T& item, deadline until) {
        spin_until_room("queue.put");
        putting<T&> operation(*this, item);
        perform_until(operation, until);
    }
    T get_until_deadline(deadline until) {
        {
            section in(lock_of(get_end_));
            if (can_take()) [[likely]]
                return pop(in);
        }
        return get_slowly(until);
    }
    [[gnu::noinline]] T get_slowly(deadline until) {
        spin_until_item("queue.get");
        taking operation(*this);
        perform_until(operation, until);
        return operation.take();
    }
    std::size_t put_many_until_deadline(std::span<T> items, deadline until) {
        putting_many operation(*this, items);
        if (operation.try_once() == outcome::done) return operation.count;
        spin_until_room("queue.put_many");
        perform_until(operation, until);
        return operation.count;
    }
    std::vector<T> get_many_until_deadline(std::size_t most, deadline until) {
        getting_many operation(*this, most);
        if (operation.try_once() == outcome::done) return std::move(operation.items);
        spin_until_item("queue.get_many");
        perform_until(operation, until);
        return std::move(operation.items);
    }
    bool join_until_deadline(deadline until) {
        joining operation{*this};
        wait_state result = perform(operation, until);
        if (result == wait_state::timed_out) return false;
        throw_unless_woken(result, joining::what);
        return true;
    }

    // acquire; pairs with the release in push()
    [[nodiscard]] bool all_is_done() const noexcept { return done_ == put_end_.count.load(std::memory_order_acquire); }

    const std::size_t capacity_;
    Items items_;
    std::atomic<bool> closed_{false}; // set under the put end's lock
    end put_end_, get_end_;

    mutable raw_lock tasks_lock_; // taken inside the ends'
    std::uint64_t done_ = 0;      // of the items that were taken, those that are dealt with
    wait_list joiners_;
};

} // namespace detail
} // namespace plait
