// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Kills a process at every marked step and after every instruction of the operations of the shared-memory queue, and
// each time accounts for every message, cell and participant afterwards. Also stops it at every step: the others go on,
// and so does it, later. In further stages somebody sleeps on the queue meanwhile, and goes on. Prints a table; exit code 1
// if anything was lost, doubled, leaked or waited for.
//
//     crash_harness               every step, every instruction: hours
//     crash_harness --short       every step, though not in every order and company; every 61st or 181st instruction: a
//                                 few minutes
//     crash_harness --only TEXT   operations with TEXT in their names
//
// A harness that cannot fail proves nothing: the last lines leave the sweep out, and must find messages missing; and where
// somebody is stopped with a lock, others must have met it.
#include "held_up.hpp"
#include "killing.hpp"
#include "operations.hpp"
#include "support/small_shm.hpp"
#include "waiting_operations.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

#include <unistd.h>

namespace crash {
namespace {

constexpr unsigned patience = 20;                   // seconds for one run; one takes a few milliseconds
constexpr std::size_t room_for_segments = 16 << 20; // in the /dev/shm that the harness has for itself

struct options {
    bool in_short = false;
    std::string only = {};
};

struct tally {
    long points = 0;
    long violations = 0;
    long held = 0;         // of the points: those at which the victim had a lock
    long instructions = 0; // of the operation, where it is single-stepped; it is killed after each stride of them
    long stride = 1;
};

/// What the alarm says is the matter.
char current_run[160];

/// One run of an operation. `body` says how the victim ended, or for one that is stopped, whether it was: killed.
end run(
    const std::string& name, const std::string& where, tally& t, bool quiet,
    const std::function<end(std::vector<std::string>&)>& body) {
    std::snprintf(current_run, sizeof current_run, "%s, %s", name.c_str(), where.c_str());
    ::alarm(patience); // whoever waits for the dead is found here
    end how_it_ended = end::completed;
    std::vector<std::string> wrong;
    try {
        how_it_ended = body(wrong);
    } catch (const std::exception& e) {
        wrong.emplace_back(e.what());
    }
    ::alarm(0);
    t.points += how_it_ended == end::killed;
    t.violations += !wrong.empty();
    for (auto& w : wrong)
        if (!quiet) std::printf("    %s, %s: %s\n", name.c_str(), where.c_str(), w.c_str());
    return how_it_ended;
}

/// One run after another, with the first step of the operation, the second, and so on.
tally at_each_step(
    const std::string& name, const char* kind,
    const std::function<end(const std::string&, tally&, std::vector<std::string>&)>& body, bool quiet = false) {
    tally t;
    for (long k = 1;; ++k) {
        auto where = kind + std::to_string(k);
        auto how = run(name, where, t, quiet, [&](auto& wrong) { return body(where, t, wrong); });
        if (how != end::killed) return t;
    }
}

// ----------------------------------------------------------------------------------------------- nobody else at work

enum class sweeping { yes, left_out };

fate fate_after(end how, const operation& op) {
    switch (how) {
    case end::killed: return op.if_killed;
    case end::completed: return op.if_completed;
    case end::overtaken: break;
    }
    return fate::must_be_there; // for those who took it, once
}

/// `kill` ends the child.
end one_run(
    const operation& op, const std::string& how, sweeping sweep, std::vector<std::string>& wrong,
    const std::function<end(test::child&, stage&)>& kill) {
    stage s(op.order);
    if (op.before) op.before(s);
    end how_it_ended{};
    {
        test::child victim(*op.child, s.segment(), {how});
        how_it_ended = kill(victim, s);
    }
    try {
        s.survivors_go_on();
        if (sweep == sweeping::yes) s.sweep();
        for (auto& w : s.account(op.subject, fate_after(how_it_ended, op)))
            wrong.push_back(w);
        if (op.after) op.after(s, wrong);
    } catch (const std::exception& e) { // how it ended is to be known all the same
        wrong.emplace_back(e.what());
    }
    return how_it_ended;
}

tally kill_at_each_step(const operation& op, sweeping sweep, bool quiet = false) {
    auto kill = [&](const std::string& how, tally&, std::vector<std::string>& wrong) {
        auto ended = one_run(op, how, sweep, wrong, [](test::child& c, stage&) { return wait_for_end(c); });
        if (ended == end::overtaken) wrong.emplace_back("there is nobody who could have overtaken it");
        return ended;
    };
    return at_each_step(op.name, "step:", kill, quiet);
}

/// `stride_in` says how many of so many instructions of the operation are passed over each time.
tally kill_after_instructions(const operation& op, long (*stride_in)(long instructions)) {
    constexpr long none = std::numeric_limits<long>::max();
    tally t;
    auto kill_after = [&](long n) {
        auto where = n == none ? std::string("single-stepped") : "instruction " + std::to_string(n);
        auto kill = [&](test::child& c, stage&) {
            auto result = single_step(c, n);
            if (result.how == end::completed) t.instructions = result.instructions;
            return result.how;
        };
        return run(
            op.name, where, t, false, [&](auto& wrong) { return one_run(op, "single", sweeping::yes, wrong, kill); });
    };
    kill_after(none); // it is counted first
    t.stride = stride_in(t.instructions);
    for (long n = 0; kill_after(n) == end::killed;)
        n += t.stride;
    return t;
}

/// While the child is stopped the others go on, as far as nothing that it holds is in their way; and hear of that in time.
tally stop_at_each_step(operation op) {
    if (op.takes_what_is_next) op.subject = stage::whichever_is_taken;
    auto stop = [&](const std::string& how, tally& t, std::vector<std::string>& wrong) {
        bool stops = false;
        one_run(op, how, sweeping::yes, wrong, [&](test::child& c, stage& s) {
            stops = wait_for_stop(c);
            if (stops && op.holds_a_lock)
                t.held += others_are_held_up(s, wrong);
            else if (stops)
                s.survivors_go_on();
            c.signal(SIGCONT);
            return wait_for_end(c);
        });
        return stops ? end::killed : end::completed;
    };
    return at_each_step(op.name, "stop:", stop);
}

// ------------------------------------------------------------------------------------------------------ somebody sleeps

tally kill_while_somebody_sleeps(const waking_operation& op, manner sleeper_s) {
    return at_each_step(op.name, "step:", [&](const std::string& how, tally&, std::vector<std::string>& wrong) {
        return kill_a_waker(op, sleeper_s, how, wrong);
    });
}

tally stop_while_somebody_sleeps(const waking_operation& op, manner sleeper_s) {
    return at_each_step(op.name, "stop:", [&](const std::string& how, tally&, std::vector<std::string>& wrong) {
        return stop_a_waker(op, sleeper_s, how, wrong) ? end::killed : end::completed;
    });
}

tally kill_while_it_waits(const waiting_operation& op) {
    auto t = at_each_step(op.name, "step:", [&](const std::string& how, tally&, std::vector<std::string>& wrong) {
        return kill_one_who_waits(op, how, wrong);
    });
    if (!op.leaves)
        run(op.name, "asleep", t, false, [&](auto& wrong) { return kill_one_who_waits(op, asleep, wrong); });
    return t;
}

tally stop_while_it_waits(const waiting_operation& op) {
    return at_each_step(op.name, "stop:", [&](const std::string& how, tally&, std::vector<std::string>& wrong) {
        return stop_one_who_waits(op, how, wrong) ? end::killed : end::completed;
    });
}

// ------------------------------------------------------------------------------------------------------------ the table

class table {
public:
    explicit table(options o) : options_(std::move(o)) {
        std::printf("%-28s %-38s %7s  %s\n", "operation", "killed", "points", "afterwards");
    }

