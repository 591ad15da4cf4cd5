// Copyright 2026 the plait authors. Boost Software License 1.0
//
// What glibc gives for processes, used with the care that its manual asks for: a robust mutex whose next owner makes it
// consistent. And a condition variable, under such a mutex.
#include "peer.hpp"

#include <array>
#include <cerrno>
#include <system_error>
#include <thread>

#include <pthread.h>

namespace crash {
namespace {

void check(int code, const char* what) {
    if (code != 0) throw std::system_error(code, std::generic_category(), what);
}

class robust_mutex {
public:
    robust_mutex() {
        pthread_mutexattr_t how;
        ::pthread_mutexattr_init(&how);
        ::pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
        ::pthread_mutexattr_setrobust(&how, PTHREAD_MUTEX_ROBUST);
        ::pthread_mutex_init(&mutex_, &how);
        ::pthread_mutexattr_destroy(&how);
    }

    void lock() {
        int code = ::pthread_mutex_lock(&mutex_);
        if (code == EOWNERDEAD) code = ::pthread_mutex_consistent(&mutex_);
        check(code, "pthread_mutex_lock");
    }
    void unlock() { check(::pthread_mutex_unlock(&mutex_), "pthread_mutex_unlock"); }
    [[nodiscard]] pthread_mutex_t* get() noexcept { return &mutex_; }

private:
    pthread_mutex_t mutex_;
};

class locking : public peer {
    void operate() override {
        mutex_->lock();
        mutex_->unlock();
    }
    void go_on() override { operate(); }

    shared<robust_mutex> mutex_;
};

struct shared_condition {
    shared_condition() {
        pthread_condattr_t how;
        ::pthread_condattr_init(&how);
        ::pthread_condattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
        ::pthread_cond_init(&condition, &how);
        ::pthread_condattr_destroy(&how);
    }

    robust_mutex mutex;
    pthread_cond_t condition;
    bool waits = false, flag = false;
};

// The victim waits for something that does not come, until a moment that is over. Survivors wait for something that another
// thread then does.
class waiting : public peer {
    void operate() override {
        shared_->mutex.lock();
        timespec over{};
        int code = ::pthread_cond_timedwait(&shared_->condition, shared_->mutex.get(), &over);
        if (code == EOWNERDEAD) code = ::pthread_mutex_consistent(shared_->mutex.get());
        if (code != ETIMEDOUT) check(code, "pthread_cond_timedwait");
        shared_->mutex.unlock();
    }
    void go_on() override {
        for (int round = 0; round < 3; ++round) {
            std::thread waiter([&] {
                shared_->mutex.lock();
                shared_->waits = true;
                while (!shared_->flag)
                    ::pthread_cond_wait(&shared_->condition, shared_->mutex.get());
                shared_->waits = shared_->flag = false;
                shared_->mutex.unlock();
            });
            for (bool done = false; !done; std::this_thread::yield()) {
                shared_->mutex.lock();
                if (shared_->waits) {
                    shared_->flag = done = true;
                    ::pthread_cond_broadcast(&shared_->condition);
                }
                shared_->mutex.unlock();
            }
            waiter.join();
        }
    }

    shared<shared_condition> shared_;
};

template <class T>
std::unique_ptr<peer> make() {
    return std::make_unique<T>();
}

constexpr std::array all{
    peer_operation{"pthread robust mutex", "lock, unlock", &make<locking>},
    peer_operation{"pthread condition", "timed wait", &make<waiting>},
};

} // namespace

std::span<const peer_operation> posix_peers() { return all; }

} // namespace crash
