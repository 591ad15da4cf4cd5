// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Kills a process at every marked step and after every instruction of the operations of the shared-memory queue, and
// each time accounts for every message, cell and participant afterwards. Also stops it at every step: the others go on,
// and so does it, later. Prints a table; exit code 1 if anything was
// lost, doubled, leaked or waited for.
//
//     crash_harness            every step, every instruction: hours
//     crash_harness --short    every step, every 61st instruction: a few minutes
//
// A harness that cannot fail proves nothing: the last lines leave the sweep out, and must find messages missing.
#include "killing.hpp"
#include "operations.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <string>

#include <unistd.h>

namespace crash {
namespace {

enum class sweeping { yes, left_out };

constexpr unsigned patience = 20; // seconds for one run; one takes a few milliseconds

struct tally {
    long points = 0;
    long violations = 0;
    long steps_of_completed = 0;
};

/// One run: `kill` ends the child. Returns whether the operation completed before it could be killed.
bool run(
    const operation& op, const std::string& how, sweeping sweep, const std::string& where, tally& t, bool quiet,
    const std::function<end(test::child&, stage&)>& kill) {
    ::alarm(patience); // whoever waits for the dead is found here
    end how_it_ended{};
    std::vector<std::string> wrong;
    try {
        stage s(op.order);
        if (op.before) op.before(s);
        {
            test::child victim(*op.child, s.segment(), {how});
            how_it_ended = kill(victim, s);
        }
        s.survivors_go_on();
        if (sweep == sweeping::yes) s.sweep();
        wrong = s.account(op.subject, how_it_ended == end::killed ? op.if_killed : op.if_completed);
        if (op.after) op.after(s, wrong);
    } catch (const std::exception& e) {
        wrong.emplace_back(e.what());
    }
    ::alarm(0);
    t.points += how_it_ended == end::killed;
    t.violations += !wrong.empty();
    for (auto& w : wrong)
        if (!quiet) std::printf("    %s, %s: %s\n", op.name, where.c_str(), w.c_str());
    return how_it_ended == end::completed;
}

tally kill_at_each_step(const operation& op, sweeping sweep, bool quiet = false) {
    tally t;
    for (long k = 1;; ++k) {
        auto violations = t.violations;
        auto how = "step:" + std::to_string(k);
        bool completed = run(op, how, sweep, how, t, quiet, [](test::child& c, stage&) { return wait_for_end(c); });
        if (completed || (t.violations > violations && t.points < k)) return t;
    }
}

tally kill_after_each_instruction(const operation& op, long stride) {
    tally t;
    for (long n = 0;; n += stride) {
        auto points = t.points;
        bool completed =
            run(op, "single", sweeping::yes, "instruction " + std::to_string(n), t, false, [&](test::child& c, stage&) {
                auto result = single_step(c, n);
                if (result.how == end::completed) t.steps_of_completed = result.instructions;
                return result.how;
            });
        if (completed || t.points == points) return t;
    }
}

/// While the child is stopped the others go on, as far as nothing that it holds is in their way.
tally stop_at_each_step(const operation& op) {
    tally t;
    for (long k = 1;; ++k) {
        bool stopped = false;
        auto how = "stop:" + std::to_string(k);
        run(op, how, sweeping::yes, how, t, false, [&](test::child& c, stage& s) {
            stopped = wait_for_stop(c);
            if (stopped && !op.holds_a_lock) s.survivors_go_on();
            c.signal(SIGCONT);
            return wait_for_end(c);
        });
        t.points += stopped;
        if (!stopped) return t;
    }
}

void line(const char* operation, const char* how, long points, const std::string& result) {
    std::printf("%-26s %-34s %7ld  %s\n", operation, how, points, result.c_str());
    std::fflush(stdout);
}

std::string verdict(const tally& t) {
    return t.violations ? std::to_string(t.violations) + " VIOLATIONS" : "nothing lost, doubled or leaked";
}

int harness(bool in_short) {
    long stride = in_short ? 61 : 1;
    long violations = 0, total = 0;
    std::printf("%-26s %-34s %7s  %s\n", "operation", "killed", "points", "afterwards");
    for (auto& op : operations()) {
        auto t = kill_at_each_step(op, sweeping::yes);
        line(op.name, "at each marked step", t.points, verdict(t));
        violations += t.violations;
        total += t.points;
    }
    for (auto& op : operations()) {
        auto t = stop_at_each_step(op);
        line(op.name, "stopped at each marked step", t.points, verdict(t));
        violations += t.violations;
        total += t.points;
    }
    for (auto& op : operations()) {
        if (!op.single_step) continue;
        auto t = kill_after_each_instruction(op, stride);
        auto how = stride == 1 ? std::string("after each of ") : "after every 61st of ";
        how += std::to_string(t.steps_of_completed) + " instructions";
        line(op.name, how.c_str(), t.points, verdict(t));
        violations += t.violations;
        total += t.points;
    }
    bool blind = false;
    for (auto& op : operations()) {
        if (std::strcmp(op.name, "receive") != 0 && std::strcmp(op.name, "prepare and drop") != 0) continue;
        auto t = kill_at_each_step(op, sweeping::left_out, true);
        bool found = t.violations > 0;
        line(
            op.name, "the same without a sweep", t.points,
            found ? "found missing, as it must be: " + std::to_string(t.violations) : "NOT FOUND MISSING");
        blind = blind || !found;
    }
    std::printf("%ld kills and stops, %ld violations%s\n", total, violations, blind ? "; the harness is blind" : "");
    return violations || blind ? 1 : 0;
}

} // namespace
} // namespace crash

int main(int argc, char** argv) {
    if (auto code = test::run_as_child(argc, argv)) return *code;
    // Children resolve their symbols at their start: the instructions counted are those of the operation, and not the
    // dynamic linker's.
    ::setenv("LD_BIND_NOW", "1", 1);
    bool in_short = argc == 2 && std::strcmp(argv[1], "--short") == 0;
    if (argc > 1 && !in_short) {
        std::fprintf(stderr, "crash_harness: '%s' is not an option; the only one is --short\n", argv[1]);
        return 2;
    }
    ::signal(SIGALRM, [](int) {
        static constexpr char message[] = "crash_harness: a survivor waits for the dead\n";
        static_cast<void>(!::write(STDERR_FILENO, message, sizeof message - 1));
        ::_exit(1);
    });
    return crash::harness(in_short);
}