    [[nodiscard]] bool has(const std::string& operation) const {
        return operation.find(options_.only) != std::string::npos;
    }
    void line(const std::string& operation, const std::string& how, const tally& t) {
        auto verdict = t.violations ? std::to_string(t.violations) + " VIOLATIONS" : "nothing lost, doubled or leaked";
        if (t.held) verdict += ", " + std::to_string(t.held) + " with the lock";
        print(operation, how, t.points, verdict);
        points_ += t.points;
        violations_ += t.violations;
        blind_ |= t.points == 0;
    }
    /// Of what has to find something.
    void must_find(const std::string& operation, const std::string& how, long points, long found) {
        auto verdict = found ? "found missing, as it must be: " + std::to_string(found) : "NOT FOUND MISSING";
        print(operation, how, points, verdict);
        blind_ |= found == 0;
    }
    void must_have_met_a_lock(long times) { blind_ |= times == 0 && options_.only.empty(); }
    /// Prints the last line; the exit code.
    int end() const {
        std::printf(
            "%ld kills and stops, %ld violations%s\n", points_, violations_, blind_ ? "; the harness is blind" : "");
        return violations_ || blind_ ? 1 : 0;
    }

private:
    static void print(const std::string& operation, const std::string& how, long points, const std::string& result) {
        std::printf("%-28s %-38s %7ld  %s\n", operation.c_str(), how.c_str(), points, result.c_str());
        std::fflush(stdout);
    }

