// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   source ─┐ ends                                ┌─▶ next(): in order of arrival
//   source ─┼─────▶ [ watch: counts the arrivals ] ─┤
//   source ─┘                                     └─▶ wait(): until enough have arrived, or one has failed
//
// One party that waits for many ends at once: what gather, as_completed and wait are made of. A watch lives in the frame
// that waits, and goes before what it watches.

#include <plait/runtime/detail/completion.hpp>
#include <plait/runtime/wait.hpp>

#include <cstddef>
#include <memory>
#include <mutex>

namespace plait::detail {

/// What can end a wait for several ends before all of them are there.
enum class early_end { none, exception, failure };

class watch {
public:
    /// For at most `most` sources.
    explicit watch(std::size_t most) : entries_(std::make_unique<entry[]>(most)) {}
    watch(const watch&) = delete;
    watch& operator=(const watch&) = delete;
    /// Watches no more.
    ~watch();

    /// Begins to watch `source`, which may have ended. Throws what attaching to it throws.
    template <completion_source Source>
    void add(Source& source) {
        entry& e = entries_[size_];
        e.of = this;
        e.source = &source;
        e.detach = [](const void* s, completion& c) noexcept {
            completion_access::detach(*static_cast<const Source*>(s), c);
        };
        bool is_to_come = completion_access::attach(source, e);
        ++size_;
        if (!is_to_come) arrive(e, completion_access::how_it_ended(source));
    }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// What to wait for: that `count` sources have ended, or one has in the way of `early`; for a failure, cancelled counts too.
    void want(std::size_t count, early_end early) noexcept;
    /// The operation of waiting for what is wanted; see perform().
    struct waiting {
        static constexpr const char* what = "one of several";

        watch* of;

        [[nodiscard]] raw_lock& lock() const noexcept { return of->lock_; }
        [[nodiscard]] wait_list& waiters() const noexcept { return of->waiters_; }
        bool attempt(std::unique_lock<raw_lock>&, party&, bool) const noexcept { return of->is_satisfied(); }
        void pass_on(std::unique_lock<raw_lock>&) const noexcept {} // one party alone waits
    };
    /// Both.
    wait_state wait(std::size_t count, early_end early, deadline until);

    /// The address of the next source in order of arrival; nullptr if none has arrived since.
    [[nodiscard]] const void* next() noexcept;
    /// The address of the first source that ended without a value; nullptr if there is none.
    [[nodiscard]] const void* first_failure() const noexcept;

private:
    struct entry : completion {
        entry() noexcept : completion(&watch::notify) {}

        watch* of = nullptr;
        const void* source = nullptr;
        void (*detach)(const void* source, completion& c) noexcept = nullptr;
        entry* next_arrived = nullptr;
        bool has_arrived = false;
    };

    static void notify(completion& c, outcome how) noexcept;
    void arrive(entry& e, outcome how) noexcept;
    [[nodiscard]] bool has_arrived(const entry& e) const noexcept;
    [[nodiscard]] bool is_satisfied() const noexcept;

    std::unique_ptr<entry[]> entries_;
    std::size_t size_ = 0;

    mutable raw_lock lock_; // guards what follows, and the arrival of the entries; taken after a source's lock
    wait_list waiters_;
    std::size_t wanted_ = 0;
    early_end early_end_ = early_end::none;
    std::size_t arrived_ = 0;
    bool has_exception_ = false;
    entry* first_failure_ = nullptr;
    entry* first_ = nullptr; // that has arrived and not been taken
    entry* last_ = nullptr;
};

} // namespace plait::detail
