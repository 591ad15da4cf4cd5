// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The limit: contexts of Boost.Context that jump to each other in a ring, with no scheduler at all.
#include "turns.hpp"

#include <boost/context/detail/fcontext.hpp>

#include <memory>
#include <vector>

namespace context = boost::context::detail;

namespace {

struct node {
    context::fcontext_t suspended = nullptr;
    node* next = nullptr;
    std::unique_ptr<char[]> stack;
    int index = 0;
};

bench::turns* turns;

/// Whoever arrives through a jump notes where the one that jumped is to be resumed.
void note_origin(context::transfer_t arrival) { static_cast<node*>(arrival.data)->suspended = arrival.fctx; }

void jump_from(node& self) { note_origin(context::jump_fcontext(self.next->suspended, &self)); }

thread_local node* entering;

void run(context::transfer_t arrival) {
    note_origin(arrival);
    node& self = *entering;
    entering = self.next;
    turns->take(self.index, [&self] { jump_from(self); });
    turns->report(); // the first of the ring is the first to finish
    std::exit(0);
}

} // namespace

int main(int argc, char** argv) {
    bench::turns requested(argc, argv);
    turns = &requested;

    std::vector<node> ring(static_cast<std::size_t>(requested.coroutines));
    for (std::size_t i = 0; i < ring.size(); ++i) {
        ring[i].stack = std::make_unique_for_overwrite<char[]>(bench::stack_bytes);
        ring[i].suspended = context::make_fcontext(ring[i].stack.get() + bench::stack_bytes, bench::stack_bytes, run);
        ring[i].next = &ring[(i + 1) % ring.size()];
        ring[i].index = static_cast<int>(i);
    }
    entering = ring.data();
    node outside;
    outside.next = ring.data();
    jump_from(outside);
}