    options options_;
    long points_ = 0;
    long violations_ = 0;
    bool blind_ = false;
};

std::string with_sleeper(const char* how, awaited what, manner sleeper_s) {
    return std::string(how) + ", a " + name_of(sleeper_s) + " waits for " + name_of(what);
}

void with_nobody_asleep(table& lines, bool in_short) {
    using plait::ipc::queue_order;
    // In short form what is done in every order is killed in one of the others, and stopped in another.
    auto is_left_out = [&](const operation& op, queue_order order) {
        return !lines.has(op.name) || (in_short && op.repeats_a_fifo_s && op.order == order);
    };
    for (auto& op : operations())
        if (!is_left_out(op, queue_order::priority))
            lines.line(op.name, "at each marked step", kill_at_each_step(op, sweeping::yes));
    long held = 0;
    for (auto& op : operations()) {
        if (is_left_out(op, queue_order::lifo)) continue;
        auto t = stop_at_each_step(op);
        lines.line(op.name, "stopped at each marked step", t);
        held += t.held;
    }
    lines.must_have_met_a_lock(held);
}

/// In whose company the victims die: everybody's, or in short form somebody else's each time.
class company {
public:
    explicit company(bool in_short) noexcept : in_short_(in_short) {}
    [[nodiscard]] std::span<const manner> next() noexcept {
        std::span<const manner> all(everybody);
        return in_short_ ? all.subspan(turn_++ % all.size(), 1) : all;
    }

private:
    static constexpr std::array everybody{manner::thread, manner::coroutine, manner::handler};
    bool in_short_;
    std::size_t turn_ = 0;
};

void with_somebody_asleep(table& lines, bool in_short) {
    company of_killed(in_short), of_stopped(in_short);
    static_cast<void>(of_stopped.next()); // so that an operation has two
    for (auto& op : waking_operations()) {
        if (!lines.has(op.name)) continue;
        for (auto sleeper_s : of_killed.next())
            lines.line(op.name, with_sleeper("killed", op.what, sleeper_s), kill_while_somebody_sleeps(op, sleeper_s));
        // Others wait for who is stopped with a lock: what they do then is asked where nobody sleeps.
        if (op.order != plait::ipc::queue_order::fifo) continue;
        for (auto sleeper_s : of_stopped.next())
            lines.line(op.name, with_sleeper("stopped", op.what, sleeper_s), stop_while_somebody_sleeps(op, sleeper_s));
    }
    for (auto& op : waiting_operations()) {
        if (!lines.has(op.name)) continue;
        auto as = std::string("as a ") + name_of(op.how);
        lines.line(op.name, "killed " + as, kill_while_it_waits(op));
        if (op.order == plait::ipc::queue_order::fifo && !op.leaves)
            lines.line(op.name, "stopped " + as, stop_while_it_waits(op));
    }
}

long each(long) noexcept { return 1; }
/// Prime numbers: they meet a loop at another place each time.
long few(long instructions) noexcept { return instructions < 4000 ? 61 : 181; }

void after_instructions(table& lines, bool in_short) {
    for (auto& op : operations()) {
        if (!op.single_step || !lines.has(op.name)) continue;
        auto t = kill_after_instructions(op, in_short ? &few : &each);
        auto how = t.stride == 1 ? std::string("after each of ") : "after every " + std::to_string(t.stride) + "st of ";
        lines.line(op.name, how + std::to_string(t.instructions) + " instructions", t);
    }
}

void with_the_sweep_left_out(table& lines) {
    for (auto& op : operations()) {
        if (op.name != "receive" && op.name != "prepare and drop") continue;
        auto t = kill_at_each_step(op, sweeping::left_out, true);
        lines.must_find(op.name, "the same without a sweep", t.points, t.violations);
    }
}

int harness(const options& o) {
    table lines(o);
    with_nobody_asleep(lines, o.in_short);
    with_somebody_asleep(lines, o.in_short);
    after_instructions(lines, o.in_short);
    if (o.only.empty()) with_the_sweep_left_out(lines);
    return lines.end();
}

std::optional<options> read(int argc, char** argv) {
    options o;
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--short") == 0) {
            o.in_short = true;
        } else if (std::strcmp(argv[i], "--only") == 0 && i + 1 < argc) {
            o.only = argv[++i];
        } else {
            std::fprintf(stderr, "crash_harness: '%s' is not an option; those are --short and --only TEXT\n", argv[i]);
            return {};
        }
    }
    return o;
}

void say_who_hangs(int) {
    static constexpr char message[] = "crash_harness: a survivor waits for the dead: ";
    static_cast<void>(!::write(STDERR_FILENO, message, sizeof message - 1));
    static_cast<void>(!::write(STDERR_FILENO, current_run, std::strlen(current_run)));
    static_cast<void>(!::write(STDERR_FILENO, "\n", 1));
    ::_exit(1);
}

} // namespace
} // namespace crash

int main(int argc, char** argv) {
    if (auto code = test::run_as_child(argc, argv)) return *code;
    auto options = crash::read(argc, argv);
    if (!options) return 2;
    // Children resolve their symbols at their start: the instructions counted are those of the operation, and not the
    // dynamic linker's.
    ::setenv("LD_BIND_NOW", "1", 1);
    crash::shm_can_be_filled = test::enter_small_shm(crash::room_for_segments);
    if (!crash::shm_can_be_filled) std::puts(test::why_no_small_shm);
    ::signal(SIGALRM, crash::say_who_hangs);
    return crash::harness(*options);
}
