// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Awaitables of Asio beside threads and coroutines, at work on the same things, and cancelled at any time.
#include "../scene.hpp"

#include <plait/coro/async_spawn.hpp>
#include <plait/coro/run.hpp>
#include <plait/runtime/async.hpp>
#include <plait/runtime/condition_variable.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/future.hpp>
#include <plait/runtime/gather.hpp>
#include <plait/runtime/mutex.hpp>
#include <plait/runtime/queue.hpp>
#include <plait/runtime/subprocess.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <deque>
#include <exception>
#include <mutex>
#include <string>
#include <vector>

namespace plait::stress {
namespace {

namespace asio = boost::asio;
using asio::use_awaitable;
using boost::system::error_code;

/// Some awaitables on a context of their own, which an actor drives.
class awaitables {
public:
    awaitables(const round& r, actor& a) : round_(r), actor_(a) {}
    awaitables(const awaitables&) = delete;
    awaitables& operator=(const awaitables&) = delete;

    template <class F>
    void start(int count, const F& f) {
        for (; count > 0; --count)
            asio::co_spawn(
                context_, [f, d = dice(actor_.next())]() mutable { return f(d); },
                asio::bind_cancellation_slot(
                    signals_.emplace_back().slot(), [this](const std::exception_ptr& e) { see_to(e); }));
    }

    /// Runs them to their ends. Before each of their steps, one is cancelled `percent` times in a hundred.
    void run(int percent) {
        while (!context_.stopped()) {
            auto& chosen = signals_[actor_.next() % signals_.size()];
            if (actor_.chance(percent)) chosen.emit(asio::cancellation_type::terminal);
            if (context_.poll_one() == 0) actor_.dawdle();
        }
    }

private:
    void see_to(const std::exception_ptr& e) const {
        try {
            if (e) std::rethrow_exception(e);
        } catch (const boost::system::system_error& failed) {
            error_code code = failed.code();
            if (code != asio::error::operation_aborted && code != errc::queue_closed)
                round_.fail(std::string("an awaitable threw ") + failed.what());
        }
    }

    const round& round_;
    actor& actor_;
    std::deque<asio::cancellation_signal> signals_; // they outlive what they cancel
    asio::io_context context_;
};

/// Those who own a mutex: one at a time.
class owners {
public:
    explicit owners(const round& r) noexcept : round_(r) {}

    /// While it exists, somebody is inside.
    class [[nodiscard]] stay {
    public:
        explicit stay(owners& of) : of_(of) {
            of_.round_.check(++of_.inside_ == 1, "one at a time owns the mutex");
            ++of_.counted_;
            ++of_.entered_;
        }
        stay(const stay&) = delete;
        stay& operator=(const stay&) = delete;
        ~stay() { --of_.inside_; }

