// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/lock_graph.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/wait.hpp>

#include <algorithm>
#include <cstdio>
#include <new>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace plait::detail {

struct lock_graph::state {
    struct holder {
        const party* who; // only its address: it may be running, or be gone without having unlocked
        lock_access access;
        call_site taken_at;
    };

    std::mutex lock; // guards what follows
    std::unordered_map<const void*, std::vector<holder>> holders;
    std::unordered_map<const party*, const lock_request*> waits;

    // Never destroyed: locks of static storage may be used while the program ends.
    static state& instance() {
        static state& s = *new state;
        return s;
    }
};

// Looks for a cycle among those who wait for ever, and tells it.
class lock_graph::search {
public:
    // `held` is the one raw_lock that the caller holds.
    search(const state& graph, const raw_lock& held) noexcept : graph_(graph), held_(held) {}

    // True if there is a cycle, now that `request` waits as well.
    bool closes_cycle(const lock_request& request) {
        closing_ = &request;
        return follow(request);
    }
    [[nodiscard]] std::string report() const;

private:
    struct edge {
        const lock_request* wait;
        const state::holder* holder;
    };

    bool follow(const lock_request& wait);
    bool waits_on(const lock_request& wait) const;
    bool is_barred(const lock_request& wait) const;
    template <class Predicate>
    bool any_in(const wait_list* list, const lock_request& of, Predicate is_wanted) const;

    const state& graph_;
    const raw_lock& held_;
    const lock_request* closing_ = nullptr;
    std::vector<edge> path_;
    std::unordered_set<const party*> seen_;
};

bool lock_graph::search::follow(const lock_request& wait) {
    seen_.insert(wait.who_);
    auto holders = graph_.holders.find(wait.lock_.address);
    if (holders == graph_.holders.end() || !is_barred(wait)) return false;
    for (const state::holder& h : holders->second) {
        path_.push_back({&wait, &h});
        auto on_path = std::find_if(path_.begin(), path_.end(), [&](const edge& e) { return e.wait->who_ == h.who; });
        if (on_path != path_.end()) {
            path_.erase(path_.begin(), on_path); // the way to the cycle is not part of it
            return true;
        }
        auto next = graph_.waits.find(h.who);
        if (next != graph_.waits.end() && !seen_.contains(h.who) && waits_on(*next->second) && follow(*next->second))
            return true;
        path_.pop_back();
    }
    return false;
}

// Whether the one that waits has not been woken or cancelled since that was written down.
bool lock_graph::search::waits_on(const lock_request& wait) const {
    return any_in(wait.list_, wait, [&](const party& p) { return &p == wait.who_; });
}

// A reader behind a writer goes when no writer waits any more, so only writers that wait for ever bar it, beside one that
// has the lock.
bool lock_graph::search::is_barred(const lock_request& wait) const {
    auto is_exclusive = [](const state::holder& h) { return h.access == lock_access::exclusive; };
    const auto& holders = graph_.holders.at(wait.lock_.address);
    if (!wait.before_ || std::any_of(holders.begin(), holders.end(), is_exclusive)) return true;
    if (closing_->list_ == wait.before_) return true;
    return any_in(wait.before_, wait, [&](const party& p) {
        return p.what() == party::kind::handler || graph_.waits.contains(&p);
    });
}

template <class Predicate>
bool lock_graph::search::any_in(const wait_list* list, const lock_request& of, Predicate is_wanted) const {
    std::unique_lock guard(*of.guards_lists_, std::defer_lock);
    if (of.guards_lists_ != &held_) guard.lock();
    return list->any_waiting(is_wanted);
}

std::string lock_graph::search::report() const {
    std::string text = "deadlock:";
    for (const edge& e : path_) {
        text.append("\n  ").append(e.wait->who_->describe());
        text.append(" waits for ").append(e.wait->lock_.describe()).append(" at ").append(e.wait->site_.describe());
        text.append(",\n    which ").append(graph_.waits.at(e.holder->who)->who_->describe());
        text.append(" took at ").append(e.holder->taken_at.describe());
    }
    return text;
}

std::string lock_label::describe() const {
    if (name) return std::string(kind) + " '" + name + "'";
    char number[2 + 2 * sizeof address + 1];
    std::snprintf(number, sizeof number, "%p", address);
    return std::string(kind) + " " + number;
}

void lock_graph::enter(std::unique_lock<raw_lock>& guard) {
    guard.unlock();
    state::instance().lock.lock();
    guard.lock();
    entered_ = true;
}

void lock_graph::leave() noexcept { state::instance().lock.unlock(); }

bool lock_graph::write_taken(lock_request& request, const party& who) noexcept {
    state& graph = state::instance();
    graph.waits.erase(std::exchange(request.who_, nullptr));
    try {
        graph.holders[request.lock_.address].push_back({&who, request.access_, request.site_});
        return true;
    } catch (const std::bad_alloc&) {
        return false; // as if taken before the search began
    }
}

void lock_graph::write_wait(
    lock_request& request, party& who, std::unique_lock<raw_lock>& guard, const wait_list& list,
    const wait_list* before) {
    // One that is cancelled will not wait, one with a deadline not for ever.
    auto& waits = state::instance().waits;
    if (request.is_timed_ || who.cancel_pending()) {
        waits.erase(std::exchange(request.who_, nullptr)); // from before it was woken in vain
        return;
    }
    request.who_ = &who;
    request.guards_lists_ = guard.mutex();
    request.list_ = &list;
    request.before_ = before;
    waits[&who] = &request;
    search cycle(state::instance(), *guard.mutex());
    bool is_found = cycle.closes_cycle(request);
    std::string report;
    if (is_found) {
        guard.unlock();
        report = cycle.report();
    }
    // A handler's wait is seen from the lists, by those whom it bars.
    if (is_found || who.what() == party::kind::handler) waits.erase(std::exchange(request.who_, nullptr));
    if (is_found) throw error(errc::resource_deadlock_would_occur, report);
}

bool lock_graph::gives_back(const void* lock, const party& who) noexcept {
    if (!entered_) return true;
    state& graph = state::instance();
    auto found = graph.holders.find(lock);
    if (found == graph.holders.end()) return false;
    auto& holders = found->second;
    auto own = std::find_if(holders.begin(), holders.end(), [&](const auto& h) { return h.who == &who; });
    if (own == holders.end()) return false;
    holders.erase(own);
    if (holders.empty()) graph.holders.erase(found);
    return true;
}

std::size_t lock_graph::count_holders(const void* lock) const noexcept {
    auto& holders = state::instance().holders;
    auto found = holders.find(lock);
    return found == holders.end() ? 0 : found->second.size();
}

void lock_request::leave_graph() noexcept {
    auto& graph = lock_graph::state::instance();
    std::lock_guard guard(graph.lock);
    graph.waits.erase(who_);
}

} // namespace plait::detail
