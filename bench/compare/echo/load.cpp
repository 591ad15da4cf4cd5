// Copyright 2026 the plait authors. Boost Software License 1.0
//
//   load, CPU 0                      server, the last CPU
//   ┌ connection 1 ──message──▶ ┐
//   ├ connection 2 ◀──echo───── ┤    echo_load ROW PORT PID
//   └ …                         ┘
//
// What loads every echo server: each connection sends a message, waits until all of it has come back, and sends the next.
// One thread on an epoll, without a library, so that it costs as little as it can and the same for everybody. After a
// warm-up it reports, for the time that follows, how many messages came back a second, and what one of them cost the
// server, process PID, in CPU time, the kernel's part included.
#include "../measure.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;

constexpr auto warm_up = 150ms;
constexpr auto measured = 500ms;
constexpr int patience_ms = 5000; // without any message a server is taken for dead

struct shape {
    std::string_view row;
    std::size_t message_bytes;
    std::size_t connections;
};
constexpr std::array shapes{
    shape{"echo_tcp_64_c1", 64, 1},   shape{"echo_tcp_64_c64", 64, 64},   shape{"echo_tcp_64_c1000", 64, 1000},
    shape{"echo_tcp_4k_c1", 4096, 1}, shape{"echo_tcp_4k_c64", 4096, 64}, shape{"echo_tcp_4k_c1000", 4096, 1000},
};

[[noreturn]] void fail_with_errno(const char* call) {
    std::fprintf(stderr, "%s: %s\n", call, std::strerror(errno));
    std::exit(1);
}

class connection {
public:
    explicit connection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        if (socket_ < 0) fail_with_errno("socket");
        sockaddr_in server{};
        server.sin_family = AF_INET;
        server.sin_port = htons(port);
        server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(socket_, reinterpret_cast<sockaddr*>(&server), sizeof server) != 0) fail_with_errno("connect");
        int on = 1;
        if (::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) fail_with_errno("setsockopt");
    }
    connection(connection&& other) noexcept : socket_(std::exchange(other.socket_, -1)), received_(other.received_) {}
    connection& operator=(connection&&) = delete;
    ~connection() {
        if (socket_ >= 0) ::close(socket_);
    }

    // A message fits into the socket's buffer, which is empty: the write takes all of it and does not block.
    void send(const std::vector<char>& message) {
        if (::send(socket_, message.data(), message.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(message.size()))
            fail_with_errno("send");
    }
    /// There is something to read. True if the message is complete then.
    bool receive(const std::vector<char>& message, std::vector<char>& buffer) {
        ssize_t bytes = ::recv(socket_, buffer.data(), message.size() - received_, 0);
        if (bytes < 0) fail_with_errno("recv");
        if (bytes == 0) bench::fail("the server closed a connection");
        auto received = static_cast<std::size_t>(bytes);
        if (std::memcmp(buffer.data(), message.data() + received_, received) != 0)
            bench::fail("what came back is not what was sent");
        received_ += received;
        if (received_ < message.size()) return false;
        received_ = 0;
        return true;
    }
    [[nodiscard]] int descriptor() const noexcept { return socket_; }

private:
    int socket_;
    std::size_t received_ = 0; // of the message under way
};

class load {
public:
    load(const shape& s, std::uint16_t port) : buffer_(s.message_bytes), epoll_(::epoll_create1(0)) {
        if (epoll_ < 0) fail_with_errno("epoll_create1");
        for (std::size_t i = 0; i < s.message_bytes; ++i)
            message_.push_back(static_cast<char>(i * 7));
        connections_.reserve(s.connections); // the epoll keeps pointers to them
        for (std::size_t i = 0; i < s.connections; ++i) {
            connection& c = connections_.emplace_back(port);
            epoll_event event{.events = EPOLLIN, .data = {.ptr = &c}};
            if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, c.descriptor(), &event) != 0) fail_with_errno("epoll_ctl");
        }
        for (connection& c : connections_)
            c.send(message_);
    }
    load(const load&) = delete;
    load& operator=(const load&) = delete;
    ~load() { ::close(epoll_); }

    /// Goes on for at least `d`; returns how many messages came back meanwhile.
    long run_for(bench::clock::duration d) {
        auto end = bench::clock::now() + d;
        long messages = 0;
        do {
            std::array<epoll_event, 512> events;
            int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), patience_ms);
            if (ready < 0) fail_with_errno("epoll_wait");
            if (ready == 0) bench::fail("the server has stopped answering");
            for (int i = 0; i < ready; ++i) {
                auto& c = *static_cast<connection*>(events[static_cast<std::size_t>(i)].data.ptr);
                if (!c.receive(message_, buffer_)) continue;
                ++messages;
                c.send(message_);
            }
        } while (bench::clock::now() < end);
        return messages;
    }

private:
    std::vector<char> message_;
    std::vector<char> buffer_;
    int epoll_;
    std::vector<connection> connections_;
};

double cpu_nanoseconds(pid_t process) {
    clockid_t its_clock;
    timespec used;
    if (int error = ::clock_getcpuclockid(process, &its_clock)) {
        errno = error;
        fail_with_errno("clock_getcpuclockid");
    }
    if (::clock_gettime(its_clock, &used) != 0) fail_with_errno("clock_gettime");
    return static_cast<double>(used.tv_sec) * 1e9 + static_cast<double>(used.tv_nsec);
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 4) bench::fail("usage: echo_load ROW PORT PID");
    const shape* s = nullptr;
    for (const shape& known : shapes)
        if (known.row == argv[1]) s = &known;
    if (!s) bench::fail("no such row");
    pid_t server = std::atoi(argv[3]);

    bench::pin_this_thread(0);
    load all(*s, static_cast<std::uint16_t>(std::atoi(argv[2])));
    all.run_for(warm_up);
    double cpu_before = cpu_nanoseconds(server);
    auto started = bench::clock::now();
    auto messages = static_cast<double>(all.run_for(measured));
    auto stopped = bench::clock::now();
    double cpu = cpu_nanoseconds(server) - cpu_before;
    bench::report(s->row, "msgs_per_s", messages * 1e9 / bench::nanoseconds_between(started, stopped), "msgs/s");
    bench::report(s->row, "cpu_us_per_msg", cpu / 1e3 / messages, "us");
}
