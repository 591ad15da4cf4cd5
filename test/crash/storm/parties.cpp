// Copyright 2026 the plait authors. Boost Software License 1.0
#include "parties.hpp"
#include "stress/dice.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/runtime/error.hpp>

#include <algorithm>
#include <cstring>
#include <functional>
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

void produce(byte_queue& queue, board& written, std::uint64_t) {
    while (!written.enough.load()) {
        auto id = written.numbered.fetch_add(1);
        if (id >= board::most_messages) return;
        auto message = bytes_of(id);
        written.messages[id].begun = 1;
        queue.put(message);
        written.messages[id].put = 1;
    }
}

void consume(byte_queue& queue, board& written, std::uint64_t seed) {
    dice throws(seed);
    for (;;) {
        auto message = queue.receive();
        auto& record = written.messages[number_of(message.data())];
        if (throws.chance(5)) {
            message.release();
            continue;
        }
        ++record.nearly_done;
        message.ack();
        ++record.done;
    }
}

using work = void (*)(byte_queue&, board&, std::uint64_t seed);

int work_as_asked(plait::ipc::segment& s, const std::vector<std::string>& arguments, work each) {
    auto queue = byte_queue::open(s, "q");
    shared_board written(std::stoi(arguments.at(0)));
    auto how = kind(std::stoul(arguments.at(1)));
    dice seeds(std::stoull(arguments.at(2)));

    auto party = [&](std::uint64_t seed) {
        try {
            each(queue, *written, seed);
        } catch (const plait::queue_closed&) { // the end
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
    return work_as_asked(s, arguments, produce);
});

const test::child_function consumes("consumes", [](plait::ipc::segment& s, const std::vector<std::string>& arguments) {
    return work_as_asked(s, arguments, consume);
});

void drain(byte_queue& from, board& written) {
    while (auto message = from.try_receive()) {
        ++written.messages[number_of(message->data())].done;
        message->ack();
    }
}

} // namespace crash
