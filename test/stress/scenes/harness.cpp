// Copyright 2026 the plait authors. Boost Software License 1.0
//
// A harness that cannot fail proves nothing: these scenes go wrong, and ../CMakeLists.txt expects that it is noticed.
#include "../scene.hpp"

#include <plait/runtime/event.hpp>
#include <plait/runtime/mutex.hpp>

#include <deque>
#include <mutex>
#include <string>

namespace plait::stress {
namespace {

const scene broken_invariant(
    "broken_invariant", [](round& r) { r.check(false, "this does not hold"); }, scene::purpose::proves_the_harness);

const scene nobody_sets_it(
    "nobody_sets_it",
    [](round& r) {
        event e;
        troupe waiters(r);
        waiters.start(1, [&](actor& a) {
            a.doing("wait for what does not come");
            e.wait();
        });
    },
    scene::purpose::proves_the_harness);

const scene keeps_what_it_took(
    "keeps_what_it_took",
    [](round& r) {
        static mutex lock;
        static std::deque<std::string> kept;
        troupe takers(r);
        takers.start(1, [](actor&) {
            std::lock_guard guard(lock);
            kept.emplace_back(100, ' ');
        });
    },
    scene::purpose::proves_the_harness);

} // namespace
} // namespace plait::stress
