// Copyright 2026 the plait authors. Boost Software License 1.0
#include "../scene.hpp"

#include <plait/runtime/error.hpp>
#include <plait/runtime/subprocess.hpp>

#include <string>

#include <signal.h>

namespace plait::stress {
namespace {

// Whoever is cancelled in between leaves neither a child nor a descriptor behind; the end of the act looks for those.
const scene what_was_written_comes_back("subprocess", [](round& r) {
    troupe parents(r);
    parents.start(r.between(1, 3), [&](actor& a) {
        a.doing("popen");
        subprocess::popen child({"cat"}, {.in = subprocess::pipe, .out = subprocess::pipe});
        if (a.chance(50)) {
            std::string text(static_cast<std::size_t>(a.between(1, 200'000)), 'x');
            a.doing("communicate");
            r.check(child.communicate(text).out == text, "what was written comes back");
            r.check(child.try_wait() == 0, "who has communicated has waited");
            return;
        }
        for (int i = a.between(0, 20); i > 0; --i) {
            a.doing("write");
            child.in().write(std::to_string(i) + '\n');
            a.doing("read_line");
            if (a.chance(30)) {
                try {
                    r.check(
                        child.out().read_line_for(std::chrono::microseconds(a.between(0, 500))) == std::to_string(i),
                        "a line comes back");
                    continue;
                } catch (const timeout_error&) { // it is still to come
                }
            }
            r.check(child.out().read_line() == std::to_string(i), "the lines come back in order");
        }
        if (a.chance(30)) {
            a.doing("kill");
            child.kill();
            r.check(child.wait() == -SIGKILL, "who is killed says so");
            return;
        }
        child.in().close();
        a.doing("wait");
        r.check(child.wait() == 0, "cat ends with its input");
    });
    for (int i = r.between(0, 2); i > 0; --i)
        parents.cancel_one();
});

const scene many_wait_for_one("subprocess_waited_for_by_many", [](round& r) {
    subprocess::popen child({"cat"}, {.in = subprocess::pipe, .out = subprocess::null});
    troupe waiters(r);
    waiters.start(r.between(1, 5), [&](actor& a) {
        a.dawdle();
        a.doing("wait");
        r.check(child.wait() == 0, "everybody gets the exit code");
    });
    for (int i = r.between(0, 2); i > 0; --i)
        waiters.cancel_one();
    child.in().close();
});

} // namespace
} // namespace plait::stress
