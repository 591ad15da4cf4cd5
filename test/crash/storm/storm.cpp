// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Producers, consumers and operators of every kind work on one queue, and are killed and stopped at random instants: what
// the systematic harness cannot reach, the deaths of several at once and of sweepers among them, chance may. The segment
// grows meanwhile.
//
//     crash_storm [--seconds N] [--seed N]
//
// A round goes on for a second or two, with a queue of one of its kinds: whoever is killed is replaced at once, whoever is
// stopped goes on after a while. At its end all finish in peace, and every message is accounted for: none whose put
// returned is lost (unless the queue was closed at once), none is acknowledged twice, none came whose put had failed, all
// memory is free again, and who joins the queue has heard of it. Exit code 1 otherwise, with the seed that chose who died.
#include "parties.hpp"
#include "queue_core.hpp"
#include "stress/dice.hpp"

#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <thread>

#include <unistd.h>

namespace crash {
namespace {

using plait::ipc::byte_queue;
using plait::ipc::segment;
using plait::stress::dice;
using steady = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::size_t cells = 256;
constexpr std::size_t producers = 3, consumers = 3, operators = 1, everybody = producers + consumers + operators;
constexpr unsigned patience = 60; // seconds for one round: who waits for the dead is found here

struct totals {
    long rounds = 0, kills = 0, stops = 0, violations = 0;
    std::uint64_t messages = 0;
};

/// What kind of queue a round has.
struct weather {
    explicit weather(dice& throws)
        : order(static_cast<plait::ipc::queue_order>(throws.between(1, 3))),
          options{
              .capacity = 64,
              .bytes = cells * 64,
              .cell_bytes = 64,
              .max_deliveries = throws.chance(50) ? 4U : 0U,
              .joinable = throws.chance(30)},
          is_dropped(throws.chance(15)) {}

    plait::ipc::queue_order order;
    plait::ipc::queue_options options;
    bool is_dropped; ///< closed at once, in the middle
};

/// A party of the storm: a child that is replaced when it is killed.
class party {
public:
    party(const test::child_function& what, segment& s, const shared_board& written, dice& throws)
        : what_(what), segment_(s), written_(written), dice_(throws) {
        start();
    }

    void kill() {
        child_->kill();
        stopped_ = false;
        start();
    }
    void stop_or_go_on() {
        stopped_ = !stopped_;
        child_->signal(stopped_ ? SIGSTOP : SIGCONT);
    }
    [[nodiscard]] bool is_stopped() const noexcept { return stopped_; }
    /// Lets it come to its own end. False if that was not a good one.
    bool finish() {
        child_->signal(SIGCONT);
        return child_->wait() == 0;
    }

private:
    void start() {
        auto how = static_cast<unsigned>(dice_.between(0, kinds - 1));
        child_ = std::make_unique<test::child>(
            what_, segment_,
            std::vector{std::to_string(written_.fd()), std::to_string(how), std::to_string(dice_.next())});
    }

