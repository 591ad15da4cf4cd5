// Copyright 2026 the plait authors. Boost Software License 1.0
#include "../scene.hpp"
#include "../tracked.hpp"

#include <plait/runtime/queue.hpp>

namespace plait::stress {
namespace {

/// Puts in any of the ways that there are; false if the way chosen gave up.
bool put_somehow(actor& a, queue<tracked>& q, tracked&& item) {
    switch (a.between(0, 3)) {
    case 0: a.doing("try_put"); return q.try_put(std::move(item)).has_value();
    case 1:
        a.doing("put_for");
        try {
            q.put_for(std::move(item), std::chrono::microseconds(a.between(0, 300)));
            return true;
        } catch (const timeout_error&) {
            return false;
        }
    default:
        a.doing("put");
        q.put(std::move(item));
        return true;
    }
}

/// Gets in any of the ways that there are; nothing if the way chosen gave up.
std::optional<tracked> get_somehow(actor& a, queue<tracked>& q) {
    switch (a.between(0, 3)) {
    case 0: {
        a.doing("try_get");
        auto item = q.try_get();
        if (item) return std::move(*item);
        if (item.error() == errc::queue_closed) throw queue_closed("try_get");
        return {};
    }
    case 1:
        a.doing("get_for");
        try {
            return q.get_for(std::chrono::microseconds(a.between(0, 300)));
        } catch (const timeout_error&) {
            return {};
        }
    default: a.doing("get"); return q.get();
    }
}

const scene every_item_once("queue", [](round& r) {
    tracked::ledger items;
    {
        queue<tracked> q(static_cast<std::size_t>(r.between(1, 16)));
        int each = r.between(1, 200);
        auto produce = [&](actor& a) {
            for (int i = 0; i < each; ++i) {
                tracked item(items);
                auto value = item.value();
                if (put_somehow(a, q, std::move(item))) items.note_put(value);
                if (a.chance(5)) a.dawdle();
            }
        };
        auto consume = [&](actor& a) {
            try {
                for (;;) {
                    if (auto item = get_somehow(a, q)) items.note_taken(item->value());
                    if (a.chance(5)) a.dawdle();
                }
            } catch (const queue_closed&) {
                return;
            }
        };
        troupe producers(r), consumers(r), last_consumer(r);
        producers.start(r.between(1, 4), produce);
        consumers.start(r.between(0, 3), consume);
        last_consumer.start(1, consume);
        for (int i = r.between(0, 4); i > 0; --i)
            r.chance(50) ? producers.cancel_one() : consumers.cancel_one();
        producers.join();
        q.close();
        consumers.join();
        last_consumer.join();
        r.check(q.empty(), "a closed queue is drained");
    }
    r.check(items.put() == items.taken(), "every item that was put is taken once");
    r.check(items.alive() == 0, "no item is left behind");
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