    private:
        owners& of_;
    };
    /// Once all have left.
    void check_all_was_seen() const {
        round_.check(counted_ == entered_, "what is done under the mutex is seen by the next owner");
    }

private:
    const round& round_;
    int inside_ = 0; // guarded by the mutex, as the next
    long counted_ = 0;
    std::atomic<long> entered_{0};
};

const scene one_owner_of_any_kind("async_mutex", [](round& r) {
    mutex m;
    owners in(r);
    troupe parties(r), drivers(r);
    drivers.start(r.between(1, 2), [&](actor& a) {
        awaitables all(r, a);
        all.start(a.between(1, 5), [&](dice d) -> asio::awaitable<void> {
            for (int i = d.between(1, 20); i > 0; --i) {
                auto lock = co_await m.async_lock(use_awaitable);
                owners::stay here(in);
                if (d.chance(50)) co_await asio::post(use_awaitable);
            }
        });
        all.run(a.between(0, 3));
    });
    parties.start(r.between(1, 5), [&](actor& a) {
        for (int i = a.between(1, 50); i > 0; --i) {
            a.doing("lock");
            std::lock_guard lock(m);
            owners::stay here(in);
            if (a.chance(10)) a.dawdle();
        }
    });
    for (int i = r.between(0, 2); i > 0; --i)
        parties.cancel_one();
    parties.join();
    drivers.join();
    in.check_all_was_seen();
    r.check(m.try_lock(), "a mutex that nobody owns is free");
    m.unlock();
});

const scene every_item_is_taken("async_queue", [](round& r) {
    queue<std::uint64_t> q(static_cast<std::size_t>(r.between(1, 8)));
    std::atomic<std::uint64_t> put{0}, taken{0};
    troupe takers(r), putters(r);
    takers.start(1, [&](actor& a) { // one that takes whatever the others leave
        try {
            for (;;) {
                a.doing("get");
                taken += q.get();
            }
        } catch (const queue_closed&) {
        }
    });
    takers.start(r.between(1, 2), [&](actor& a) {
        awaitables all(r, a);
        all.start(a.between(1, 5), [&](dice) -> asio::awaitable<void> {
            for (;;)
                taken += co_await q.async_get(use_awaitable);
        });
        all.run(a.between(0, 2));
    });
    putters.start(r.between(1, 2), [&](actor& a) {
        awaitables all(r, a);
        all.start(a.between(1, 5), [&](dice d) -> asio::awaitable<void> {
            for (int i = d.between(1, 40); i > 0; --i) {
                auto item = d.next();
                co_await q.async_put(item, use_awaitable);
                put += item;
            }
        });
        all.run(a.between(0, 2));
    });
    putters.start(r.between(0, 2), [&](actor& a) {
        for (int i = a.between(1, 40); i > 0; --i) {
            auto item = a.next();
            a.doing("put");
            q.put(item);
            put += item;
        }
    });
    putters.join();
    q.close();
    takers.join();
    r.check(put == taken, "what was put, and nothing else, is taken");
});

// Awaitables and parties wait for the same state. Who is cancelled passes on that it might have been meant.
const scene every_change_is_noticed("async_condition_variable", [](round& r) {
    mutex m;
    condition_variable changed;
    int items = 0, left = r.between(1, 60); // guarded by m
    troupe takers(r), bringers(r);
    takers.start(1, [&](actor& a) {
        std::unique_lock lock(m);
        for (;;) {
            a.doing("wait");
            changed.wait(lock, [&] { return items > 0 || left == 0; });
            if (left == 0 && items == 0) return changed.notify_all();
            --items;
        }
    });
    takers.start(r.between(1, 2), [&](actor& a) {
        awaitables all(r, a);
        all.start(a.between(1, 4), [&](dice) -> asio::awaitable<void> {
            struct passes_on {
                condition_variable& of;
                ~passes_on() { of.notify_one(); }
            } at_the_end{changed};
            auto lock = co_await m.async_lock(use_awaitable);
            for (;;) {
                co_await changed.async_wait(
                    lock, [&] { return items > 0 || left == 0; }, use_awaitable);
                if (left == 0 && items == 0) co_return changed.notify_all();
                --items;
            }
        });
        all.run(a.between(0, 2));
    });
    bringers.start(r.between(1, 3), [&](actor& a) {
        for (;;) {
            {
                std::lock_guard lock(m);
                if (left == 0) return changed.notify_all();
                --left;
                ++items;
            }
            a.doing("notify");
            changed.notify_one();
            if (a.chance(10)) a.dawdle();
        }
    });
    bringers.join();
    takers.join();
    r.check(items == 0, "every item is taken");
    r.check(changed.waiters() == 0, "nobody is left waiting");
});

// What an awaitable spawns ends before the awaitable goes on, whoever is cancelled, and may refer to its frame.
const scene what_it_spawned_ends_first("async_spawn", [](round& r) {
    event never;
    troupe drivers(r);
    drivers.start(r.between(1, 3), [&](actor& a) {
        awaitables all(r, a);
        bool cancels = a.chance(70);
        all.start(a.between(1, 5), [&, cancels](dice d) -> asio::awaitable<void> {
            for (int i = d.between(1, 10); i > 0; --i) {
                struct frame {
                    const round& of;
                    std::atomic<bool> in_use{false};
                    ~frame() { of.check(!in_use, "a coroutine of an operation has ended when the handler is called"); }
                } here{r};
                bool waits = cancels && d.chance(20);
                int got = co_await async_spawn(
                    [&here, &never, waits, i] {
                        struct use {
                            std::atomic<bool>& flag;
                            explicit use(std::atomic<bool>& f) : flag(f) { flag = true; }
                            ~use() { flag = false; }
                        } used(here.in_use);
                        if (waits) static_cast<void>(never.wait_for(std::chrono::milliseconds(2)));
                        yield();
                        return i;
                    },
                    {.on = loops()[d.next() % loops().size()]}, use_awaitable);
                r.check(got == i, "its value arrives");
            }
        });
        all.run(cancels ? a.between(1, 5) : 0);
    });
});

// Results that come from threads and coroutines, some of them failures; a gather that is given up leaves the futures alone.
const scene results_are_gathered("async_gather", [](round& r) {
    struct failed {};
    std::deque<promise<int>> promises(static_cast<std::size_t>(r.between(1, 12)));
    std::vector<future<int>> futures;
    for (auto& p : promises)
        futures.push_back(p.get_future());
    bool may_fail = r.chance(40);
    troupe producers(r), drivers(r);
    drivers.start(1, [&](actor& a) {
        awaitables all(r, a);
        all.start(a.between(1, 3), [&](dice d) -> asio::awaitable<void> {
            if (d.chance(30)) {
                auto some = co_await async_wait(futures, first_completed, use_awaitable);
                r.check(!some.done.empty(), "one has ended");
                co_return;
            }
            try {
                auto values = co_await async_gather(futures, use_awaitable);
                for (std::size_t i = 0; i < values.size(); ++i)
                    r.check(values[i] == static_cast<int>(i), "values come in the order of the futures");
            } catch (const failed&) {
                r.check(may_fail, "who fails was meant to");
            }
        });
        all.run(a.between(0, 3));
    });
    for (std::size_t i = 0; i < promises.size(); ++i)
        producers.start(1, [&, i](actor& a) {
            a.dawdle();
            if (may_fail && a.chance(20))
                promises[i].set_exception(std::make_exception_ptr(failed()));
            else
                promises[i].set_value(static_cast<int>(i));
        });
});

// Cancelled at any time, a communication can be taken up again, and nothing is lost.
const scene communication_goes_on("async_communicate", [](round& r) {
    troupe drivers(r);
    drivers.start(r.between(1, 2), [&](actor& a) {
        subprocess::popen child({"cat"}, {.in = subprocess::pipe, .out = subprocess::pipe});
        std::string text(static_cast<std::size_t>(a.between(1, 200'000)), 'x');
        bool has_begun = false, is_done = false;
        auto check = [&](const subprocess::output& all) {
            r.check(all.out == text, "what was written comes back");
            is_done = true;
        };
        {
            awaitables one(r, a);
            one.start(1, [&](dice) -> asio::awaitable<void> {
                auto all = child.async_communicate(text, use_awaitable);
                has_begun = true; // the child has been given its input
                check(co_await std::move(all));
            });
            one.run(a.between(0, 30));
        }
        a.doing("communicate");
        if (has_begun && !is_done) check(child.communicate());
    });
});

} // namespace
} // namespace plait::stress
