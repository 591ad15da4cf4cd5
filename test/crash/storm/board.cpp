// Copyright 2026 the plait authors. Boost Software License 1.0
#include "board.hpp"

#include <plait/runtime/detail/syscall.hpp>

#include <new>

#include <sys/mman.h>
#include <unistd.h>

namespace crash {

using plait::detail::checked;

// Zeroed memory is a board on which nothing is written. Not close-on-exec: the children are to have it.
shared_board::shared_board()
    : fd_(checked([] { return ::memfd_create("storm-board", 0); }, [] { return "memfd_create(storm-board)"; })) {
    checked([&] { return ::ftruncate(fd_, sizeof(board)); }, [] { return "ftruncate(storm-board)"; });
    map();
}

shared_board::shared_board(int fd) : fd_(fd) { map(); }

void shared_board::map() {
    void* at = ::mmap(nullptr, sizeof(board), PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
    if (at == MAP_FAILED) plait::detail::throw_system_error(errno, "mmap(storm-board)");
    board_ = std::launder(static_cast<board*>(at));
}

shared_board::~shared_board() {
    ::munmap(board_, sizeof(board));
    ::close(fd_);
}

} // namespace crash
