// Copyright 2026 the plait authors. Boost Software License 1.0
#include "parties.hpp"
#include "stress/dice.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/async.hpp>
#include <plait/runtime/await.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/timeout.hpp>

#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

namespace crash {
namespace {

using plait::ipc::byte_queue;
using plait::stress::dice;

constexpr int smallest = 16, largest = 600; // bytes of a message: of one cell, and of several

/// The bytes of message `id`, whose length and contents follow from the number.
std::vector<std::byte> bytes_of(std::uint64_t id) {
    dice throws(id);
    std::vector<std::byte> message(static_cast<std::size_t>(throws.between(smallest, largest)));
    std::memcpy(message.data(), &id, sizeof id);
    std::fill(message.begin() + sizeof id, message.end(), static_cast<std::byte>(throws.next()));
    return message;
}

/// The number of a message. Throws std::runtime_error if the bytes are not those that were put.
std::uint64_t number_of(std::span<const std::byte> message) {
    std::uint64_t id = 0;
    if (message.size() >= sizeof id) std::memcpy(&id, message.data(), sizeof id);
    if (id >= board::most_messages || !std::ranges::equal(message, bytes_of(id)))
        throw std::runtime_error("a message is not what was put");
    return id;
}

// The records are sequentially consistent: the harness reads them when their writers are gone, so this is no matter of
// order, but of saying plainly that each is written before the next thing happens.

/// Where a party works.
struct place {
    plait::ipc::segment& segment;
    byte_queue& queue;
    board& written;
};

/// What `operation(token)` completes with: for a coroutine by a handler on its loop, for a thread by one on another thread.
template <class Operation>
auto by_handler(Operation operation) {
    if (plait::detail::party::in_coroutine()) return operation(plait::await);
    return operation(boost::asio::use_future).get();
}

// ------------------------------------------------------------------------------------------------------- producers

class producer {
public:
    producer(const place& at, std::uint64_t seed) : queue_(at.queue), written_(at.written), dice_(seed) {}

    void work() {
        while (!written_.enough.load() && written_.numbered.load() + batch_limit < board::most_messages) {
            switch (dice_.between(0, 11)) {
            case 0: put_in_place(); break;
            case 1: put_in_time(); break;
            case 2: put_several(); break;
            case 3: put_by_handler(); break;
            case 4: put_within_a_timeout(); break;
            default: put_one();
            }
        }
    }

private:
    std::uint64_t begin() {
        auto id = written_.numbered.fetch_add(1);
        written_.messages[id].begun = 1;
        return id;
    }
    std::int64_t priority() { return queue_.order() == plait::ipc::queue_order::priority ? dice_.between(-2, 2) : 0; }

    void put_one() {
        auto id = begin();
        queue_.put(bytes_of(id), priority());
        written_.messages[id].put = 1;
    }
    void put_in_place() {
        auto id = begin();
        auto message = bytes_of(id);
        auto room = queue_.prepare(message.size());
        if (dice_.chance(10)) {
            written_.messages[id].refused = 1;
            return;
        }
        std::ranges::copy(message, room.data().begin());
        std::move(room).send(priority());
        written_.messages[id].put = 1;
    }
    void put_in_time() {
        auto id = begin();
        try {
            queue_.put_for(bytes_of(id), std::chrono::microseconds(dice_.between(0, 2000)), priority());
            written_.messages[id].put = 1;
        } catch (const plait::timeout_error&) {
            written_.messages[id].refused = 1;
        }
    }
    void put_within_a_timeout() {
        auto id = begin();
        auto put = [&] {
            auto message = bytes_of(id);
            if (plait::detail::party::in_coroutine() && dice_.chance(50))
                by_handler([&](auto token) { return queue_.async_put(message, priority(), token); });
            else
                queue_.put(message, priority());
        };
        try {
            plait::timeout(std::chrono::microseconds(dice_.between(0, 2000)), put);
            written_.messages[id].put = 1;
        } catch (const plait::timeout_error&) {
            written_.messages[id].refused = 1;
        }
    }
    void put_by_handler() {
        auto id = begin();
        auto message = bytes_of(id);
        by_handler([&](auto token) { return queue_.async_put(message, priority(), token); });
        written_.messages[id].put = 1;
    }
    void put_several() {
        std::vector<std::uint64_t> ids(static_cast<std::size_t>(dice_.between(1, batch_limit)));
        std::ranges::generate(ids, [this] { return begin(); });
        std::vector<std::vector<std::byte>> bytes(ids.size());
        std::ranges::transform(ids, bytes.begin(), bytes_of);
        std::vector<std::span<const std::byte>> messages(bytes.begin(), bytes.end());
        for (std::size_t done = 0; done < ids.size();)
            for (auto n = queue_.put_many(std::span(messages).subspan(done), priority()); n > 0; --n)
                written_.messages[ids[done++]].put = 1;
    }

