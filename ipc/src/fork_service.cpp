// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The server's side of fork_server.hpp.
//
// A child of CLONE_PARENT can only be had by the system call itself. What the C library's fork does besides is done here:
// it tells the new thread its number, and the kernel where its list of robust mutexes is. There is nothing else to put
// right in a process of one thread; functions of pthread_atfork are not called.
#include "child.hpp"
#include "descriptor_message.hpp"
#include "fork_server.hpp"
#include "shared_word.hpp"

#include <plait/runtime/detail/forked.hpp>
#include <plait/runtime/error.hpp>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <utility>

#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace plait::ipc::detail {

using plait::detail::checked;
using plait::detail::unique_fd;

namespace {

// What the C library keeps about its one thread, and the kernel has to be told again in a copy.
class this_thread {
public:
    this_thread() {
        // PR_GET_TID_ADDRESS: where the C library keeps the number of the thread.
        if (::prctl(PR_GET_TID_ADDRESS, &number_) == -1) number_ = nullptr;
        std::size_t length = 0;
        checked(
            [&] { return ::syscall(SYS_get_robust_list, 0, &mutexes_, &length); }, [] { return "get_robust_list()"; });
    }

    /// As fork(): the child's pid, 0 in the child, -1 with errno. `*pid` is the child's before the child runs.
    [[nodiscard]] pid_t clone_sibling(std::atomic<pid_t>& pid) const noexcept {
        long flags = CLONE_PARENT | CLONE_PARENT_SETTID;
        if (number_ != nullptr) flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
#if defined(__x86_64__)
        const long made = ::syscall(SYS_clone, flags, nullptr, &pid, number_, nullptr);
#else // the order of most others
        const long made = ::syscall(SYS_clone, flags, nullptr, &pid, nullptr, number_);
#endif
        if (made == 0) {
            mutexes_->list.next = &mutexes_->list; // those of the process that this is a copy of are not its own
            ::syscall(SYS_set_robust_list, mutexes_, sizeof *mutexes_);
        }
        return static_cast<pid_t>(made);
    }

private:
    pid_t* number_ = nullptr;
    robust_list_head* mutexes_ = nullptr;
};

// Called by exit() in a child after the functions that it has registered itself, and before the ends of what static
// initialisers have made, and of each library: that would be the larger part of a short life, and it is the server's.
void end_of_child(int code, void*) {
    plait::detail::wait_for_threads();
    std::cout.flush();
    std::fflush(nullptr);
    ::_exit(code);
}

arrival arrival_from(descriptor_message message) {
    arrival result;
    auto next = message.descriptors.begin();
    auto take = [&] {
        if (next == message.descriptors.end())
            throw error(errc::message_malformed, "the request for a child has too few descriptors");
        return std::move(*next++);
    };
    const auto flags = std::to_integer<std::uint8_t>(message.bytes.front());
    result.block = (flags & request_has_block) != 0 ? decode_launch_block(message.bytes.subspan(1), "a request")
                                                    : read_launch_block(take().get());
    result.socket = take();
    result.directory = take();
    for (std::size_t i = 0; i < result.streams.size(); ++i)
        if ((flags & (1u << i)) != 0) result.streams[i] = take();
    result.descriptors.assign(std::make_move_iterator(next), std::make_move_iterator(message.descriptors.end()));
    result.is_a_copy = true;
    return result;
}

/// A request as the child finds it. All that takes memory is done before there is a child: a copy pays for each page that it
/// writes to, and for each that it is the first to read.
class prepared_child {
public:
    explicit prepared_child(descriptor_message message) noexcept {
        try {
            arrival_ = arrival_from(std::move(message));
        } catch (...) {
            refusal_ = std::current_exception();
            return;
        }
        try {
            arrival_.callable = find_callable(arrival_.block.callable);
        } catch (const std::exception&) { // the child looks for itself, and reports it
        }
    }
    /// In the child. Throws what was wrong with the request.
    [[nodiscard]] arrival arrive() && {
        if (refusal_) std::rethrow_exception(refusal_);
        return std::move(arrival_);
    }

private:
    arrival arrival_;
    std::exception_ptr refusal_;
};

} // namespace

arrival serve_forks(unique_fd parent, unique_fd shared) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL); // one that is stopped ends with its parent, too
    shared_word word(shared.get());
    word.keep_from_children();
    shared.reset();
    const this_thread itself;
    ::on_exit(&end_of_child, nullptr);
    std::array<std::byte, most_request_bytes> room;
    for (;;) {
        auto request = receive_descriptors(parent.get(), room);
        if (!request) ::_exit(EXIT_SUCCESS); // the parent is gone
        std::optional<prepared_child> prepared(std::move(*request));
        const pid_t child = itself.clone_sibling(word.value());
        if (child == 0) {
            word.forget();
            parent.reset();
            plait::detail::become_main_thread_of_copy();
            return std::move(*prepared).arrive();
        }
        const auto code = static_cast<std::byte>(child == -1 ? errno : 0);
        prepared.reset(); // the child has the descriptors now, and its socket must be nobody else's
        if (!send_descriptors(parent.get(), std::span(&code, 1), {})) ::_exit(EXIT_SUCCESS);
    }
}

} // namespace plait::ipc::detail
