// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The limit: a front that does nothing but epoll, and rings in shared memory to the worker processes and back.
//
//   client ⇄ connection ──▶ [ ring ] ──▶ worker (echoes)      one ring of its own in each direction for each worker
//                ▲                         │
//                └──── front ◀── [ ring ] ◀┘                  sleepers are woken by a futex, the front by an eventfd
//
// It looks for the end of the head and for Content-Length, and believes both. No guard, no limit, no timeout, no second
// thought about a worker that was killed: what is left is what the kernel and the rings cost.
#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

constexpr std::size_t cache_line = 64;
constexpr int spins_before_sleep = 500; // as the ring of cross_process

[[noreturn]] void fail(const char* what) {
    std::cerr << what << ": " << std::strerror(errno) << "\n";
    std::exit(1);
}
int checked(int result, const char* what) {
    if (result < 0) fail(what);
    return result;
}

struct message {
    int connection;
    std::uint32_t length;
    std::array<char, 248> body;
};

/// One writer, one reader, of different processes.
struct ring {
    static constexpr std::uint32_t places = 2048; // more than there are connections

    alignas(cache_line) std::atomic<std::uint32_t> tail{0};
    alignas(cache_line) std::atomic<std::uint32_t> head{0};
    alignas(cache_line) std::array<message, places> slots;

    [[nodiscard]] message& to_write() { return slots[tail.load(std::memory_order_relaxed) % places]; }
    void written() { tail.store(tail.load(std::memory_order_relaxed) + 1, std::memory_order_seq_cst); }
    [[nodiscard]] bool empty() const {
        return head.load(std::memory_order_relaxed) == tail.load(std::memory_order_seq_cst);
    }
    [[nodiscard]] const message& to_read() const { return slots[head.load(std::memory_order_relaxed) % places]; }
    void read() { head.store(head.load(std::memory_order_relaxed) + 1, std::memory_order_release); }
};

struct lane {
    ring requests, replies;
    alignas(cache_line) std::atomic<std::uint32_t> worker_sleeps{0};
};

struct shared {
    alignas(cache_line) std::atomic<std::uint32_t> front_sleeps{0};
    static constexpr std::size_t most_workers = 16;
    std::array<lane, most_workers> lanes;
};