    byte_queue& queue_;
    board& written_;
    dice dice_;
};

// ------------------------------------------------------------------------------------------------------- consumers

/// Messages that are read and about to be acknowledged. One may be taken away meanwhile, by an operator; then what was
/// read may have been anything.
class nearly_done {
public:
    explicit nearly_done(board& written) : written_(written) {}

    bool read(std::span<const std::byte> message) {
        std::optional<std::uint64_t> id;
        try {
            id = number_of(message);
            ++written_.messages[*id].nearly_done;
        } catch (const std::runtime_error&) {
        }
        ids_.push_back(id);
        return true;
    }
    void forget_last() noexcept {
        if (ids_.back()) --written_.messages[*ids_.back()].nearly_done;
        ids_.pop_back();
    }
    void last_is_done() {
        if (!ids_.back()) throw std::runtime_error("a message that was acknowledged is not what was put");
        ++written_.messages[*ids_.back()].done;
        ids_.pop_back();
    }
    [[nodiscard]] std::size_t count() const noexcept { return ids_.size(); }
    void turn_round() { std::ranges::reverse(ids_); }

private:
    board& written_;
    std::vector<std::optional<std::uint64_t>> ids_;
};

class consumer {
public:
    consumer(const place& at, std::uint64_t seed) : queue_(at.queue), written_(at.written), dice_(seed) {}

