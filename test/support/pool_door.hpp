// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// A door at which the tasks of a process_pool wait until the test lets them through, one for each open(). The pool is made
// with `initialiser` and `in`:  process_pool pool({.workers = 2}, plait::fn<&pool_door::enter_hall>, door.hall());

#include <plait/ipc/queue.hpp>

#include <optional>

namespace plait::test {

class pool_door {
public:
    pool_door() : hall_(make()) {}

    struct hall_queues {
        ipc::queue<int> tickets; // one lets one through
        ipc::queue<int> arrivals;
    };
    [[nodiscard]] const ipc::queue<int>& tickets() const { return hall_.tickets; }
    [[nodiscard]] const ipc::queue<int>& arrivals() const { return hall_.arrivals; }

    void open(int n = 1) {
        for (int i = 0; i < n; ++i)
            hall_.tickets.put(i);
    }
    /// Waits until so many tasks have come to the door.
    void await(int n = 1) {
        for (int i = 0; i < n; ++i)
            static_cast<void>(hall_.arrivals.get());
    }

    // In the workers:
    static void enter_hall(ipc::queue<int> tickets, ipc::queue<int> arrivals) {
        inside().emplace(hall_queues{std::move(tickets), std::move(arrivals)});
    }
    static void wait() {
        inside()->arrivals.put(1);
        static_cast<void>(inside()->tickets.get());
    }

private:
    static hall_queues make() {
        auto s = ipc::segment::create({.bytes = 4 << 20, .max_participants = 64});
        auto tickets = ipc::queue<int>::create(s, "tickets", {.capacity = 4096});
        return {std::move(tickets), ipc::queue<int>::create(s, "arrivals", {.capacity = 4096})};
    }
    static std::optional<hall_queues>& inside() {
        static std::optional<hall_queues> hall;
        return hall;
    }

    hall_queues hall_;
};

} // namespace plait::test
