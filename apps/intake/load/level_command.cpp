// Copyright 2026 the plait authors. Boost Software License 1.0
#include "client.hpp"
#include "commands.hpp"
#include "own_front.hpp"
#include "recovery.hpp"
#include "steady.hpp"
#include "summary.hpp"

#include <plait/coro/spawn.hpp>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace plait::load {
namespace {

constexpr const char* description =
    "What load levelling is worth on this machine: a front with workers that can do only so much each is offered more "
    "and\n"
    "more, far beyond what they can do; then its workers are killed while requests pour in. It starts its own front.";

constexpr const char* footer =
    "\nThe table:\n"
    "  offered   requests a second, evenly spaced, whatever the answers are\n"
    "  answered  of these; the others are shed: 503, because the queue is full\n"
    "  p50 …     latency of those that were answered, from when they were due, in ms\n"
    "  workers   processes at the end of the step\n"
    "  steady    from the beginning of the step until requests fare as in its second half, in windows of 20 ms\n"
    "  late      p99 of how late this client was with a request; if that is much, the machine cannot offer so many\n"
    "Exit codes: 0 every request has one outcome, and those of killed workers were answered by others, 1 otherwise, 2 "
    "a\n"
    "malformed flag.";

struct level_settings {
    std::string handler = "sleep:0.5";
    unsigned workers = 32;
    std::size_t connections = 2048, queue = 1024;
    double most = 60'000, seconds = 4;
};

duration as_duration(double seconds) {
    return std::chrono::duration_cast<duration>(std::chrono::duration<double>(seconds));
}

double per_second(std::size_t count, const report& r) {
    return static_cast<double>(count) / std::chrono::duration<double>(r.end - r.begin).count();
}

/// The steps of a ladder up to `most`, which is the last.
std::vector<double> rates_up_to(double most) {
    std::vector<double> rates;
    for (double rate : {1e3, 2e3, 5e3, 10e3, 20e3, 30e3, 40e3, 50e3})
        if (rate < most) rates.push_back(rate);
    rates.push_back(most);
    return rates;
}

/// Whether the load was more than could be sent, in its time and the time that it waits for answers: then the last of what was
/// sent may have no answer either.
bool is_too_much(const report& r) { return r.requests.count(outcome::not_sent) > 0; }

/// Says what should not be, and counts it.
class verdict {
public:
    void expect(bool fulfilled, const std::string& otherwise) {
        if (fulfilled) return;
        std::cout << "THIS SHOULD NOT BE: " << otherwise << '\n';
        good_ = false;
    }
    void expect_complete(const report& r) {
        expect(is_consistent(r), "answers that belong to no request, or to another: " + r.first_error);
        const std::size_t lost = r.requests.count(outcome::lost), unanswered = r.requests.count(outcome::unanswered);
        expect(lost == 0, std::to_string(lost) + " requests were lost with their connections");
        if (!is_too_much(r)) expect(unanswered == 0, std::to_string(unanswered) + " requests have no answer");
    }
    void expect_drained(own_front& front) {
        const int code = front.drain();
        expect(code == 0, "the front ended with exit code " + std::to_string(code));
    }
    [[nodiscard]] bool good() const noexcept { return good_; }

private:
    bool good_ = true;
};

/// What one worker can do: a few clients, each of whom asks again as soon as it has an answer.
void measure_one_worker(const level_settings& s, verdict& v) {
    own_front front({"--handler", s.handler, "--workers", "1"});
    constexpr std::size_t askers = 4;
    const report r = client({.port = front.port(), .connections = askers}).ask_in_turn(askers, as_duration(s.seconds));
    std::cout << "One worker, " << s.handler << ", " << askers << " clients that ask in turn: " << std::fixed
              << std::setprecision(0) << per_second(r.requests.count(outcome::answered), r) << " requests/s\n\n"
              << std::flush;
    v.expect_complete(r);
    v.expect_drained(front);
}

void print_heading() {
    for (const char* title : {"offered/s", "answered/s", "shed/s"})
        std::cout << std::setw(11) << title;
    for (const char* title : {"p50", "p99", "p99.9"})
        std::cout << std::setw(9) << title;
    std::cout << std::setw(9) << "workers" << std::setw(11) << "steady" << std::setw(9) << "late" << std::endl;
}

void print_step(const report& r, std::size_t workers) {
    const ledger& all = r.requests;
    std::cout << std::fixed << std::setprecision(0);
    for (std::size_t count : {all.entries().size(), all.count(outcome::answered), all.count(outcome::shed)})
        std::cout << std::setw(11) << per_second(count, r);
    const histogram times = latencies(all);
    for (double percent : {50.0, 99.0, 99.9})
        std::cout << std::setw(9) << in_milliseconds(times.percentile(percent));
    const auto steady = time_to_steady(all, r.begin, r.end);
    std::cout << std::setw(9) << workers << std::setw(11)
              << (steady ? std::to_string(*steady / std::chrono::milliseconds(1)) + " ms" : "never") << std::setw(9)
              << in_milliseconds(r.client_late.percentile(99)) << std::endl;
}

// A client is gone before its front is to end: it would open its connections again and again.
void climb(const level_settings& s, verdict& v) {
    own_front front(
        {"--handler", s.handler, "--min-workers", "1", "--workers", std::to_string(s.workers), "--queue-capacity",
         std::to_string(s.queue)});
    {
        client c({.port = front.port(), .connections = s.connections});
        std::cout << "1 to " << s.workers << " workers, room for " << s.queue << " requests, " << s.connections
                  << " connections, " << s.seconds << " s a step:\n";
        print_heading();
        for (double rate : rates_up_to(s.most)) {
            const report r = c.offer({.rate = rate, .length = as_duration(s.seconds)});
            print_step(r, front.workers().size());
            v.expect_complete(r);
            if (is_too_much(r)) {
                std::cout << r.requests.count(outcome::not_sent)
                          << " of these were not sent: this machine cannot offer "
                          << "so many while it answers\n";
                break;
            }
        }
    }
    v.expect_drained(front);
}

/// A directory that goes at the end, with what is in it.
class scratch_directory {
public:
    scratch_directory() {
        std::string name = std::filesystem::temp_directory_path() / "plait-level-XXXXXX";
        if (!::mkdtemp(name.data())) throw std::runtime_error("cannot make a directory like " + name);
        path_ = name;
    }
    ~scratch_directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    scratch_directory(const scratch_directory&) = delete;
    scratch_directory& operator=(const scratch_directory&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

void kill_under_load(const level_settings& s, verdict& v) {
    constexpr unsigned workers = 4;
    const double rate = std::min(4000.0, s.most);
    constexpr auto every = std::chrono::milliseconds(25);
    const duration length = 2 * as_duration(s.seconds);

    const scratch_directory scratch;
    const std::string audit = scratch.path() / "begun";
    own_front front(
        {"--handler", s.handler, "--retry", "always", "--workers", std::to_string(workers), "--audit", audit});
    std::cout << "\n"
              << workers << " workers, " << rate << " requests/s, one of the workers killed every " << every.count()
              << " ms:\n"
              << std::flush;
    auto killer = spawn([&] { return kill_workers(length, every, front); });
    const report r = client({.port = front.port(), .connections = 256})
                         .offer({.rate = rate, .length = length, .between = spacing::poisson});
    const kills killed = std::move(killer).join();
    v.expect_drained(front);

    std::ifstream begun(audit);
    const recovery back = recovered(killed, begun, r.requests);
    std::size_t good = 0;
    for (const entry& e : r.requests.entries())
        good += e.status == 200;
    const histogram times = latencies(r.requests);
    std::cout << killed.size() << " killed, " << back.begun_again << " of them at work; " << good << " of "
              << r.requests.entries().size() << " requests answered 200; latency p50 "
              << in_milliseconds(times.percentile(50)) << ", p99 " << in_milliseconds(times.percentile(99))
              << " ms\nfrom SIGKILL to the answer of another worker: p50 " << in_milliseconds(back.times.percentile(50))
              << ", p99 " << in_milliseconds(back.times.percentile(99)) << ", max " << in_milliseconds(back.times.max())
              << " ms\n";
    v.expect_complete(r);
    if (is_too_much(r))
        std::cout << r.requests.count(outcome::not_sent) << " were not sent: this machine cannot offer so many\n";
    else
        v.expect(good == r.requests.entries().size(), "not all were answered 200");
    v.expect(back.unexplained == 0, std::to_string(back.unexplained) + " were begun twice, and no worker was killed");
}

int run(const level_settings& s) {
    verdict v;
    measure_one_worker(s, v);
    climb(s, v);
    kill_under_load(s, v);
    return v.good() ? 0 : 1;
}

} // namespace

int level_main(int argc, const char* const* argv) {
    level_settings s;
    CLI::App app(description, "plait-intake level");
    app.footer(footer);
    app.add_option("--handler", s.handler, "what the workers do, as of plait-intake (sleep:0.5)");
    app.add_option("--workers", s.workers, "N at most (32)")->check(CLI::Range(1, 1024));
    app.add_option("--most", s.most, "requests a second in the last step (60000)")->check(CLI::Range(1.0, 1e6));
    app.add_option("--seconds", s.seconds, "for each step (4)")->check(CLI::Range(0.5, 3600.0));
    app.add_option("--queue-capacity", s.queue, "N requests may wait for a worker (1024)")
        ->check(CLI::Range(1, 1048576));
    app.add_option("--connections", s.connections, "N; more than may wait, or nothing is ever shed (2048)")
        ->check(CLI::Range(1, 100000));
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? 0 : 2;
    }
    try {
        return run(s);
    } catch (const std::exception& e) {
        std::cerr << "plait-intake level: " << e.what() << '\n';
        return 1;
    }
}

} // namespace plait::load
