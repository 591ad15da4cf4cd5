// Copyright 2026 the plait authors. Boost Software License 1.0
#include "scene.hpp"

#include <plait/coro/run.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/wait.hpp>

#include <sstream>

namespace plait::stress {
namespace {

std::vector<const scene*>& registered() {
    static std::vector<const scene*> scenes;
    return scenes;
}

} // namespace

scene::scene(const char* name, void (*played)(round&), purpose why) : name_(name), play_(played), why_(why) {
    registered().push_back(this);
}

const std::vector<const scene*>& scene::all() { return registered(); }

void actor::dawdle() {
    doing("dawdle");
    switch (between(0, 7)) {
    case 0: yield(); break;
    case 1: std::this_thread::yield(); break;
    case 2: sleep_for(std::chrono::microseconds(between(0, 200))); break;
    case 3:
        for (int spins = between(0, 2000); spins > 0; --spins)
            std::atomic_signal_fence(std::memory_order_relaxed); // keeps the loop
        break;
    default: break;
    }
}

void actor::describe(std::ostream& out) const {
    out << "      " << (in_thread_ ? "thread" : "coroutine") << ", step " << steps_.load(std::memory_order_relaxed)
        << ": " << doing_.load(std::memory_order_relaxed) << (may_be_cancelled_ ? ", cancelled" : "") << '\n';
}

round::round(const char* scene, std::uint64_t seed, watchdog& dog) : dice(seed), scene_(scene), seed_(seed), dog_(dog) {
    dog_.add(*this);
}

round::~round() { dog_.remove(*this); }

void round::fail(const std::string& why) const {
    std::ostringstream what;
    what << "scene " << scene_ << ", seed " << seed_ << ": " << why;
    dog_.fail(what.str());
}

std::uint64_t round::progress() const {
    std::lock_guard guard(lock_);
    std::uint64_t steps = 0;
    for (const troupe* t : troupes_)
        for (const actor& a : t->actors_)
            steps += 1 + a.steps_.load(std::memory_order_relaxed);
    return steps;
}

void round::describe(std::ostream& out) const {
    out << "  scene " << scene_ << ", seed " << seed_ << '\n';
    std::lock_guard guard(lock_);
    for (const troupe* t : troupes_) {
        out << "    a troupe of " << t->actors_.size() << '\n';
        for (const actor& a : t->actors_)
            a.describe(out);
    }
}

troupe::troupe(round& r) : round_(r) {
    std::lock_guard guard(r.lock_);
    r.troupes_.push_back(this);
}

troupe::~troupe() {
    join();
    std::lock_guard guard(round_.lock_);
    std::erase(round_.troupes_, this);
}

void troupe::start(int count, const act& play) {
    for (; count > 0; --count)
        begin(play, round_.chance(40));
}

void troupe::start_coroutines(int count, const act& play) {
    for (; count > 0; --count)
        begin(play, false);
}

void troupe::begin(const act& play, bool as_thread) {
    std::lock_guard guard(round_.lock_);
    actor& a = actors_.emplace_back(as_thread, round_.next());
    auto body = [this, &a, play] { perform(a, play); };
    if (as_thread)
        a.thread_ = std::thread(body);
    else
        a.task_ = spawn(body, {.name = round_.scene_name(), .on = loops()[round_.next() % loops().size()]});
}

void troupe::perform(actor& a, const act& play) const {
    if (a.in_thread_) {
        std::lock_guard guard(a.lock_);
        a.party_ = &detail::thread_party::of_this_thread();
    }
    try {
        play(a);
    } catch (const cancelled&) {
        // acquire; pairs with the release in cancel_one()
        round_.check(a.may_be_cancelled_.load(std::memory_order_acquire), "nobody is cancelled but by request");
    } catch (const std::exception& e) {
        round_.fail(std::string("a party threw ") + e.what());
    }
    a.doing("ended");
    std::lock_guard guard(a.lock_);
    a.party_ = nullptr;
}

void troupe::cancel_one() {
    if (actors_.empty()) return;
    actor& a = actors_[round_.next() % actors_.size()];
    std::lock_guard guard(a.lock_);
    if (!a.party_ && !a.task_.valid()) return;
    a.may_be_cancelled_.store(true, std::memory_order_release);
    a.party_ ? a.party_->cancel() : a.task_.cancel();
}

void troupe::join() {
    for (actor& a : actors_) {
        if (a.thread_.joinable()) a.thread_.join();
        if (a.task_.valid()) {
            a.task_.wait();
            a.task_ = {};
        }
    }
}

} // namespace plait::stress
