// Copyright 2026 the plait authors. Boost Software License 1.0
#include "../scene.hpp"
#include "../tracked.hpp"

#include <plait/runtime/error.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/future.hpp>

#include <stdexcept>

namespace plait::stress {
namespace {

struct failed {};

/// Waits for the result in any of the ways that there are, until it is there.
tracked get_somehow(actor& a, future<tracked>& f) {
    while (!f.is_done()) {
        switch (a.between(0, 3)) {
        case 0:
            a.doing("get_for");
            try {
                return std::move(f).get_for(std::chrono::microseconds(a.between(0, 300)));
            } catch (const timeout_error&) {
                break;
            }
        case 1:
            a.doing("wait_for");
            static_cast<void>(f.wait_for(std::chrono::microseconds(a.between(0, 300))));
            break;
        default: a.doing("wait"); f.wait();
        }
    }
    a.doing("get");
    return std::move(f).get();
}

const scene every_promise_is_kept_or_broken("future", [](round& r) {
    tracked::ledger results;
    std::atomic<int> announced{0};
    int count = r.between(1, 20);
    for (int i = 0; i < count; ++i) {
        promise<tracked> p;
        future<tracked> f = p.get_future();
        if (r.chance(50))
            f.on_done([&] { ++announced; });
        else
            ++announced;
        troupe readers(r), producers(r);
        readers.start(1, [&, f = std::make_shared<future<tracked>>(std::move(f))](actor& a) {
            a.dawdle();
            try {
                results.note_taken(get_somehow(a, *f).value());
            } catch (const failed&) {
                a.doing("failed");
            } catch (const error& e) {
                r.check(e.code() == errc::broken_promise, "a promise is kept, fails or is broken");
            }
        });
        producers.start(1, [&, p = std::make_shared<promise<tracked>>(std::move(p))](actor& a) {
            auto own = std::move(*p);
            a.dawdle();
            if (a.chance(20)) return; // broken
            if (a.chance(20)) return own.set_exception(std::make_exception_ptr(failed()));
            tracked result(results);
            results.note_put(result.value());
            own.set_value(std::move(result));
        });
    }
    r.check(results.put() == results.taken(), "every result is read once");
    r.check(results.alive() == 0, "no result is left behind");
    r.check(announced == count, "every end is announced once");
});

// A chain of continuations, cancelled at any time from its end: the request reaches the producer, who decides. Whatever
// that is, every link is called once, and the end is what the producer made of it.
const scene cancelling_reaches_the_producer("future_then", [](round& r) {
    for (int i = r.between(1, 10); i > 0; --i) {
        promise<int> p;
        std::atomic<int> asked{0}, called{0};
        int links = r.between(0, 5);
        bool obeys = r.chance(50);
        event was_asked;
        p.on_cancel([&] {
            ++asked;
            was_asked.set();
        });
        future<int> end = p.get_future();
        for (int link = 0; link < links; ++link)
            end = std::move(end).then([&](future<int> before) {
                ++called;
                return std::move(before).get() + 1;
            });
        bool will_be_cancelled = r.chance(60);
        troupe producers(r), readers(r);
        producers.start(1, [&](actor& a) {
            auto own = std::move(p);
            a.dawdle();
            if (!obeys || !will_be_cancelled) return own.set_value(0);
            a.doing("wait for the request");
            was_asked.wait();
            r.check(own.is_cancel_requested(), "who was told can also see it");
            own.set_cancelled();
        });
        readers.start(1, [&](actor& a) {
            if (a.chance(50)) a.dawdle();
            if (will_be_cancelled) end.cancel();
            a.doing("get");
            try {
                r.check(end.get() == links, "every link has added to the value");
                r.check(!obeys || !will_be_cancelled, "a producer that obeys ends as cancelled");
            } catch (const error& e) {
                r.check(e.code() == errc::task_cancelled && obeys && will_be_cancelled, "who was cancelled says so");
            }
        });
        producers.join();
        readers.join();
        r.check(called == links, "every link is called once");
        r.check(asked <= (will_be_cancelled ? 1 : 0), "the producer is asked once, if at all");
    }
});

} // namespace
} // namespace plait::stress
