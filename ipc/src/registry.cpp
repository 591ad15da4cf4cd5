// Copyright 2026 the plait authors. Boost Software License 1.0
#include "attachment.hpp"
#include "registry.hpp"

#include <pthread.h>

namespace plait::ipc::detail {
namespace {

thread_local constinit unsigned visits_of_this_thread = 0;

} // namespace

registry& registry::instance() {
    static registry* const one = new registry; // never destroyed: attachments may outlive every static object
    return *one;
}

registry::registry() {
    // The mutex is held over a fork, so that the child finds the registry whole.
    ::pthread_atfork(
        [] { instance().mutex_.lock(); }, [] { instance().mutex_.unlock(); },
        [] {
            for (auto& [k, e] : instance().entries_)
                if (e.raw) e.raw->forget_after_fork();
            instance().entries_.clear();
            instance().mutex_.unlock();
        });
}

std::shared_ptr<attachment>
registry::find_or_make(file_id k, const std::function<std::shared_ptr<attachment>()>& make, bool& made) {
    std::unique_lock lock(mutex_);
    for (;;) {
        auto at = entries_.find(k);
        if (at == entries_.end()) break;
        if (auto there = at->second.handle.lock()) {
            made = false;
            return there;
        }
        changed_.wait(lock);
    }
    entries_.emplace(k, entry{});
    // Making may wait for another process: without the lock, which everybody else here needs.
    lock.unlock();
    std::shared_ptr<attachment> fresh;
    try {
        fresh = make();
    } catch (...) {
        forget(k, nullptr);
        throw;
    }
    made = fresh != nullptr;
    if (!made) {
        forget(k, nullptr);
        return fresh;
    }
    lock.lock();
    entries_[k] = entry{fresh, fresh.get()};
    changed_.notify_all();
    return fresh;
}

registry::entry* registry::entry_of(const attachment* a) noexcept {
    for (auto& [k, e] : entries_)
        if (e.raw == a) return &e;
    return nullptr;
}

registry::visit registry::begin_visit(entry& e) {
    ++e.visits;
    ++visits_of_this_thread;
    return visit(e.raw);
}

registry::visit registry::visit_to(const attachment& a) noexcept {
    std::scoped_lock lock(mutex_);
    entry* const e = entry_of(&a);
    return e && !e->handle.expired() ? begin_visit(*e) : visit();
}

std::vector<registry::visit> registry::visit_all() {
    std::vector<visit> visits;
    std::scoped_lock lock(mutex_);
    visits.reserve(entries_.size());
    for (auto& [k, e] : entries_)
        if (!e.handle.expired()) visits.push_back(begin_visit(e));
    return visits;
}

void registry::end_visit(attachment* a) noexcept {
    std::unique_lock lock(mutex_);
    --visits_of_this_thread;
    entry* const e = entry_of(a);
    if (!e || --e->visits != 0) return; // none: this is a forked child's copy
    if (!e->left_to_visitor) return changed_.notify_all();
    lock.unlock();
    delete a;
}

void registry::destroy(attachment* a) noexcept {
    {
        registry& here = instance();
        std::unique_lock lock(here.mutex_);
        if (entry* const e = here.entry_of(a)) {
            // In a visit, of whatever attachment, nobody waits for visitors: they might wait for each other.
            e->left_to_visitor = e->visits != 0 && visits_of_this_thread != 0;
            if (e->left_to_visitor) return;
            here.changed_.wait(lock, [&] { return e->visits == 0; });
        }
    }
    delete a;
}

void registry::forget(file_id k, const attachment* gone) noexcept {
    std::scoped_lock lock(mutex_);
    auto at = entries_.find(k);
    if (at == entries_.end() || at->second.raw != gone) return;
    entries_.erase(at);
    changed_.notify_all();
}

} // namespace plait::ipc::detail
