// Copyright 2026 the plait authors. Boost Software License 1.0
#include "../scene.hpp"
#include "../tracked.hpp"

#include <plait/runtime/lifo_queue.hpp>
#include <plait/runtime/priority_queue.hpp>
#include <plait/runtime/queue.hpp>

#include <memory>
#include <vector>

namespace plait::stress {
namespace {

/// Puts items in any of the ways that there are, and notes those that were put.
template <class Queue>
void put_somehow(actor& a, Queue& q, tracked::ledger& items) {
    std::vector<tracked> some;
    for (int i = a.between(1, 5); i > 0; --i)
        some.emplace_back(items);
    std::vector<std::uint64_t> values;
    for (auto& item : some)
        values.push_back(item.value());
    auto wait = std::chrono::microseconds(a.between(0, 300));
    std::size_t put = 0;
    try {
        switch (a.between(0, 5)) {
        case 0:
            a.doing("try_put");
            put = q.try_put(std::move(some.front())).has_value();
            break;
        case 1:
            a.doing("put_for");
            q.put_for(std::move(some.front()), wait);
            put = 1;
            break;
        case 2:
            a.doing("put_many");
            put = q.put_many(some);
            break;
        case 3:
            a.doing("put_many_for");
            put = q.put_many_for(some, wait);
            break;
        default:
            a.doing("put");
            q.put(std::move(some.front()));
            put = 1;
        }
    } catch (const timeout_error&) {
        return;
    }
    for (std::size_t i = 0; i < put; ++i)
        items.note_put(values[i]);
}

/// Takes items in any of the ways that there are, and notes them. Throws queue_closed.
template <class Queue>
void get_somehow(actor& a, Queue& q, tracked::ledger& items) {
    auto wait = std::chrono::microseconds(a.between(0, 300));
    auto most = static_cast<std::size_t>(a.between(1, 5));
    auto done_with = [&](const tracked& item) {
        items.note_taken(item.value());
        q.task_done();
    };
    try {
        switch (a.between(0, 5)) {
        case 0: {
            a.doing("try_get");
            auto item = q.try_get();
            if (item) return done_with(*item);
            if (item.error() == errc::queue_closed) throw queue_closed("try_get");
            break;
        }
        case 1: a.doing("get_for"); return done_with(q.get_for(wait));
        case 2:
            a.doing("get_many");
            for (auto& item : q.get_many(most))
                done_with(item);
            break;
        case 3:
            a.doing("get_many_for");
            for (auto& item : q.get_many_for(most, wait))
                done_with(item);
            break;
        default: a.doing("get"); done_with(q.get());
        }
    } catch (const timeout_error&) {
        return;
    }
}

template <class Queue>
void every_item_once(round& r) {
    tracked::ledger items;
    {
        Queue q(static_cast<std::size_t>(r.between(1, 16)));
        int each = r.between(1, 100);
        auto produce = [&](actor& a) {
            for (int i = 0; i < each; ++i) {
                put_somehow(a, q, items);
                if (a.chance(5)) a.dawdle();
            }
        };
        auto consume = [&](actor& a) {
            try {
                for (;;) {
                    get_somehow(a, q, items);
                    if (a.chance(5)) a.dawdle();
                }
            } catch (const queue_closed&) {
                return;
            }
        };
        troupe producers(r), consumers(r), last_consumer(r), joiners(r);
        producers.start(r.between(1, 4), produce);
        consumers.start(r.between(0, 3), consume);
        last_consumer.start(1, consume);
        for (int i = r.between(0, 4); i > 0; --i)
            r.chance(50) ? producers.cancel_one() : consumers.cancel_one();
        producers.join();
        joiners.start(r.between(0, 2), [&](actor& a) {
            a.doing("join");
            q.join();
            r.check(items.put() == items.taken(), "join() waits until every item is dealt with");
        });
        if (r.chance(50)) joiners.join();
        q.close();
        consumers.join();
        last_consumer.join();
        joiners.join();
        r.check(q.empty() && q.try_join(), "a closed queue is drained");
    }
    r.check(items.put() == items.taken(), "every item that was put is taken once");
    r.check(items.alive() == 0, "no item is left behind");
}

const scene fifo("queue", every_item_once<queue<tracked>>);
const scene lifo("lifo_queue", every_item_once<lifo_queue<tracked>>);
const scene sorted("priority_queue", every_item_once<priority_queue<tracked>>);

// Closed in the middle of everything: nobody hangs, and no item stays alive.
template <class Queue>
void closed_at_once(round& r) {
    tracked::ledger items;
    {
        Queue q(static_cast<std::size_t>(r.between(1, 16)));
        troupe parties(r);
        auto until_closed = [&](actor& a, auto move) {
            try {
                for (;;)
                    move(a);
            } catch (const queue_closed&) {
                return;
            }
        };
        parties.start(r.between(1, 4), [&](actor& a) {
            until_closed(a, [&](actor& self) {
                tracked item(items);
                self.doing("put");
                q.put(std::move(item));
            });
        });
        parties.start(r.between(1, 4), [&](actor& a) {
            until_closed(a, [&](actor& self) {
                self.doing("get");
                static_cast<void>(q.get());
                q.task_done();
            });
        });
        troupe closers(r);
        closers.start(1, [&](actor& a) {
            a.dawdle();
            a.doing("close_now");
            q.close_now();
        });
        closers.join();
        parties.join();
        r.check(q.empty() && q.try_join(), "nothing is left after close_now()");
    }
    r.check(items.alive() == 0, "no item is left behind");
}

const scene fifo_closed("queue_closed_now", closed_at_once<queue<tracked>>);
const scene lifo_closed("lifo_queue_closed_now", closed_at_once<lifo_queue<tracked>>);

const scene last_getter_destroys("queue_destroyed_by_its_last_getter", [](round& r) {
    for (int i = r.between(1, 20); i > 0; --i) {
        auto q = std::make_unique<queue<int>>(1);
        troupe both(r);
        both.start(1, [put_into = q.get()](actor& a) {
            a.doing("put");
            put_into->put(1);
        });
        both.start(1, [&](actor& a) {
            a.doing("get");
            static_cast<void>(q->get());
            q.reset();
        });
    }
});

const scene order("queue_order", [](round& r) {
    queue<int> q(static_cast<std::size_t>(r.between(1, 16)));
    int count = r.between(1, 500);
    troupe both(r);
    both.start(1, [&](actor& a) {
        for (int i = 0; i < count; ++i) {
            a.doing("put");
            q.put(i);
        }
    });
    both.start(1, [&](actor& a) {
        for (int i = 0; i < count; ++i) {
            a.doing("get");
            r.check(q.get() == i, "first in, first out");
        }
    });
});

} // namespace
} // namespace plait::stress
