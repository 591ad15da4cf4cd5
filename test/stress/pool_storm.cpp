// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Pools of processes under load while their workers are killed at random instants, and exact accounting: every task that was
// submitted ends with its value, with a named cause, or cancelled; none is run twice unless it was declared idempotent, and
// none is told of twice.
//
//     pool_storm [--seconds N] [--seed N]
//
//   clients (threads, coroutines) ──submit──▶ pool ──▶ workers: each notes that it has begun task n ──▶ journal (shared)
//                                              ▲ kill -9, SIGSTOP and SIGCONT
//                                            weather
//
// A round goes on for a second or two, with another pool each time: few workers or many, small queues, workers that end by
// themselves, timeouts. Exit code 1 if something does not add up, with the seed.
#include "dice.hpp"
#include "support/signal_relative.hpp"

#include <plait/coro/run.hpp>
#include <plait/coro/spawn.hpp>
#include <plait/ipc/process_pool.hpp>
#include <plait/ipc/queue.hpp>
#include <plait/runtime/thread.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using plait::detail::unique_fd;
using plait::ipc::process_pool;
using plait::ipc::task_options;
using plait::stress::dice;
using steady = std::chrono::steady_clock;

constexpr std::size_t journal_size = 1 << 22; // tasks in a round, at most

/// How often each task has begun: one byte each, in memory that the workers share.
class journal {
public:
    journal() : file_(::memfd_create("journal", MFD_CLOEXEC)) {
        if (::ftruncate(file_.get(), journal_size) != 0) std::abort();
        map();
    }
    explicit journal(unique_fd file) : file_(std::move(file)) { map(); }
    ~journal() { ::munmap(begun_, journal_size); }
    journal(const journal&) = delete;
    journal& operator=(const journal&) = delete;

    [[nodiscard]] unique_fd duplicate() const { return unique_fd(::dup(file_.get())); }
    void note(std::uint32_t task) { std::atomic_ref(begun_[task]).fetch_add(1, std::memory_order_relaxed); }
    [[nodiscard]] unsigned begun(std::uint32_t task) const { return begun_[task]; }

private:
    void map() {
        void* at = ::mmap(nullptr, journal_size, PROT_READ | PROT_WRITE, MAP_SHARED, file_.get(), 0);
        if (at == MAP_FAILED) std::abort();
        begun_ = static_cast<unsigned char*>(at);
    }

    unique_fd file_;
    unsigned char* begun_ = nullptr;
};

/// The journal of a worker: it opens it by the path of its parent's descriptor.
std::unique_ptr<journal> of_worker;
void open_journal(const std::string& path) {
    of_worker = std::make_unique<journal>(unique_fd(::open(path.c_str(), O_RDWR | O_CLOEXEC)));
}

enum class fate : std::uint32_t { returns, throws, is_slow, returns_much, last = returns_much };