    [[noreturn]] void work() {
        for (;;) {
            switch (dice_.between(0, 9)) {
            case 0:
            case 1: deal_with(queue_.receive(plait::ipc::lease_for(a_while())), true); break;
            case 2: get(); break;
            case 3: get_several(); break;
            case 4:
                for (auto& message : queue_.receive_many(batch_limit))
                    deal_with(std::move(message), false);
                break;
            case 5: deal_with(by_handler([&](auto token) { return queue_.async_receive(token); }), false); break;
            case 6: receive_within_a_timeout(); break;
            default: deal_with(queue_.receive(), false);
            }
        }
    }

private:
    std::chrono::microseconds a_while() { return std::chrono::microseconds(dice_.between(500, 20'000)); }

    void deal_with(plait::ipc::byte_lease message, bool has_limit) {
        try {
            if (has_limit && dice_.chance(20)) plait::sleep_for(a_while());
            if (has_limit && dice_.chance(30)) message.extend(a_while());
            if (dice_.chance(5)) return message.release();
            if (dice_.chance(2)) return message.reject();
            nearly_done read(written_);
            read.read(message.data());
            settle(read, [&] { message.ack(); });
        } catch (const plait::lease_lost&) { // somebody else has it
        }
    }
    void receive_within_a_timeout() {
        auto receive = [&] {
            bool handled = plait::detail::party::in_coroutine() && dice_.chance(50);
            return handled ? by_handler([&](auto token) { return queue_.async_receive(token); }) : queue_.receive();
        };
        try {
            deal_with(plait::timeout(a_while(), receive), false);
        } catch (const plait::timeout_error&) {
        }
    }
    void get() {
        // If the message is taken away before it is acknowledged, another one is read.
        nearly_done got(written_);
        auto read = [](void* to, std::span<const std::byte> message) {
            auto& all = *static_cast<nearly_done*>(to);
            if (all.count() > 0) all.forget_last();
            return all.read(message);
        };
        queue_.get_read({read, &got}, plait::deadline::never());
        done(got);
    }
    void get_several() {
        nearly_done got(written_);
        auto read = [](void* to, std::span<const std::byte> message) {
            return static_cast<nearly_done*>(to)->read(message);
        };
        auto forget_last = [](void* to) noexcept { static_cast<nearly_done*>(to)->forget_last(); };
        queue_.get_many_read(batch_limit, {read, forget_last, &got}, plait::deadline::never());
        got.turn_round(); // the oldest is what task_done() is about
        done(got);
    }
    /// They are acknowledged by now, unless the queue is joinable.
    void done(nearly_done& got) {
        while (got.count() > 0) {
            if (queue_.is_joinable())
                settle(got, [&] { queue_.task_done(); });
            else
                got.last_is_done();
        }
    }
    template <class Acknowledge>
    void settle(nearly_done& got, Acknowledge acknowledge) {
        try {
            acknowledge();
        } catch (const plait::lease_lost&) {
            return got.forget_last();
        }
        got.last_is_done();
    }

    byte_queue& queue_;
    board& written_;
    dice dice_;
};

// ------------------------------------------------------------------------------------------------------- operators

void operate(const place& at, std::uint64_t seed) {
    dice throws(seed);
    while (!at.written.over.load()) {
        switch (throws.between(0, 4)) {
        case 0: at.queue.evict(static_cast<unsigned>(throws.between(0, 15))); break;
        case 1: at.queue.replay_dead_letters(); break;
        case 2: static_cast<void>(at.queue.dead_letters()); break;
        case 3: at.segment.sweep(); break;
        default:
            if (auto number = at.written.objects.fetch_add(1); number < objects_limit)
                byte_queue::create(at.segment, object_name(number), {.bytes = 8 << 10}).put({});
        }
        plait::sleep_for(std::chrono::microseconds(throws.between(0, 5'000)));
    }
}

using work = void (*)(const place&, std::uint64_t seed);

int work_as_asked(plait::ipc::segment& s, const std::vector<std::string>& arguments, work each) {
    auto queue = byte_queue::open(s, "q");
    shared_board written(std::stoi(arguments.at(0)));
    auto how = kind(std::stoul(arguments.at(1)));
    dice seeds(std::stoull(arguments.at(2)));

    auto party = [&](std::uint64_t seed) {
        try {
            each({s, queue, *written}, seed);
        } catch (const boost::system::system_error& e) {
            if (e.code() != plait::errc::queue_closed) throw; // that is the end
        }
    };
    auto as_threads = [&](unsigned count) {
        std::vector<std::jthread> threads;
        for (unsigned i = 0; i < count; ++i)
            threads.emplace_back(party, seeds.next());
        return threads;
    };
    auto as_coroutines = [&](unsigned count) {
        plait::run([&] {
            std::vector<plait::task<void>> tasks;
            for (unsigned i = 0; i < count; ++i)
                tasks.push_back(plait::spawn([&party, seed = seeds.next()] { party(seed); }));
            for (auto& t : tasks)
                t.join();
        });
    };
    switch (how) {
    case kind::threads: as_threads(parties_each); break;
    case kind::coroutines: as_coroutines(parties_each); break;
    case kind::both: {
        auto threads = as_threads(parties_each / 2);
        as_coroutines(parties_each / 2);
        break;
    }
    }
    return 0;
}

} // namespace

const test::child_function produces("produces", [](plait::ipc::segment& s, const std::vector<std::string>& arguments) {
    return work_as_asked(s, arguments, [](const place& at, std::uint64_t seed) { producer(at, seed).work(); });
});

const test::child_function consumes("consumes", [](plait::ipc::segment& s, const std::vector<std::string>& arguments) {
    return work_as_asked(s, arguments, [](const place& at, std::uint64_t seed) { consumer(at, seed).work(); });
});

const test::child_function operates("operates", [](plait::ipc::segment& s, const std::vector<std::string>& arguments) {
    return work_as_asked(s, arguments, operate);
});

void drain(byte_queue& from, board& written) {
    from.replay_dead_letters();
    while (auto message = from.try_receive()) {
        ++written.messages[number_of(message->data())].done;
        message->ack();
    }
}

std::string object_name(unsigned number) { return "object " + std::to_string(number); }

} // namespace crash
