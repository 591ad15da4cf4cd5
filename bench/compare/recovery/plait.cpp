// Copyright 2026 the plait authors. Boost Software License 1.0
//
// How long a waiter waits for a peer that was killed between the commit of its put and the wake-up that belongs to it.
//
//   waiter:  asleep in receive() ─────────────────────────────────────────────▶ has the message
//   peer:    commits, wakes nobody, SIGKILLs itself ──▶ kernel lets go of it
//                                                              ├───── timed ────┤
//
// The peer puts by hand, with the library's own pieces, what put() does without its last step. That the kernel has let go
// of it is what its pidfd tells: by then its memory and its locks are free.
#include "../measure.hpp"
#include "queue_core.hpp"

#include <plait/ipc/process.hpp>
#include <plait/ipc/queue.hpp>
#include <plait/ipc/segment.hpp>

#include <algorithm>
#include <thread>
#include <vector>

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>

namespace {

namespace ipc = plait::ipc;
namespace internals = plait::ipc::detail;

constexpr int deaths = 200;

/// Puts a message and is killed before it wakes anybody.
void put_half(ipc::byte_queue messages) {
    auto& core = messages.core();
    internals::channel not_empty(core.shared().header().not_empty, *core.owner());
    while (!not_empty.has_waiters())
        sched_yield();
    usleep(1000); // has_waiters() is true a moment before it sleeps
    bool gave_back = false;
    auto message = core.shared().messages().claim(core.owner()->self(), 1, gave_back);
    if (!message) bench::fail("no room in an empty queue");
    static_cast<void>(core.shared().order().publish(core.owner()->self(), *message, true));
    kill(getpid(), SIGKILL);
}

/// When the kernel had let go of the process behind `pidfd`.
bench::clock::time_point end_of(int pidfd) {
    pollfd ended{.fd = pidfd, .events = POLLIN, .revents = 0};
    if (poll(&ended, 1, -1) != 1) bench::fail("cannot watch the peer");
    return bench::clock::now();
}

double milliseconds_of_one_death() {
    auto shared = ipc::segment::create();
    auto messages = ipc::byte_queue::create(shared, "messages");
    ipc::process peer(plait::fn<&put_half>, messages);
    peer.start();
    bench::clock::time_point ended;
    int pidfd = static_cast<int>(syscall(SYS_pidfd_open, peer.pid().value(), 0));
    std::thread watcher([&] { ended = end_of(pidfd); });
    messages.receive().ack();
    auto received = bench::clock::now();
    watcher.join();
    close(pidfd);
    peer.join();
    return std::max(0.0, bench::nanoseconds_between(ended, received) / 1e6);
}

} // namespace

int main(int argc, char** argv) {
    if (auto code = ipc::child_main(argc, argv)) return *code;
    auto row = bench::requested_row(argc, argv, {"xrecovery"});
    std::vector<double> waited;
    for (int i = 0; i < deaths; ++i)
        waited.push_back(milliseconds_of_one_death());
    std::ranges::sort(waited);
    bench::report(row, "p50_ms", waited[deaths / 2], "ms");
    bench::report(row, "p99_ms", waited[deaths * 99 / 100], "ms");
}
