// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Two processes that wake each other with a futex and never spin: what being woken costs at least.
#include "mailbox.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>

namespace {

class futex_mailbox {
public:
    explicit futex_mailbox(const bench::shape&) {}

    void put(std::span<const std::byte> message) {
        box_.fill(message);
        syscall(SYS_futex, &box_.full, FUTEX_WAKE, 1, nullptr, nullptr, 0);
    }

    void get(std::span<std::byte> message) {
        while (box_.full.load(std::memory_order_acquire) == 0)
            syscall(SYS_futex, &box_.full, FUTEX_WAIT, 0, nullptr, nullptr, 0);
        box_.empty(message);
    }

private:
    bench::mailbox& box_ = bench::mailbox::make();
};

} // namespace

int main(int argc, char** argv) { return bench::run_between_forked_processes<futex_mailbox>(argc, argv); }
