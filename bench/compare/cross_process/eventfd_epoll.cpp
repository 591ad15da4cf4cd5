// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Two processes that sleep in epoll_wait and wake each other with an eventfd: what two event loops cost at least.
#include "mailbox.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>

namespace {

class eventfd_mailbox {
public:
    explicit eventfd_mailbox(const bench::shape&) : bell_(eventfd(0, EFD_NONBLOCK)), loop_(epoll_create1(0)) {
        epoll_event readable{.events = EPOLLIN, .data = {}};
        if (bell_ < 0 || loop_ < 0 || epoll_ctl(loop_, EPOLL_CTL_ADD, bell_, &readable) != 0)
            bench::fail("cannot watch an eventfd");
    }

    void put(std::span<const std::byte> message) {
        box_.fill(message);
        if (eventfd_write(bell_, 1) != 0) bench::fail("eventfd_write failed");
    }

    void get(std::span<std::byte> message) {
        epoll_event event;
        eventfd_t rings = 0;
        if (epoll_wait(loop_, &event, 1, -1) != 1 || eventfd_read(bell_, &rings) != 0) bench::fail("epoll_wait failed");
        if (box_.full.load(std::memory_order_acquire) == 0) bench::fail("the bell rang for nothing");
        box_.empty(message);
    }

private:
    bench::mailbox& box_ = bench::mailbox::make();
    int bell_;
    int loop_;
};

} // namespace

int main(int argc, char** argv) { return bench::run_between_forked_processes<eventfd_mailbox>(argc, argv); }
