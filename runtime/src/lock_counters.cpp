// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/lock_counters.hpp>
#include <plait/runtime/observe.hpp>

#include <chrono>
#include <new>
#include <optional>
#include <utility>

namespace plait::detail {

struct lock_counters::record {
    record(const char* k, const char* n) noexcept : kind(k), name(n) {}

    const char* const kind;
    const char* const name; // nullptr: it has none, and is in no list

    // With the lists' lock held:
    std::optional<time_point> held_since;
    bool in_graph = false;

    std::atomic<duration::rep> longest_hold{0}; // for readers on any thread; relaxed, a figure and nothing else
    std::optional<registry_entry> entry;
};

lock_counters::lock_counters(const char* kind, const char* name) {
    auto* r = new record(kind, name);
    record_.store(r, std::memory_order_relaxed);
    r->entry.emplace(this, [](const void* of, dump& to) {
        auto& self = *static_cast<const lock_counters*>(of);
        const record* its = self.record_.load(std::memory_order_relaxed); // since before the entry
        describe_stats(to, its->kind, its->name, self.read());
    });
}

void lock_counters::destroy_record() noexcept { delete record_.load(std::memory_order_relaxed); }

const char* lock_counters::name() const noexcept {
    // acquire; pairs with the release in begin_hold()
    const record* r = record_.load(std::memory_order_acquire);
    return r ? r->name : nullptr;
}

lock_stats lock_counters::read() const noexcept {
    // acquire; pairs with the release in begin_hold()
    const record* r = record_.load(std::memory_order_acquire);
    return {waits_.get(), hand_overs_.get(), duration(r ? r->longest_hold.load(std::memory_order_relaxed) : 0)};
}

bool lock_counters::begin_hold(bool in_graph) noexcept {
    record* r = record_.load(std::memory_order_relaxed); // only written here, with the lock held
    if (!r) {
        r = new (std::nothrow) record(nullptr, nullptr);
        if (!r) return false;
        // release; pairs with the acquires of those who read
        record_.store(r, std::memory_order_release);
    }
    r->held_since = std::chrono::time_point_cast<duration>(std::chrono::steady_clock::now());
    r->in_graph = in_graph;
    return true;
}

bool lock_counters::end_hold() noexcept {
    record* r = record_.load(std::memory_order_relaxed);
    if (!r || !r->held_since) return true;
    auto held = std::chrono::steady_clock::now() - *std::exchange(r->held_since, std::nullopt);
    duration::rep so_far = r->longest_hold.load(std::memory_order_relaxed);
    if (held.count() > so_far) r->longest_hold.store(held.count(), std::memory_order_relaxed);
    return r->in_graph;
}

} // namespace plait::detail