shared& memory() {
    static auto* const one = [] {
        void* found = mmap(nullptr, sizeof(shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (found == MAP_FAILED) fail("mmap");
        return new (found) shared;
    }();
    return *one;
}

// ---------------------------------------------------------------------------------------------------------- workers

void wait_for_a_request(lane& mine) {
    for (int i = 0; i < spins_before_sleep; ++i) {
        if (!mine.requests.empty()) return;
        __builtin_ia32_pause();
    }
    mine.worker_sleeps.store(1, std::memory_order_seq_cst);
    while (mine.requests.empty())
        syscall(SYS_futex, &mine.worker_sleeps, FUTEX_WAIT, 1, nullptr, nullptr, 0);
    mine.worker_sleeps.store(0, std::memory_order_relaxed);
}

[[noreturn]] void echo_for_ever(lane& mine, int bell) {
    for (;;) {
        wait_for_a_request(mine);
        const message& request = mine.requests.to_read();
        message& reply = mine.replies.to_write();
        reply.connection = request.connection;
        reply.length = request.length;
        std::memcpy(reply.body.data(), request.body.data(), request.length);
        mine.requests.read();
        mine.replies.written();
        if (memory().front_sleeps.exchange(0, std::memory_order_seq_cst)) eventfd_write(bell, 1);
    }
}

// ------------------------------------------------------------------------------------------------------------ front

class front {
public:
    front(int port, std::size_t workers, int bell) : workers_(workers), bell_(bell) {
        listener_ = checked(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
        const int on = 1;
        checked(setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "setsockopt");
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        checked(bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
        checked(listen(listener_, SOMAXCONN), "listen");
        watch(listener_);
        watch(bell_);
    }

    [[noreturn]] void run() {
        std::array<epoll_event, 128> events;
        for (;;) {
            const bool busy = collect() > 0;
            if (!busy) memory().front_sleeps.store(1, std::memory_order_seq_cst);
            const bool sleeps = !busy && collect() == 0;
            const int count = epoll_wait(epoll_, events.data(), events.size(), sleeps ? -1 : 0);
            for (int i = 0; i < count; ++i)
                handle(events[static_cast<std::size_t>(i)].data.fd);
        }
    }

private:
    struct connection {
        std::array<char, 4096> bytes;
        std::size_t filled = 0;
    };

    void watch(int fd) {
        epoll_event e{};
        e.events = EPOLLIN;
        e.data.fd = fd;
        checked(epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &e), "epoll_ctl");
    }

    void handle(int fd) {
        if (fd == listener_) return accept();
        if (fd == bell_) {
            eventfd_t count = 0;
            eventfd_read(bell_, &count);
            return;
        }
        connection& c = *connections_[static_cast<std::size_t>(fd)];
        const ssize_t got = recv(fd, c.bytes.data() + c.filled, c.bytes.size() - c.filled, 0);
        if (got <= 0) {
            connections_[static_cast<std::size_t>(fd)].reset();
            close(fd);
            return;
        }
        c.filled += static_cast<std::size_t>(got);
        take_request(fd, c);
    }

    void accept() {
        const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        const int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (connections_.size() <= static_cast<std::size_t>(fd)) connections_.resize(static_cast<std::size_t>(fd) + 1);
        connections_[static_cast<std::size_t>(fd)] = std::make_unique<connection>();
        watch(fd);
    }

    void take_request(int fd, connection& c) {
        const std::string_view text(c.bytes.data(), c.filled);
        const std::size_t end = text.find("\r\n\r\n");
        if (end == text.npos) return;
        std::size_t length = 0;
        constexpr std::string_view name = "Content-Length: ";
        if (const std::size_t at = text.find(name); at < end)
            std::from_chars(text.data() + at + name.size(), text.data() + end, length);
        length = std::min(length, message{}.body.size());
        if (c.filled < end + 4 + length) return;
        lane& to = memory().lanes[next_++ % workers_];
        message& request = to.requests.to_write();
        request.connection = fd;
        request.length = static_cast<std::uint32_t>(length);
        std::memcpy(request.body.data(), c.bytes.data() + end + 4, length);
        c.filled = 0;
        to.requests.written();
        if (to.worker_sleeps.exchange(0, std::memory_order_seq_cst))
            syscall(SYS_futex, &to.worker_sleeps, FUTEX_WAKE, 1, nullptr, nullptr, 0);
    }

    int collect() {
        int count = 0;
        for (std::size_t i = 0; i < workers_; ++i)
            for (ring& from = memory().lanes[i].replies; !from.empty(); from.read(), ++count)
                answer(from.to_read());
        return count;
    }

    static void answer(const message& reply) {
        std::array<char, 512> bytes;
        constexpr std::string_view begin =
            "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: ";
        char* at = std::copy(begin.begin(), begin.end(), bytes.data());
        at = std::to_chars(at, at + 10, reply.length).ptr;
        constexpr std::string_view end = "\r\n\r\n";
        at = std::copy(end.begin(), end.end(), at);
        at = std::copy_n(reply.body.data(), reply.length, at);
        static_cast<void>(
            send(reply.connection, bytes.data(), static_cast<std::size_t>(at - bytes.data()), MSG_NOSIGNAL));
    }

    const std::size_t workers_;
    const int bell_;
    const int epoll_ = checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
    int listener_ = -1;
    std::vector<std::unique_ptr<connection>> connections_; // by descriptor
    std::size_t next_ = 0;
};

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: " << argv[0] << " PORT WORKERS\n";
        return 2;
    }
    const auto workers = std::clamp<std::size_t>(std::strtoul(argv[2], nullptr, 10), 1, shared::most_workers);
    const int bell = checked(eventfd(0, EFD_NONBLOCK), "eventfd");
    memory();
    for (std::size_t i = 0; i < workers; ++i)
        if (checked(fork(), "fork") == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            echo_for_ever(memory().lanes[i], bell);
        }
    front(std::atoi(argv[1]), workers, bell).run();
}
