// Copyright 2026 the plait authors. Boost Software License 1.0
#include "peer.hpp"

#include <boost/interprocess/ipc/message_queue.hpp>
#include <boost/interprocess/managed_shared_memory.hpp>
#include <boost/interprocess/sync/interprocess_condition.hpp>
#include <boost/interprocess/sync/interprocess_mutex.hpp>
#include <boost/interprocess/sync/named_mutex.hpp>
#include <boost/interprocess/sync/scoped_lock.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <thread>

#include <unistd.h>

namespace crash {
namespace {

namespace ip = boost::interprocess;

/// The name of what this run of the program makes; the harness makes one at a time.
const char* name() {
    static const std::string text = "plait_crash_peers." + std::to_string(::getpid());
    return text.c_str();
}

class locking : public peer {
    void operate() override { ip::scoped_lock<ip::interprocess_mutex> guard(*mutex_); }
    void go_on() override { operate(); }

    shared<ip::interprocess_mutex> mutex_;
};

class named_locking : public peer {
public:
    named_locking() : name_(name()), mutex_((ip::named_mutex::remove(name_), ip::create_only), name_) {}
    ~named_locking() override { ip::named_mutex::remove(name_); }

private:
    void operate() override { ip::scoped_lock<ip::named_mutex> guard(mutex_); }
    void go_on() override { operate(); }

    const char* name_;
    ip::named_mutex mutex_;
};

struct shared_condition {
    ip::interprocess_mutex mutex;
    ip::interprocess_condition condition;
    bool waits = false, flag = false;
};

// The victim waits for something that does not come, until a moment that is over. Survivors wait for something that another
// thread then does.
class waiting : public peer {
    using lock = ip::scoped_lock<ip::interprocess_mutex>;

    void operate() override {
        lock guard(shared_->mutex);
        shared_->condition.timed_wait(guard, std::chrono::system_clock::time_point());
    }
    void go_on() override {
        { lock refuses_here(shared_->mutex); } // rather than in a thread
        for (int round = 0; round < 3; ++round) {
            std::thread waiter([&] {
                lock guard(shared_->mutex);
                shared_->waits = true;
                shared_->condition.wait(guard, [&] { return shared_->flag; });
                shared_->waits = shared_->flag = false;
            });
            for (bool done = false; !done; std::this_thread::yield()) {
                lock guard(shared_->mutex);
                if (!shared_->waits) continue;
                shared_->flag = done = true;
                shared_->condition.notify_all();
            }
            waiter.join();
        }
    }

    shared<shared_condition> shared_;
};

constexpr std::size_t capacity = 8;

using message = std::array<std::uint64_t, 8>;
message message_of(std::uint64_t id) {
    message m;
    m.fill(id);
    return m;
}

class message_queue : public peer {
public:
    message_queue()
        : name_(name()), queue_((ip::message_queue::remove(name_), ip::create_only), name_, capacity, sizeof(message)) {
        for (std::uint64_t id = 1; id <= 3; ++id)
            send(id);
    }
    ~message_queue() override { ip::message_queue::remove(name_); }

protected:
    void send(std::uint64_t id) {
        auto m = message_of(id);
        queue_.send(&m, sizeof m, 0);
    }
    std::uint64_t receive() {
        message m{};
        std::size_t bytes = 0;
        unsigned priority = 0;
        queue_.receive(&m, sizeof m, bytes, priority);
        if (bytes != sizeof m || m != message_of(m[0])) throw damage("a message is not whole");
        return m[0];
    }
    // 1, 2 and 3 were there; `taken` is one that was received, which must not come again.
    void account(std::uint64_t taken = 0) {
        std::map<std::uint64_t, int> seen;
        while (queue_.get_num_msg() > 0)
            ++seen[receive()];
        for (auto& [id, times] : seen)
            if (times > 1 || id == taken) throw damage("a message came twice");
        for (std::uint64_t id : {1u, 2u, 3u, 200u})
            if (id != taken && !seen.contains(id)) throw damage("a message is lost");
        for (std::size_t i = 0; i < capacity; ++i) {
            auto m = message_of(i);
            if (!queue_.try_send(&m, sizeof m, 0)) throw damage("room is lost");
        }
    }

