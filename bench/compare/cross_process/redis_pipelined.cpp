// Copyright 2026 the plait authors. Boost Software License 1.0
//
// A list in Redis, over a Unix socket: LPUSH a hundred commands at a time, BLMPOP a hundred elements at a time. The server
// is this program's child, keeps nothing on disk, and has no bound for its list.
#include "forked.hpp"

#include <filesystem>
#include <memory>
#include <string>

#include <hiredis/hiredis.h>
#include <signal.h>
#include <sys/prctl.h>

namespace {

/// redis-server in a directory of its own; killed, and the directory removed, in the end.
class server {
public:
    server() : owner_(getpid()) {
        char name[] = "/tmp/plait_bench_redis_XXXXXX";
        if (!mkdtemp(name)) bench::fail("mkdtemp failed");
        directory_ = name;
        process_ = fork();
        if (process_ < 0) bench::fail("fork failed");
        if (process_ == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            std::string path = socket(), log = directory_ + "/log";
            execlp(
                "redis-server", "redis-server", "--port", "0", "--unixsocket", path.c_str(), "--save", "", "--logfile",
                log.c_str(), "--dir", directory_.c_str(), static_cast<char*>(nullptr));
            _exit(127);
        }
        while (!std::filesystem::exists(socket())) {
            if (waitpid(process_, nullptr, WNOHANG) != 0) bench::fail("redis-server ended at start");
            usleep(1000);
        }
    }
    ~server() {
        if (getpid() != owner_) return;
        kill(process_, SIGKILL);
        waitpid(process_, nullptr, 0);
        std::filesystem::remove_all(directory_);
    }
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    std::string socket() const { return directory_ + "/socket"; }

private:
    pid_t owner_;
    pid_t process_;
    std::string directory_;
};

using reply = std::unique_ptr<redisReply, decltype([](redisReply* r) { freeReplyObject(r); })>;

class redis_list {
public:
    explicit redis_list(const bench::shape&) {}

    void put(std::span<const std::byte> message) {
        connect();
        redisAppendCommand(connection_, "LPUSH messages %b", message.data(), message.size());
        if (++unanswered_ == at_once) flush();
    }

    void flush() {
        for (; unanswered_ > 0; --unanswered_)
            static_cast<void>(next_reply());
    }

    void get(std::span<std::byte> message) {
        connect();
        if (!batch_ || next_ == elements().elements) fetch();
        const redisReply& element = *elements().element[next_++];
        if (element.len != message.size()) bench::fail("a message of another size");
        std::memcpy(message.data(), element.str, element.len);
        // Another consumer may find nothing left but the ends that came with this batch.
        if (std::memcmp(message.data(), &bench::end_of_messages, sizeof bench::end_of_messages) == 0)
            put(message), flush();
    }

private:
    static constexpr int at_once = 100;

    /// Each process has its own connection.
    void connect() {
        if (connection_) return;
        connection_ = redisConnectUnix(server_.socket().c_str());
        if (!connection_ || connection_->err != 0) bench::fail("cannot connect to redis-server");
    }

    reply next_reply() {
        void* answer = nullptr;
        if (redisGetReply(connection_, &answer) != REDIS_OK) bench::fail("redis-server does not answer");
        reply r(static_cast<redisReply*>(answer));
        if (r->type == REDIS_REPLY_ERROR) bench::fail(r->str);
        return r;
    }

    void fetch() {
        redisAppendCommand(connection_, "BLMPOP 0 1 messages RIGHT COUNT %d", at_once);
        batch_ = next_reply();
        next_ = 0;
    }
    const redisReply& elements() const { return *batch_->element[1]; }

    server server_;
    redisContext* connection_ = nullptr;
    int unanswered_ = 0;
    reply batch_;
    std::size_t next_ = 0;
};

} // namespace

int main(int argc, char** argv) { return bench::run_between_forked_processes<redis_list>(argc, argv); }
