// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Others' ways to share something between processes, each as one object in shared memory, an operation on it in which a
// process is killed, and what a survivor then does with it. They are used as their documentation shows. See
// docs/decisions/0012-why-not-boost-interprocess.md.

#include <memory>
#include <new>
#include <span>
#include <stdexcept>

#include <sys/mman.h>

namespace crash {

/// What was there is lost, doubled or not whole.
struct damage : std::runtime_error {
    using runtime_error::runtime_error;
};

/// One object. Whoever makes it forks a victim, and then survivors, who find it at the same address.
class peer {
public:
    peer() = default;
    peer(const peer&) = delete;
    peer& operator=(const peer&) = delete;
    virtual ~peer() = default;

    /// What the victim does.
    virtual void operate() = 0;
    /// What a survivor does: the same, and a look at what has to be there. Throws `damage` if that is not so, and otherwise
    /// what the object throws.
    virtual void go_on() = 0;
};

struct peer_operation {
    const char* object;
    const char* name;
    std::unique_ptr<peer> (*make)();
};

[[nodiscard]] std::span<const peer_operation> boost_peers();
[[nodiscard]] std::span<const peer_operation> posix_peers();

/// A T that processes share which fork from this one. It is not destroyed, because who died may still hold it.
template <class T>
class shared {
public:
    shared() {
        void* memory = ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) throw std::bad_alloc();
        object_ = new (memory) T();
    }
    shared(const shared&) = delete;
    shared& operator=(const shared&) = delete;
    ~shared() { ::munmap(object_, sizeof(T)); }

    [[nodiscard]] T& operator*() const noexcept { return *object_; }
    [[nodiscard]] T* operator->() const noexcept { return object_; }

private:
    T* object_;
};

} // namespace crash