std::string run_task(std::uint32_t number, fate f) {
    of_worker->note(number);
    switch (f) {
    case fate::returns: break;
    case fate::throws: throw std::runtime_error(std::to_string(number));
    case fate::is_slow: ::usleep(number % 500); break;
    case fate::returns_much: return std::to_string(number) + std::string(number % 20'000, ' ');
    }
    return std::to_string(number);
}

struct totals {
    std::atomic<std::uint64_t> submitted{0}, values{0}, thrown{0}, died{0}, poisoned{0}, late{0}, cancelled{0},
        wrong{0};
    void add_to(totals& sum) const {
        for (auto field :
             {&totals::submitted, &totals::values, &totals::thrown, &totals::died, &totals::poisoned, &totals::late,
              &totals::cancelled, &totals::wrong})
            sum.*field += this->*field;
    }
};

class round_of_storm {
public:
    explicit round_of_storm(std::uint64_t seed) : dice_(seed) {
        plait::ipc::process_pool_options o{
            .workers = static_cast<std::size_t>(dice_.between(1, 6)),
            .max_tasks_per_worker = dice_.chance(20) ? static_cast<std::uint64_t>(dice_.between(1, 500)) : 0,
            .max_restarts = 1'000'000, // some are killed while they are starting
            .priorities = dice_.chance(20),
            .message_bytes = dice_.chance(30) ? 128U << 10 : 4U << 20};
        if (dice_.chance(30)) {
            o.min_workers = 1;
            o.idle_time = 5ms;
            if (dice_.chance(50)) {
                o.high_depth = 5;
                o.low_age = 0ms;
                o.high_age = 2ms;
                o.grow_after = 1ms;
            }
        }
        priorities_ = o.priorities;
        pool_.emplace(o, plait::fn<&open_journal>, journal_path());
    }

    void play() {
        auto end = steady::now() + std::chrono::milliseconds(dice_.between(300, 2000));
        std::atomic<bool> over{false};
        plait::thread weather([&, seed = dice_.between(0, 1 << 30)] {
            dice d(static_cast<std::uint64_t>(seed));
            // Not until the clients have all they wait for: where processes start slowly, none would live to work.
            while (!over && steady::now() < end) {
                auto pids = pool_->pids();
                if (!pids.empty()) {
                    pid_t victim = pids[static_cast<std::size_t>(d.between(0, static_cast<int>(pids.size()) - 1))];
                    if (d.chance(80)) {
                        kills += plait::test::signal_relative(victim, SIGKILL);
                    } else {
                        plait::test::signal_relative(victim, SIGSTOP);
                        plait::sleep_for(std::chrono::microseconds(d.between(0, 20'000)));
                        plait::test::signal_relative(victim, SIGCONT);
                    }
                }
                plait::sleep_for(std::chrono::microseconds(d.between(0, 4'000)));
            }
        });
        std::vector<std::unique_ptr<plait::thread>> threads;
        std::vector<plait::task<void>> coroutines;
        for (int i = dice_.between(1, 3); i > 0; --i) {
            auto work = [this, end, seed = dice_.between(0, 1 << 30)] {
                be_client(end, static_cast<std::uint64_t>(seed));
            };
            if (dice_.chance(50))
                threads.push_back(std::make_unique<plait::thread>(work));
            else
                coroutines.push_back(plait::spawn(work));
        }
        for (auto& t : threads)
            t->join();
        for (auto& c : coroutines)
            c.join();
        over = true;
        weather.join();
        if (dice_.chance(50))
            pool_->shutdown();
        else
            pool_->terminate();
    }

    /// Whether everything adds up.
    [[nodiscard]] bool check() {
        auto stats = pool_->stats();
        auto told = counts.values + counts.thrown + counts.died + counts.poisoned + counts.late + counts.cancelled;
        bool right = counts.wrong == 0 && told == counts.submitted && stats.submitted == counts.submitted &&
                     stats.completed == counts.values + counts.thrown && stats.cancelled == counts.cancelled &&
                     stats.failed == counts.died + counts.poisoned + counts.late && stats.queued == 0;
        for (std::uint32_t n = 0; n < next_; ++n)
            if (!idempotent_[n] && journal_.begun(n) > 1) {
                std::printf("task %u has begun %u times\n", n, journal_.begun(n));
                right = false;
            }
        if (!right)
            std::printf(
                "submitted %lu, told %lu, wrong %lu; the pool: submitted %lu, completed %lu, failed %lu, cancelled "
                "%lu, queued %lu\n",
                counts.submitted.load(), told, counts.wrong.load(), stats.submitted, stats.completed, stats.failed,
                stats.cancelled, stats.queued);
        return right;
    }

    totals counts;
    std::atomic<std::uint64_t> kills{0};

private:
    struct submission {
        std::uint32_t number;
        fate f;
        plait::future<std::string> result;
    };

    std::string journal_path() {
        file_ = journal_.duplicate();
        return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(file_.get());
    }

    void be_client(steady::time_point end, std::uint64_t seed) {
        dice d(seed);
        while (steady::now() < end) {
            std::vector<submission> batch;
            for (int i = d.between(1, d.chance(5) ? 10'000 : 50); i > 0; --i) {
                auto number = next_.fetch_add(1);
                if (number >= journal_size) std::abort();
                auto f = static_cast<fate>(d.between(0, static_cast<int>(fate::last)));
                if (f == fate::is_slow && d.chance(80)) f = fate::returns;
                if (f == fate::returns_much && d.chance(80)) f = fate::returns;
                task_options o{.idempotent = d.chance(30), .priority = priorities_ ? d.between(-5, 5) : 0};
                if (d.chance(10)) o.timeout = std::chrono::milliseconds(d.between(1, 20));
                idempotent_[number] = o.idempotent;
                ++counts.submitted;
                batch.push_back({number, f, pool_->submit(o, plait::fn<&run_task>, number, f)});
                if (d.chance(3)) batch.back().result.cancel();
            }
            for (auto& s : batch)
                account(s);
        }
    }

    void account(submission& s) {
        try {
            auto text = s.result.get();
            bool right = s.f != fate::throws && std::strtoul(text.c_str(), nullptr, 10) == s.number;
            ++(right ? counts.values : counts.wrong);
        } catch (const plait::ipc::remote_error& e) {
            ++(s.f == fate::throws && e.text() == std::to_string(s.number) ? counts.thrown : counts.wrong);
        } catch (const plait::ipc::task_poisoned&) {
            ++counts.poisoned;
        } catch (const plait::ipc::worker_exited&) {
            ++(idempotent_[s.number] ? counts.wrong : counts.died);
        } catch (const plait::ipc::task_timed_out&) {
            ++counts.late;
        } catch (const plait::error& e) {
            if (e.code() != plait::errc::task_cancelled) std::printf("%s\n", e.what());
            ++(e.code() == plait::errc::task_cancelled ? counts.cancelled : counts.wrong);
        }
    }

    dice dice_;
    journal journal_;
    unique_fd file_;
    std::atomic<std::uint32_t> next_{0};
    std::vector<std::uint8_t> idempotent_ = std::vector<std::uint8_t>(journal_size);
    bool priorities_ = false;
    std::optional<process_pool> pool_;
};

std::uint64_t option(int argc, char** argv, const char* name, std::uint64_t otherwise) {
    for (int i = 1; i + 1 < argc; ++i)
        if (std::strcmp(argv[i], name) == 0) return std::strtoull(argv[i + 1], nullptr, 10);
    return otherwise;
}

/// What is played now, for the alarm.
char hung[64];

int storm(std::uint64_t seconds, std::uint64_t seed) {
    totals all;
    std::uint64_t rounds = 0, kills = 0;
    for (auto end = steady::now() + std::chrono::seconds(seconds); steady::now() < end; ++rounds) {
        std::snprintf(hung, sizeof hung, "HUNG for 120 s with --seed %lu\n", seed + rounds);
        ::alarm(120); // who waits for ever is found here
        round_of_storm round(seed + rounds);
        round.play();
        round.counts.add_to(all);
        kills += round.kills;
        if (round.check()) continue;
        std::printf("FAILED with --seed %lu\n", seed + rounds);
        return EXIT_FAILURE;
    }
    std::printf(
        "%lu rounds, %lu kills; %lu tasks: %lu values, %lu exceptions, %lu died, %lu poisoned, %lu too late, %lu "
        "cancelled\n",
        rounds, kills, all.submitted.load(), all.values.load(), all.thrown.load(), all.died.load(), all.poisoned.load(),
        all.late.load(), all.cancelled.load());
    return EXIT_SUCCESS;
}

} // namespace

int main(int argc, char** argv) {
    if (auto code = plait::ipc::child_main(argc, argv)) return *code;
    auto seconds = option(argc, argv, "--seconds", 10), seed = option(argc, argv, "--seed", std::random_device()());
    ::signal(SIGALRM, [](int) {
        static_cast<void>(!::write(STDERR_FILENO, hung, std::strlen(hung)));
        std::abort();
    });
    int result = EXIT_SUCCESS;
    plait::run([&] { result = storm(seconds, seed); });
    return result;
}
