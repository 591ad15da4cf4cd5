// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Boost.Interprocess's message_queue: what a C++ programmer finds first. A process killed inside it destroys it.
#include "forked.hpp"

#include <boost/interprocess/ipc/message_queue.hpp>

#include <string>

namespace {

namespace interprocess = boost::interprocess;

class message_queue {
public:
    explicit message_queue(const bench::shape& what)
        : name_("plait_bench_" + std::to_string(getpid())),
          queue_(interprocess::create_only, name_.c_str(), what.queue_depth, what.message_bytes) {
        interprocess::message_queue::remove(name_.c_str()); // the children inherit the mapping; the name could leak
    }

    void put(std::span<const std::byte> message) { queue_.send(message.data(), message.size(), 0); }

    void get(std::span<std::byte> message) {
        interprocess::message_queue::size_type received = 0;
        unsigned priority = 0;
        queue_.receive(message.data(), message.size(), received, priority);
    }

private:
    std::string name_;
    interprocess::message_queue queue_;
};

} // namespace

int main(int argc, char** argv) { return bench::run_between_forked_processes<message_queue>(argc, argv); }
