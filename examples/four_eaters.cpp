// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Four eaters share one bowl of noodles and one fork, and need both. Some take the noodles first, some the fork: sooner
// or later one has the noodles, another has the fork, and nobody ever eats again. run_options::detect_deadlocks says so,
// to one of them. Then the two cures: one recursive lock in place of two locks, or one order in which all take both.
#include <plait/plait.hpp>

#include <cstdio>
#include <deque>
#include <mutex>
#include <string>

namespace {

// The worst that can happen, every time: the first two eaters have one thing each before they want the other one.
class bad_luck {
public:
    void strikes(int eater) {
        if (eater >= 2) return;
        if (++have_one_ == 2) both_have_one_.set();
        both_have_one_.wait();
    }

private:
    int have_one_ = 0;
    plait::event both_have_one_;
};

bool eat(plait::mutex& first, plait::mutex& second, bad_luck& luck, int eater) {
    try {
        std::lock_guard has_one(first);
        luck.strikes(eater);
        std::lock_guard has_both(second);
        return true;
    } catch (const plait::error& e) {
        std::printf("%s\n", e.what());
        return false; // what it had it has put back
    }
}

// How many of four eat, if eater number i does what `meal(i)` does.
int count_who_eat(auto meal) {
    int count = 0;
    std::deque<plait::task<void>> eaters;
    for (int i = 0; i < 4; ++i)
        eaters.push_back(plait::spawn([&, i] { count += meal(i); }, {.name = "eater " + std::to_string(i)}));
    for (auto& eater : eaters)
        eater.join();
    return count;
}

int two_locks() {
    plait::mutex noodles("noodles"), fork("fork");
    bad_luck luck;
    return count_who_eat([&](int i) { return i % 2 == 0 ? eat(noodles, fork, luck, i) : eat(fork, noodles, luck, i); });
}

int one_recursive_lock() {
    plait::recursive_mutex noodles_and_fork("noodles and fork");
    return count_who_eat([&](int) {
        std::lock_guard has_one(noodles_and_fork);
        plait::yield();
        std::lock_guard has_both(noodles_and_fork);
        return true;
    });
}

int one_order() {
    plait::mutex noodles("noodles"), fork("fork");
    return count_who_eat([&](int) {
        std::lock_guard has_noodles(noodles);
        plait::yield();
        std::lock_guard has_both(fork);
        return true;
    });
}

} // namespace

int main() {
    return plait::run(
        [] {
            std::printf("two locks: %d ate\n", two_locks());
            std::printf("one recursive lock: %d ate\n", one_recursive_lock());
            std::printf("one order: %d ate\n", one_order());
        },
        {.detect_deadlocks = true});
}
