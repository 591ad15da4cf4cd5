// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The server of the connections row: answers each question DELAY_MS milliseconds after it has come. One thread on an
// epoll, without a library. It listens four times on one port, because a burst of ten thousand connections does not fit
// the backlog of one listener (net.core.somaxconn), and the kernel would let the rest wait for a second.
#include "client.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <deque>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr int listeners = 4;
constexpr int backlog = 4096;

void require(bool succeeded, const char* call) {
    if (succeeded) return;
    std::perror(call);
    std::exit(1);
}

class server {
public:
    explicit server(std::chrono::milliseconds delay) : delay_(delay), epoll_(epoll_create1(0)) {
        require(epoll_ >= 0, "epoll_create1");
        for (int i = 0; i < listeners; ++i)
            listen_once_more();
        std::printf("LISTENING %u\n", unsigned{ntohs(address_.sin_port)});
        std::fflush(stdout);
    }

    [[noreturn]] void run() {
        for (;;) {
            std::array<epoll_event, 512> events;
            int ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), until_next_answer_ms());
            require(ready >= 0 || errno == EINTR, "epoll_wait");
            for (int i = 0; i < ready; ++i) {
                auto what = events[static_cast<std::size_t>(i)].data.u64;
                if (what & is_listener)
                    accept(static_cast<int>(what & ~is_listener));
                else
                    read(static_cast<int>(what));
            }
            for (auto now = bench::clock::now(); !waiting_.empty() && waiting_.front().at <= now; waiting_.pop_front())
                answer(waiting_.front().connection);
        }
    }

private:
    static constexpr std::uint64_t is_listener = std::uint64_t{1} << 32;

    struct question {
        int connection;
        bench::clock::time_point at; // when to answer
    };

    void listen_once_more() {
        int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        int on = 1;
        require(listener >= 0, "socket");
        require(setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0, "setsockopt");
        require(bind(listener, reinterpret_cast<sockaddr*>(&address_), sizeof address_) == 0, "bind");
        require(listen(listener, backlog) == 0, "listen");
        socklen_t size = sizeof address_;
        require(getsockname(listener, reinterpret_cast<sockaddr*>(&address_), &size) == 0, "getsockname");
        watch(listener, is_listener);
    }
    void watch(int descriptor, std::uint64_t flags) const {
        epoll_event event{.events = EPOLLIN, .data = {.u64 = static_cast<std::uint64_t>(descriptor) | flags}};
        require(epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0, "epoll_ctl");
    }
    void accept(int listener) const {
        for (int c; (c = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;)
            watch(c, 0);
        require(errno == EAGAIN, "accept4");
    }
    void read(int connection) {
        bench::message m;
        // A question comes whole: it is one small segment.
        if (recv(connection, m.data(), m.size(), 0) == static_cast<ssize_t>(m.size()))
            waiting_.push_back({connection, bench::clock::now() + delay_});
        else
            close(connection);
    }
    static void answer(int connection) {
        bench::message m{};
        if (send(connection, m.data(), m.size(), MSG_NOSIGNAL) < 0) std::perror("send");
    }
    int until_next_answer_ms() const {
        if (waiting_.empty()) return -1;
        auto left = std::chrono::ceil<std::chrono::milliseconds>(waiting_.front().at - bench::clock::now());
        return static_cast<int>(std::max(left.count(), std::chrono::milliseconds::rep{0}));
    }

    const std::chrono::milliseconds delay_;
    const int epoll_;
    sockaddr_in address_{
        .sin_family = AF_INET, .sin_port = 0, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    std::deque<question> waiting_; // all wait equally long: the oldest is the next
};

} // namespace

int main(int argc, char** argv) {
    if (argc != 2) bench::fail("usage: connections_server DELAY_MS");
    bench::allow_descriptors(bench::connections);
    bench::pin_this_thread(0);
    server(std::chrono::milliseconds(std::atoi(argv[1]))).run();
}
