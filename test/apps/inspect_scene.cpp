// Copyright 2026 the plait authors. Boost Software License 1.0
//
// A participant for the tests of the `plait` command: it does what it is told on standard input, one command a line, and
// answers each with a line.
//
//   inspect_scene                        makes a segment
//   inspect_scene NAME                   makes, or enters, the one of that name; with a '/' in it, a file
//   inspect_scene MEMORY LIVENESS        enters the one behind two inherited descriptors
//
//   queue NAME CAPACITY [MAX_DELIVERIES]    put NAME TEXT    put_hex NAME HEX    receive NAME    receive_for NAME SECONDS
//   reject    release    prepare NAME BYTES    close NAME
//   wait NAME              a thread begins to wait for a message
#include <plait/ipc/queue.hpp>
#include <plait/ipc/segment.hpp>

#include <exception>
#include <iostream>
#include <map>
#include <span>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

using namespace plait::ipc;

namespace {

class scene {
public:
    explicit scene(segment s) : segment_(std::move(s)) {}

    /// Does what `line` says; its answer.
    std::string obey(const std::string& line) {
        std::istringstream words(line);
        std::string verb, name;
        words >> verb >> name >> std::ws;
        if (verb == "queue") {
            queue_options options{.bytes = 64 * 1024};
            words >> options.capacity >> options.max_deliveries;
            queues_.insert_or_assign(name, byte_queue::create(segment_, name, options));
        } else if (verb == "put") {
            std::string text;
            std::getline(words, text);
            queue(name).put(std::as_bytes(std::span(text)));
        } else if (verb == "put_hex") {
            std::vector<std::byte> message;
            for (char digits[3]{}; words >> digits[0] >> digits[1];)
                message.push_back(static_cast<std::byte>(std::stoul(digits, nullptr, 16)));
            queue(name).put(message);
        } else if (verb == "receive") {
            leases_.push_back(queue(name).receive());
        } else if (verb == "receive_for") {
            unsigned seconds = 0;
            words >> seconds;
            leases_.push_back(queue(name).receive(lease_for(std::chrono::seconds(seconds))));
        } else if (verb == "reject") {
            leases_.back().reject();
            leases_.pop_back();
        } else if (verb == "release") {
            leases_.clear();
        } else if (verb == "prepare") {
            std::size_t bytes = 0;
            words >> bytes;
            loans_.push_back(queue(name).prepare(bytes));
        } else if (verb == "wait") {
            waiters_.emplace_back([q = queue(name)]() mutable {
                try {
                    q.receive().ack();
                } catch (const plait::queue_closed&) {
                }
            });
        } else if (verb == "close") {
            queue(name).close();
        } else {
            return "what?";
        }
        return "done";
    }

    ~scene() {
        for (auto& [name, q] : queues_)
            q.close(); // or those who wait would do so for ever
    }
    scene(const scene&) = delete;
    scene& operator=(const scene&) = delete;

    [[nodiscard]] const segment& where() const { return segment_; }

private:
    byte_queue& queue(const std::string& name) {
        auto at = queues_.find(name);
        if (at == queues_.end()) at = queues_.emplace(name, byte_queue::open(segment_, name)).first;
        return at->second;
    }

    segment segment_;
    std::map<std::string, byte_queue> queues_;
    std::vector<byte_lease> leases_;
    std::vector<loan> loans_;
    std::vector<std::jthread> waiters_;
};

segment open_segment(const std::vector<std::string>& words) {
    segment_options options{.bytes = 1 << 20, .max_participants = 8, .lifetime = segment_lifetime::until_removed};
    if (words.size() == 2) return segment::attach(std::stoi(words[0]), std::stoi(words[1]));
    if (words.empty()) return segment::create(options);
    if (words[0].find('/') != std::string::npos) return segment::open_or_create_file(words[0], options);
    return segment::open_or_create(words[0], options);
}

} // namespace

int main(int argc, char** argv) {
    try {
        scene s(open_segment(std::vector<std::string>(argv + 1, argv + argc)));
        std::cout << s.where().memory_fd() << ' ' << s.where().liveness_fd() << ' ' << s.where().self() << std::endl;
        for (std::string line; std::getline(std::cin, line);)
            std::cout << s.obey(line) << std::endl;
        return 0;
    } catch (const std::exception& e) {
        std::cout << e.what() << std::endl;
        return 1;
    }
}
