// Copyright 2026 the plait authors. Boost Software License 1.0
//
//   act:  run(loops, order of coroutines by chance) ─▶ workers, each playing one scene after the other ─▶ end of run
//   acts, one after the other, until the time is over; after each, memory and descriptors are back to where they were
//
// Everything of runtime/ and coro/ at once, by chance, for as long as one likes:
//
//     stress                       one minute
//     stress --seconds 1800        half an hour
//     stress --only queue          one scene
//     stress --seed 42             the choices that seed 42 makes (not who is faster: that no seed repeats)
//     stress --patience 120        how many seconds nothing may happen in a scene before it counts as hung
//     stress --list                the scenes
//
// The first violated invariant ends the program with abort(), having said which scene it was, its seed, and what each
// party was doing.
#include "footprint.hpp"
#include "scene.hpp"

#include <plait/coro/run.hpp>
#include <plait/runtime/event.hpp>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>
#include <random>
#include <string_view>

namespace plait::stress {
namespace {

constexpr int workers = 4;
constexpr int longest_act_ms = 3000;
constexpr int acts_before_measuring = 3;             // caches fill
constexpr std::size_t tolerated_bytes = 1024 * 1024; // of caches that grow a little later

using clock = std::chrono::steady_clock;

struct settings {
    std::uint64_t seed = std::random_device()();
    int seconds = 60;
    int patience = 120;
    std::vector<const scene*> scenes; // that are played
};

/// A run of the program from the first act to the last.
class performance : dice, watched {
public:
    explicit performance(const settings& s)
        : dice(s.seed),
          scenes_(s.scenes),
          rounds_(s.scenes.size()),
          end_(clock::now() + std::chrono::seconds(s.seconds)),
          dog_(std::chrono::seconds(s.patience)) {
        dog_.add(*this);
    }
    ~performance() { dog_.remove(*this); }

    void play() {
        for (; clock::now() < end_; ++act_) {
            play_act();
            check_footprint();
        }
    }

    void report() const {
        for (std::size_t i = 0; i < scenes_.size(); ++i)
            std::printf("%-32s %9ld rounds\n", scenes_[i]->name(), rounds_[i].load());
        std::printf("stress: %d acts, nothing violated\n", act_.load());
    }

private:
    void play_act() {
        auto curtain = std::min(end_, clock::now() + std::chrono::milliseconds(between(1, longest_act_ms)));
        run_options how{.loops = static_cast<unsigned>(between(1, 3))};
        if (chance(50)) how.seed = next();
        how.detect_deadlocks = chance(20); // no scene has one: a report is a false alarm
        run(
            [&] {
                event over;
                std::atomic<int> at_work = workers;
                std::vector<std::jthread> threads;
                for (int i = 0; i < workers; ++i)
                    threads.emplace_back([&, chooser = dice(next())]() mutable {
                        play_rounds(chooser, curtain);
                        if (--at_work == 0) over.set();
                    });
                over.wait();
            },
            how);
    }

    void play_rounds(dice& chooser, clock::time_point curtain) {
        do {
            auto chosen = chooser.next() % scenes_.size();
            round r(scenes_[chosen]->name(), chooser.next(), dog_);
            scenes_[chosen]->play(r);
            ++rounds_[chosen];
        } while (clock::now() < curtain);
    }

    void check_footprint() {
        auto now = footprint::now();
        if (act_ < acts_before_measuring)
            before_ = now;
        else if (now.descriptors > before_.descriptors)
            dog_.fail("descriptors were left open: " + std::to_string(now.descriptors - before_.descriptors));
        else if (now.heap_bytes > before_.heap_bytes + tolerated_bytes)
            dog_.fail("bytes were left on the heap: " + std::to_string(now.heap_bytes - before_.heap_bytes));
    }

    [[nodiscard]] std::uint64_t progress() const override {
        auto sum = static_cast<std::uint64_t>(act_);
        for (auto& rounds : rounds_)
            sum += static_cast<std::uint64_t>(rounds);
        return sum;
    }
    void describe(std::ostream& out) const override { out << "  in act " << act_ << '\n'; }

    const std::vector<const scene*>& scenes_;
    std::vector<std::atomic<long>> rounds_;
    const clock::time_point end_;
    std::atomic<int> act_{0};
    footprint before_{};
    watchdog dog_; // last: its thread looks at the rest
};

[[noreturn]] void refuse(const std::string& why) {
    std::fprintf(
        stderr, "stress: %s (options: --seed N, --seconds N, --only SCENE, --patience N, --list)\n", why.c_str());
    std::exit(2);
}

template <class Number>
Number number(const std::string& option, std::string_view text) {
    Number value{};
    auto [rest, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (wrong != std::errc() || rest != text.data() + text.size() || (std::is_signed_v<Number> && value < 1))
        refuse(
            option + ": '" + std::string(text) + "' is not a number of at least " +
            (std::is_signed_v<Number> ? "1" : "0"));
    return value;
}

settings parse(int argc, char** argv) {
    settings s;
    std::string_view only;
    for (int i = 1; i < argc; ++i) {
        std::string option = argv[i];
        if (option == "--list") {
            for (auto* scene : scene::all())
                std::printf("%s\n", scene->name());
            std::exit(0);
        }
        if (i + 1 == argc) refuse(option + ": unknown, or without a value");
        std::string_view value = argv[++i];
        if (option == "--seed")
            s.seed = number<std::uint64_t>(option, value);
        else if (option == "--seconds")
            s.seconds = number<int>(option, value);
        else if (option == "--patience")
            s.patience = number<int>(option, value);
        else if (option == "--only")
            only = value;
        else
            refuse(option + ": unknown");
    }
    for (auto* scene : scene::all())
        if (only.empty() ? scene->why() == scene::purpose::stress : only == scene->name()) s.scenes.push_back(scene);
    if (s.scenes.empty()) refuse("--only: no scene is called '" + std::string(only) + "'");
    return s;
}

} // namespace
} // namespace plait::stress

int main(int argc, char** argv) {
    auto settings = plait::stress::parse(argc, argv);
    std::printf("stress: seed %llu, %d s\n", static_cast<unsigned long long>(settings.seed), settings.seconds);
    std::fflush(stdout);
    plait::stress::performance performance(settings);
    performance.play();
    performance.report();
}
