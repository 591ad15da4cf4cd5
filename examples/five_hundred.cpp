// Copyright 2026 the plait authors. Boost Software License 1.0
//
// 500 processes against 500 threads against 500 coroutines: what it costs to start and join one that does nothing, one after
// the other and all at once, and to send it a number and have it back. The figures are of this machine, now.
//
//   example_five_hundred [HOW MANY]
#include <plait/plait.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <tuple>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

namespace ipc = plait::ipc;

void nothing() {}

/// Microseconds for each of `count` times.
template <class F>
double microseconds_each(int count, F f) {
    const auto begin = std::chrono::steady_clock::now();
    f();
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count() / count;
}

struct row {
    const char* name;
    double one_by_one, at_once, round_trip;
};

/// `start()` starts one and returns what is joined.
template <class Start>
std::pair<double, double> starts(int count, Start start) {
    start().join(); // what the first one costs is no business of the others
    const double one_by_one = microseconds_each(count, [&] {
        for (int i = 0; i < count; ++i)
            start().join();
    });
    const double at_once = microseconds_each(count, [&] {
        std::vector<decltype(start())> all;
        for (int i = 0; i < count; ++i)
            all.push_back(start());
        for (auto& one : all)
            one.join();
    });
    return {one_by_one, at_once};
}

template <class Queue>
void send_back(Queue& there, Queue& back) {
    while (int n = there.get())
        back.put(n);
}

template <class Queue>
double round_trips(int count, Queue& there, Queue& back) {
    there.put(1);
    static_cast<void>(back.get()); // now the other one has begun
    const double each = microseconds_each(count, [&] {
        for (int i = 1; i <= count; ++i) {
            there.put(i);
            static_cast<void>(back.get());
        }
    });
    there.put(0);
    return each;
}

row coroutines(int count) {
    row r{"coroutines", 0, 0, 0};
    std::tie(r.one_by_one, r.at_once) = starts(count, [] { return plait::spawn(nothing); });
    plait::queue<int> there(1), back(1);
    auto other = plait::spawn([&] { send_back(there, back); });
    r.round_trip = round_trips(count, there, back);
    other.join();
    return r;
}

row threads(int count) {
    row r{"threads", 0, 0, 0};
    std::tie(r.one_by_one, r.at_once) = starts(count, [] { return plait::thread(nothing); });
    plait::queue<int> there(1), back(1);
    plait::thread other([&] { send_back(there, back); });
    r.round_trip = round_trips(count, there, back);
    other.join();
    return r;
}

void send_back_from_a_process(ipc::queue<int> there, ipc::queue<int> back) { send_back(there, back); }

row processes(int count, const char* name, ipc::start_method method) {
    row r{name, 0, 0, 0};
    const ipc::process_options options{.method = method};
    std::tie(r.one_by_one, r.at_once) = starts(count, [&] {
        ipc::process p(options, plait::fn<&nothing>);
        p.start();
        return p;
    });
    auto shared = ipc::segment::create();
    auto there = ipc::queue<int>::create(shared, "there"), back = ipc::queue<int>::create(shared, "back");
    ipc::process other(options, plait::fn<&send_back_from_a_process>, there, back);
    other.start();
    r.round_trip = round_trips(count, there, back);
    other.join();
    return r;
}

} // namespace

int main(int argc, char** argv) {
    return plait::run([=] {
        const int count = argc > 1 ? std::atoi(argv[1]) : 500;
        if (count < 1) return 2;
        std::printf("%d of each, microseconds                start and join           a number\n", count);
        std::printf("                               one by one    all at once    there and back\n");
        for (const row& r :
             {coroutines(count), threads(count),
              processes(count, "processes, forkserver", ipc::start_method::forkserver),
              processes(count, "processes, spawn", ipc::start_method::spawn)})
            std::printf("%-22s %18.2f %14.2f %17.2f\n", r.name, r.one_by_one, r.at_once, r.round_trip);
        return 0;
    });
}
