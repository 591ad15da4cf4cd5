// Copyright 2026 the plait authors. Boost Software License 1.0
#include "attachment.hpp"
#include "registry.hpp"

#include <pthread.h>
#include <sys/stat.h>

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
                e.raw->forget_after_fork();
            instance().entries_.clear();
            instance().mutex_.unlock();
        });
}

std::shared_ptr<attachment>
registry::find_or_make(key k, const std::function<std::shared_ptr<attachment>()>& make, bool& made) {
    std::unique_lock lock(mutex_);
    for (;;) {
        auto at = entries_.find(k);
        if (at == entries_.end()) break;
        if (auto there = at->second.handle.lock()) {
            made = false;
            return there;
        }
        removed_.wait(lock);
    }
    auto fresh = make();
    entries_.emplace(k, entry{fresh, fresh.get()});
    made = true;
    return fresh;
}

std::shared_ptr<attachment> registry::handle_of(const attachment& a) {
    std::scoped_lock lock(mutex_);
    for (auto& [k, e] : entries_)
        if (e.raw == &a) return e.handle.lock();
    return nullptr;
}

void registry::close(plait::detail::unique_fd fd) noexcept {
    struct stat file {};
    if (!fd || ::fstat(fd.get(), &file) == -1) return;
    std::scoped_lock lock(mutex_); // nobody enters a segment, or leaves one, between the look and the closing
    for (auto& [k, e] : entries_) {
        struct stat liveness {};
        if (::fstat(e.raw->liveness_fd(), &liveness) == 0 && liveness.st_dev == file.st_dev &&
            liveness.st_ino == file.st_ino)
            return e.raw->keep(std::move(fd));
    }
    fd.reset();
}

std::vector<std::shared_ptr<attachment>> registry::all() {
    std::vector<std::shared_ptr<attachment>> found;
    std::scoped_lock lock(mutex_);
    for (auto& [k, e] : entries_)
        if (auto there = e.handle.lock()) found.push_back(std::move(there));
    return found; // moved out before the lock goes: nobody's last handle is dropped under it
}

void registry::remove(key k, const std::function<void()>& detach) noexcept {
    std::scoped_lock lock(mutex_);
    detach();
    entries_.erase(k);
    removed_.notify_all();
}

} // namespace plait::ipc::detail
