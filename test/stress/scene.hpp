// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   scene ──played──▶ round ──▶ troupes of parties, threads and coroutines by chance, at work on one thing ──▶ check()
//                                  │                                                        fails: seed, dump, abort
//                                  └──doing()──▶ the watchdog: a round in which nobody does anything for long has hung
//
// A scene is one small play with an invariant that it checks itself: every item that was put was taken once, two never
// were inside at the same time, everybody who waited was woken. It is played again and again, by several workers at
// once, for as long as the run lasts. The scenes are under scenes/:
//
//     const scene every_item_once("queue", [](round& r) {
//         queue<int> items(4);
//         troupe producers(r);
//         producers.start(3, [&](actor& a) {
//             a.doing("put");
//             items.put(1);
//         });
//         producers.join();
//         r.check(items.size() == 3, "what was put is there");
//     });
//
// Whatever is random comes from the dice of the round or of the party, so that a seed repeats what is done; which of
// several threads is faster, it cannot repeat.

#include "dice.hpp"
#include "watchdog.hpp"

#include <plait/coro/spawn.hpp>

#include <atomic>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace plait::stress {

/// One party of a round. Only itself uses it.
class actor : public dice {
public:
    /// For troupe.
    actor(bool in_thread, std::uint64_t seed) noexcept : dice(seed), in_thread_(in_thread) {}
    actor(const actor&) = delete;
    actor& operator=(const actor&) = delete;

    /// Names what the party is about to do, and tells the watchdog that it still does something.
    void doing(const char* what) noexcept {
        doing_.store(what, std::memory_order_relaxed);
        steps_.store(steps_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
    /// Loses a little time in one way or another, or none. A cancellation point.
    void dawdle();
    void describe(std::ostream& out) const;
    [[nodiscard]] bool is_coroutine() const noexcept { return !in_thread_; }

private:
    friend class round;
    friend class troupe;

    const bool in_thread_;
    std::atomic<const char*> doing_{"waiting to begin"}; // for the watchdog, as steps_
    std::atomic<std::uint64_t> steps_{0};
    std::atomic<bool> may_be_cancelled_{false};
    std::mutex lock_;                       // guards the next
    detail::thread_party* party_ = nullptr; // of the thread, while it plays
    std::thread thread_;
    task<void> task_;
};

class troupe;

/// One playing of a scene. `check`, `check_throws` and `fail` may be called by every party; the dice are those of the
/// worker that plays the round.
class round : public dice, private watched {
public:
    round(const char* scene, std::uint64_t seed, watchdog& dog);
    ~round();
    round(const round&) = delete;
    round& operator=(const round&) = delete;

    /// Fails the round unless `holds`.
    void check(bool holds, const char* invariant) const {
        if (!holds) fail(invariant);
    }
    /// Ends the program, with a report.
    [[noreturn]] void fail(const std::string& why) const;

    [[nodiscard]] const char* scene_name() const noexcept { return scene_; }

private:
    friend class troupe;

    [[nodiscard]] std::uint64_t progress() const override;
    void describe(std::ostream& out) const override;

    const char* const scene_;
    const std::uint64_t seed_;
    watchdog& dog_;
    mutable std::mutex lock_; // guards the troupes and their lists of actors: the watchdog reads them
    std::vector<const troupe*> troupes_;
};

/// Parties that are started, cancelled and waited for together. Belongs to the worker; joins at the end of its life.
class troupe {
public:
    explicit troupe(round& r);
    ~troupe();
    troupe(const troupe&) = delete;
    troupe& operator=(const troupe&) = delete;

    using act = std::function<void(actor&)>;

    /// Starts `count` parties, each a thread or a coroutine of one of the loops, by chance. An exception that leaves
    /// `play` fails the round, except the `cancelled` of a party that cancel_one() chose.
    void start(int count, const act& play);
    /// The same, as coroutines: for what only they can do.
    void start_coroutines(int count, const act& play);

    /// Cancels one of the parties, by chance, unless it has ended. A coroutine that has not begun then never will.
    void cancel_one();

    /// Waits until all have ended. More can be started afterwards.
    void join();

private:
    friend class round;

    void begin(const act& play, bool as_thread);
    void perform(actor& a, const act& play) const;

    round& round_;
    std::deque<actor> actors_;
};

/// A scene; to define one is to register it.
class scene {
public:
    enum class purpose {
        stress,
        proves_the_harness, ///< goes wrong on purpose; played only when --only names it
    };
    scene(const char* name, void (*played)(round&), purpose why = purpose::stress);

    [[nodiscard]] const char* name() const noexcept { return name_; }
    [[nodiscard]] purpose why() const noexcept { return why_; }
    void play(round& r) const { play_(r); }

    [[nodiscard]] static const std::vector<const scene*>& all();

private:
    const char* name_;
    void (*play_)(round&);
    purpose why_;
};

} // namespace plait::stress
