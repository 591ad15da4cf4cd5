// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Twenty-two workers, of whom five work at a time: once by a semaphore, where all are there and most wait; once by a pool,
// where a worker is not even made before there is a place.
#include <plait/plait.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>

using namespace std::chrono_literals;

namespace {

class workshop {
public:
    void work() {
        most_ = std::max(most_, ++inside_);
        plait::sleep_for(1s);
        --inside_;
    }
    [[nodiscard]] int most() const { return most_; }

private:
    int inside_ = 0, most_ = 0; // only coroutines of one loop change them: no lock
};

int with_a_semaphore() {
    workshop w;
    plait::bounded_semaphore desks(5);
    plait::in_scope([&](plait::scope& s) {
        for (int i = 0; i < 22; ++i)
            s.spawn([&] {
                plait::permit mine(desks);
                w.work();
            });
    });
    return w.most();
}

int with_a_pool() {
    workshop w;
    plait::coro_pool pool(5);
    for (int i = 0; i < 22; ++i)
        pool.spawn([&] { w.work(); });
    pool.join();
    return w.most();
}

} // namespace

int main() {
    plait::virtual_clock clock; // five seconds that pass at once
    return plait::run(
        [&] {
            std::printf("semaphore: %d at a time\n", with_a_semaphore());
            std::printf("pool: %d at a time\n", with_a_pool());
            std::printf("after %lld seconds\n", static_cast<long long>(clock.now().time_since_epoch() / 1s));
        },
        {.clock = &clock});
}
