// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The cancellation of plain threads; that of coroutines is in test/coro/task_test.cpp.
#include <plait/runtime/error.hpp>
#include <plait/runtime/event.hpp>
#include <plait/runtime/mutex.hpp>
#include <plait/runtime/wait.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <thread>

using namespace plait;

namespace {

// A thread that runs `f`, and whose waits can be cancelled.
class cancellable_thread {
public:
    template <class F>
    explicit cancellable_thread(F f)
        : thread_([this, f] {
              party_.store(&detail::thread_party::of_this_thread());
              party_.notify_one();
              f();
              over_.wait(); // the party must outlive who cancels it
          }) {}
    ~cancellable_thread() {
        over_.set();
        thread_.join();
    }
    void cancel() {
        party_.wait(nullptr);
        party_.load()->cancel();
    }

private:
    std::atomic<detail::thread_party*> party_{nullptr};
    event over_;
    std::thread thread_;
};

bool is_cancelled(auto wait) {
    try {
        wait();
        return false;
    } catch (const cancelled&) {
        return true;
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(cancellation_suite)

BOOST_AUTO_TEST_CASE(a_cancelled_thread_leaves_its_wait_and_each_later_one) {
    event never, done;
    std::atomic<int> times{0};
    cancellable_thread t([&] {
        for (int i = 0; i < 3; ++i)
            times += is_cancelled([&] { never.wait(); });
        detail::thread_party::of_this_thread().forget_cancellation();
        done.set();
    });
    t.cancel();
    done.wait();
    BOOST_TEST(times == 3);
}

BOOST_AUTO_TEST_CASE(a_shield_postpones_the_cancellation_of_a_thread) {
    event shielded, go, done;
    bool first = true, second = false;
    cancellable_thread t([&] {
        {
            shield s;
            shielded.set();
            first = is_cancelled([&] { go.wait(); });
        }
        second = is_cancelled([] { sleep_for(duration::zero()); });
        detail::thread_party::of_this_thread().forget_cancellation();
        done.set();
    });
    shielded.wait();
    t.cancel();
    go.set();
    done.wait();
    BOOST_TEST(!first);
    BOOST_TEST(second);
}

BOOST_AUTO_TEST_CASE(a_cancelled_thread_has_not_taken_the_lock_it_waited_for) {
    mutex m;
    event done;
    bool was_cancelled = false;
    m.lock();
    cancellable_thread t([&] {
        was_cancelled = is_cancelled([&] { m.lock(); });
        detail::thread_party::of_this_thread().forget_cancellation();
        done.set();
    });
    t.cancel();
    done.wait();
    BOOST_TEST(was_cancelled);
    m.unlock();
    BOOST_TEST(m.try_lock());
    m.unlock();
}

BOOST_AUTO_TEST_SUITE_END()