    const char* name_;
    ip::message_queue queue_;
};

class sending : public message_queue {
    void operate() override { send(100); }
    void go_on() override {
        send(200);
        account();
    }
};

class receiving : public message_queue {
    void operate() override {
        receive();
        *received_ = true; // from here on it is rightly gone
    }
    void go_on() override {
        send(200);
        account(*received_ ? 1 : 0);
    }

    shared<bool> received_;
};

constexpr std::size_t memory_bytes = 64 * 1024;

class managed_memory : public peer {
public:
    managed_memory()
        : name_(name()), memory_((ip::shared_memory_object::remove(name_), ip::create_only), name_, memory_bytes) {
        for (int i = 0; i < 5; ++i)
            memory_.construct<int>(("old" + std::to_string(i)).c_str())(i);
        operate_once(); // so that the index has its final size
        free_ = memory_.get_free_memory();
    }
    ~managed_memory() override { ip::shared_memory_object::remove(name_); }

protected:
    void operate_once() {
        memory_.construct<int>("new")(7);
        memory_.destroy<int>("new");
    }
    void account() {
        for (int i = 0; i < 5; ++i) {
            auto found = memory_.find<int>(("old" + std::to_string(i)).c_str());
            if (!found.first || *found.first != i) throw damage("an object is lost");
        }
        if (!memory_.check_sanity()) throw damage("check_sanity() is false");
        if (memory_.get_free_memory() < free_) throw damage("memory has leaked");
    }

    const char* name_;
    ip::managed_shared_memory memory_;
    std::size_t free_ = 0;
};

class allocating : public managed_memory {
    void operate() override { memory_.deallocate(memory_.allocate(200)); }
    void go_on() override {
        operate();
        account();
    }
};

class constructing : public managed_memory {
    void operate() override { operate_once(); }
    void go_on() override {
        memory_.destroy<int>("new"); // which may be there
        operate_once();
        account();
    }
};

class creating_a_queue : public peer {
public:
    creating_a_queue() : name_(name()) { ip::message_queue::remove(name_); }
    ~creating_a_queue() override { ip::message_queue::remove(name_); }

private:
    void operate() override { ip::message_queue queue(ip::create_only, name_, capacity, sizeof(message)); }
    void go_on() override { ip::message_queue queue(ip::open_or_create, name_, capacity, sizeof(message)); }

    const char* name_;
};

class creating_memory : public peer {
public:
    creating_memory() : name_(name()) { ip::shared_memory_object::remove(name_); }
    ~creating_memory() override { ip::shared_memory_object::remove(name_); }

private:
    void operate() override { ip::managed_shared_memory memory(ip::create_only, name_, memory_bytes); }
    void go_on() override {
        ip::managed_shared_memory memory(ip::open_or_create, name_, memory_bytes);
        memory.deallocate(memory.allocate(200));
    }

    const char* name_;
};

template <class T>
std::unique_ptr<peer> make() {
    return std::make_unique<T>();
}

constexpr std::array all{
    peer_operation{"interprocess_mutex", "lock, unlock", &make<locking>},
    peer_operation{"named_mutex", "lock, unlock", &make<named_locking>},
    peer_operation{"interprocess_condition", "timed wait", &make<waiting>},
    peer_operation{"message_queue", "send", &make<sending>},
    peer_operation{"message_queue", "receive", &make<receiving>},
    peer_operation{"message_queue", "create", &make<creating_a_queue>},
    peer_operation{"managed_shared_memory", "allocate, deallocate", &make<allocating>},
    peer_operation{"managed_shared_memory", "construct, destroy", &make<constructing>},
    peer_operation{"managed_shared_memory", "create", &make<creating_memory>},
};

} // namespace

std::span<const peer_operation> boost_peers() { return all; }

} // namespace crash
