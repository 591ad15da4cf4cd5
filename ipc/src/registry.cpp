// Copyright 2026 the plait authors. Boost Software License 1.0
#include "attachment.hpp"
#include "registry.hpp"

#include <pthread.h>

namespace plait::ipc::detail {

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

std::shared_ptr<attachment> registry::handle_of(const attachment& a) {
    std::scoped_lock lock(mutex_);
    for (auto& [k, e] : entries_)
        if (e.raw == &a) return e.handle.lock();
    return nullptr;
}

std::vector<std::shared_ptr<attachment>> registry::all() {
    std::vector<std::shared_ptr<attachment>> found;
    std::scoped_lock lock(mutex_);
    for (auto& [k, e] : entries_)
        if (auto there = e.handle.lock()) found.push_back(std::move(there));
    return found; // moved out before the lock goes: nobody's last handle is dropped under it
}

void registry::forget(file_id k, const attachment* gone) noexcept {
    std::scoped_lock lock(mutex_);
    auto at = entries_.find(k);
    if (at == entries_.end() || at->second.raw != gone) return;
    entries_.erase(at);
    changed_.notify_all();
}

} // namespace plait::ipc::detail
