// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The queues between processes in their three orders, with one face, for tests that say the same of each of them:
//
//     for_every_queue<int>([](parties& party, auto type) {
//         auto q = make_alone<queue_of<decltype(type)>>({.capacity = 2});
//         …
//     });
#include "support/parties.hpp"

#include <plait/ipc/lifo_queue.hpp>
#include <plait/ipc/priority_queue.hpp>
#include <plait/ipc/queue.hpp>
#include <plait/ipc/segment.hpp>

#include <boost/test/unit_test.hpp>

#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace plait::test {

/// One face for the three kinds: a put that says nothing of its priority has 0.
template <class Queue>
struct faces : Queue {
    explicit faces(Queue q) : Queue(std::move(q)) {}
};
template <class T>
struct faces<ipc::priority_queue<T>> : ipc::priority_queue<T> {
    using base = ipc::priority_queue<T>;
    explicit faces(base q) : base(std::move(q)) {}
    void put(const T& value) { base::put(value, 0); }
    void put_for(const T& value, duration d) { base::put_for(value, 0, d); }
    boost::system::result<void> try_put(const T& value) { return base::try_put(value, 0); }
    std::size_t put_many(std::span<const T> values) { return base::put_many(values, 0); }
    std::size_t put_many_for(std::span<const T> values, duration d) { return base::put_many_for(values, 0, d); }
    template <class Token>
    auto async_put(T value, Token&& token) {
        return base::async_put(std::move(value), 0, std::forward<Token>(token));
    }
};

template <class Queue>
faces<Queue> make_in(ipc::segment& s, std::string_view name, const ipc::queue_options& options) {
    return faces<Queue>(Queue::create(s, name, options));
}

/// A queue in a segment of its own.
template <class Queue>
faces<Queue> make_alone(const ipc::queue_options& options) {
    auto s = ipc::segment::create({.bytes = 1 << 20, .max_participants = 8});
    return make_in<Queue>(s, "q", options);
}

template <class Identity>
using queue_of = typename Identity::type;

/// Calls `body(q)` with the queue of T that `bytes` is, for a process that opens it and knows only the name.
template <class T, class Body>
void with_its_order(ipc::byte_queue bytes, Body body) {
    switch (bytes.order()) {
    case ipc::queue_order::fifo: return body(faces(ipc::queue<T>(std::move(bytes))));
    case ipc::queue_order::lifo: return body(faces(ipc::lifo_queue<T>(std::move(bytes))));
    case ipc::queue_order::priority: return body(faces(ipc::priority_queue<T>(std::move(bytes))));
    }
}

/// Calls `body(std::type_identity<Q>)` for each queue of T.
template <class T, class Body>
void for_every_order(Body body) {
    BOOST_TEST_CONTEXT("queue") { body(std::type_identity<ipc::queue<T>>()); }
    BOOST_TEST_CONTEXT("lifo_queue") { body(std::type_identity<ipc::lifo_queue<T>>()); }
    BOOST_TEST_CONTEXT("priority_queue") { body(std::type_identity<ipc::priority_queue<T>>()); }
}

/// Calls `body(parties&, std::type_identity<Q>)` for each kind of parties and each queue of T.
template <class T, class Body>
void for_every_queue(Body body) {
    for_every_kind([&](parties& party) { for_every_order<T>([&](auto type) { body(party, type); }); });
}

/// What `q` gives out until it is empty.
template <class Queue>
std::vector<int> drained(Queue& q) {
    std::vector<int> got;
    while (auto value = q.try_get())
        got.push_back(*value);
    return got;
}

} // namespace plait::test