    const test::child_function& what_;
    segment& segment_;
    const shared_board& written_;
    dice& dice_;
    std::unique_ptr<test::child> child_;
    bool stopped_ = false;
};

[[gnu::format(printf, 2, 3)]] void violation(totals& t, const char* format, ...) {
    if (++t.violations > 20) return;
    std::va_list values;
    va_start(values, format);
    std::printf("    ");
    std::vprintf(format, values);
    std::printf("\n");
    va_end(values);
}

/// Every message once: `may_be_unsure` is how many parties of consumers were killed, each perhaps between an ack and
/// the line on the board.
void account(board& written, std::uint64_t may_be_unsure, bool may_be_dropped, totals& t) {
    auto numbered = std::min<std::uint64_t>(written.numbered, board::most_messages);
    std::uint64_t unsure = 0;
    for (std::uint64_t id = 0; id < numbered; ++id) {
        auto& m = written.messages[id];
        if (m.done > 1) violation(t, "message %" PRIu64 " was done %d times", id, int{m.done});
        if (m.done > 0 && (!m.begun || m.refused)) violation(t, "message %" PRIu64 " was never put", id);
        if (!m.put || m.done > 0 || may_be_dropped) continue;
        if (m.nearly_done)
            ++unsure;
        else
            violation(t, "message %" PRIu64 " is lost", id);
    }
    if (unsure > may_be_unsure)
        violation(
            t, "%" PRIu64 " messages were about to be done, and only %" PRIu64 " parties died", unsure, may_be_unsure);
    t.messages += numbered;
}

/// What the operators made is whole.
void look_at_objects(segment& s, unsigned begun, totals& t) {
    for (unsigned i = 0; i < std::min(begun, objects_limit); ++i) {
        try {
            auto q = byte_queue::open(s, object_name(i));
            while (auto message = q.try_receive())
                message->ack();
            if (q.free_bytes() != 8 << 10) violation(t, "object %u has only %zu free bytes", i, q.free_bytes());
        } catch (const plait::error& e) {
            if (e.code() != plait::errc::object_not_found) violation(t, "object %u: %s", i, e.what());
        }
    }
}

void round(dice& throws, totals& t) {
    ::alarm(patience);
    weather w(throws);
    auto s = segment::create({.bytes = 256 << 10, .max_bytes = 16 << 20, .max_participants = 32});
    auto queue = byte_queue::create(s, "q", w.options, w.order);
    shared_board written;
    std::vector<std::unique_ptr<party>> all;
    for (std::size_t i = 0; i < everybody; ++i) {
        auto& what = i < producers ? produces : i < producers + consumers ? consumes : operates;
        all.push_back(std::make_unique<party>(what, s, written, throws));
    }

    std::uint64_t killed_consumers = 0;
    auto begin = steady::now();
    auto end = begin + 1500ms;
    auto dropped_at = w.is_dropped ? begin + std::chrono::milliseconds(throws.between(200, 1400)) : end;
    while (steady::now() < end) {
        // Chance needs time to pass; nothing is decided by how much.
        std::this_thread::sleep_for(std::chrono::microseconds(throws.between(0, 20'000)));
        if (w.is_dropped && steady::now() > dropped_at) queue.close_now();
        auto index = static_cast<std::size_t>(throws.between(0, everybody - 1));
        if (throws.chance(70)) {
            all[index]->kill();
            ++t.kills;
            killed_consumers += index >= producers && index < producers + consumers;
        } else {
            all[index]->stop_or_go_on();
            t.stops += all[index]->is_stopped();
        }
    }

    std::thread joins([&] { queue.join(); });
    written->enough = 1;
    for (std::size_t i = producers; i < everybody; ++i)
        if (all[i]->is_stopped()) all[i]->stop_or_go_on(); // producers may wait for room
    auto finish = [&](std::size_t first, std::size_t count, const char* what) {
        for (std::size_t i = first; i < first + count; ++i)
            if (!all[i]->finish()) violation(t, "a %s failed", what);
    };
    finish(0, producers, "producer");
    queue.close();
    finish(producers, consumers, "consumer");
    written->over = 1;
    finish(producers + consumers, operators, "operator");
    s.sweep();
    drain(queue, *written);
    joins.join();
    account(*written, killed_consumers * parties_each * batch_limit, w.is_dropped, t);
    auto free_cells = queue.core().shared().messages().count_states().free_cells;
    if (free_cells != cells) violation(t, "only %zu cells are free at the end", free_cells);
    if (s.participants() != 1) violation(t, "%u participants are left", s.participants() - 1);
    look_at_objects(s, written->objects, t);
    if (t.violations)
        std::printf(
            "    order %u, deliveries %u, joinable %d, dropped %d\n", static_cast<unsigned>(w.order),
            w.options.max_deliveries, int{w.options.joinable}, int{w.is_dropped});
    ++t.rounds;
    ::alarm(0);
}

int storm(std::chrono::seconds length, std::uint64_t seed) {
    std::printf("storm: seed %" PRIu64 ", %ld s\n", seed, length.count());
    std::fflush(stdout);
    dice throws(seed);
    totals t;
    for (auto end = steady::now() + length; t.violations == 0 && steady::now() < end;)
        round(throws, t);
    std::printf(
        "storm: %ld rounds, %" PRIu64 " messages, %ld kills, %ld stops, %ld violations\n", t.rounds, t.messages,
        t.kills, t.stops, t.violations);
    return t.violations ? 1 : 0;
}

[[noreturn]] void usage(const std::string& word, const char* wrong) {
    std::fprintf(stderr, "crash_storm: '%s' %s\nusage: crash_storm [--seconds N] [--seed N]\n", word.c_str(), wrong);
    std::exit(2);
}

} // namespace
} // namespace crash

#ifdef __SANITIZE_ADDRESS__
// LeakSanitizer stops a process that ends by ptrace, hence with SIGSTOP, and a SIGCONT from us takes the signal away while
// it is pending: then both wait for ever. It wants a constant, so neither children nor storm are searched for leaks.
extern "C" int __lsan_is_turned_off();
extern "C" int __lsan_is_turned_off() { return 1; }
#endif

int main(int argc, char** argv) {
    if (auto code = test::run_as_child(argc, argv)) return *code;
    std::chrono::seconds length{60};
    std::uint64_t seed = std::random_device{}();
    for (int i = 1; i < argc; i += 2) {
        std::string name = argv[i];
        if (i + 1 == argc) crash::usage(name, "needs a number");
        char* rest = nullptr;
        auto number = std::strtoull(argv[i + 1], &rest, 10);
        if (*rest != '\0' || rest == argv[i + 1]) crash::usage(argv[i + 1], "is not a number");
        if (name == "--seconds")
            length = std::chrono::seconds(number);
        else if (name == "--seed")
            seed = number;
        else
            crash::usage(name, "is not an option");
    }
    ::signal(SIGALRM, [](int) {
        static constexpr char message[] = "crash_storm: somebody waits for the dead\n";
        static_cast<void>(!::write(STDERR_FILENO, message, sizeof message - 1));
        ::_exit(1);
    });
    return crash::storm(length, seed);
}
