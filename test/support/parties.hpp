// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Runs one test body in every way that plait promises to be alike: on plain threads, as coroutines of one loop, as
// coroutines of two loops, and mixed. `party(f)` inside the body starts another party of the kind under test.

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/event.hpp>

#include <boost/test/unit_test.hpp>

#include <functional>
#include <thread>
#include <vector>

namespace plait::test {

enum class kind { threads, one_loop, two_loops, mixed };

inline const char* name_of(kind k) {
    switch (k) {
    case kind::threads: return "threads";
    case kind::one_loop: return "coroutines of one loop";
    case kind::two_loops: return "coroutines of two loops";
    case kind::mixed: return "threads and coroutines";
    }
    return "?";
}

/// The code of the error that `f` throws; none if it throws nothing. For parties: the macros of Boost.Test are not
/// thread-safe, so a party notes what it saw and the test looks at it afterwards.
template <class F>
boost::system::error_code code_of(F f) {
    try {
        f();
    } catch (const boost::system::system_error& e) {
        return e.code();
    }
    return {};
}

/// Starts parties of one kind and joins them at the end of its life.
class parties {
public:
    explicit parties(kind k) : kind_(k) {}
    parties(const parties&) = delete;
    parties& operator=(const parties&) = delete;
    ~parties() { join(); }

    void operator()(std::function<void()> f) {
        std::size_t n = count_++;
        bool thread = kind_ == kind::threads || (kind_ == kind::mixed && n % 2 == 0);
        if (thread)
            threads_.emplace_back(std::move(f));
        else
            tasks_.push_back(spawn(std::move(f), {.on = loops()[n % loops().size()]}));
    }
    void join() {
        for (auto& t : tasks_)
            t.join();
        tasks_.clear();
        // A coroutine must not block its loop on a thread that may wait for a coroutine of the same loop.
        for (auto& t : threads_)
            while (t.joinable()) {
                std::jthread waits_for_it;
                event over;
                waits_for_it = std::jthread([&] {
                    t.join();
                    over.set();
                });
                over.wait();
            }
        threads_.clear();
    }

private:
    kind kind_;
    std::size_t count_ = 0;
    std::vector<std::thread> threads_;
    std::vector<task<void>> tasks_;
};

/// Calls `body(parties&)` for each kind.
template <class Body>
void for_every_kind(Body body) {
    for (kind k : {kind::threads, kind::one_loop, kind::two_loops, kind::mixed}) {
        BOOST_TEST_CONTEXT(name_of(k)) {
            run(
                [&] {
                    parties start(k);
                    body(start);
                },
                {.loops = k == kind::two_loops || k == kind::mixed ? 2u : 1u});
        }
    }
}

} // namespace plait::test
