// Copyright 2026 the plait authors. Boost Software License 1.0
#include "descriptor_watcher.hpp"

#include <plait/runtime/detail/outside_wait.hpp>
#include <plait/runtime/error.hpp>
#include <plait/runtime/signal.hpp>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <string>
#include <vector>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace plait {
namespace {

using detail::checked;

constexpr int last_signal = 64;

constexpr std::uint64_t bit_of(int signal) noexcept { return std::uint64_t{1} << (signal - 1); }

template <class F>
void for_each_signal(std::uint64_t members, F f) {
    for (; members != 0; members &= members - 1)
        f(std::countr_zero(members) + 1);
}

sigset_t system_set(std::uint64_t members) noexcept {
    sigset_t set;
    ::sigemptyset(&set);
    for_each_signal(members, [&](int signal) { ::sigaddset(&set, signal); });
    return set;
}

// Where the handler writes the number of the signal. Set before a handler is installed, and never again.
std::atomic<int> forwarding_to{-1};

void forward(int signal) noexcept {
    const int saved = errno;
    const auto number = static_cast<unsigned char>(signal);
    // If the pipe is full, 65,536 of them are on their way.
    static_cast<void>(::write(forwarding_to.load(std::memory_order_relaxed), &number, 1));
    errno = saved;
}

/// Gets the signals of all sets, and gives each to every set that has it.
class distributor {
public:
    /// Never destroyed: the watcher uses it until the very end.
    static distributor& instance() {
        static auto* const the_distributor = new distributor;
        return *the_distributor;
    }

    void add(signal_set& set) {
        std::lock_guard guard(lock_);
        sets_.push_back(&set);
        for_each_signal(set.members(), [this](int signal) {
            if (users_[at(signal)]++ == 0) take_over(signal);
        });
        read_those_in_use();
    }
    void remove(signal_set& set) noexcept {
        std::lock_guard guard(lock_);
        sets_.erase(std::find(sets_.begin(), sets_.end(), &set));
        for_each_signal(set.members(), [this](int signal) {
            if (--users_[at(signal)] == 0) ::sigaction(signal, &before_[at(signal)], nullptr);
        });
        read_those_in_use();
    }

private:
    distributor() {
        std::array<int, 2> ends;
        checked(
            [&] { return ::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK); },
            [] { return "pipe2(O_CLOEXEC, O_NONBLOCK)"; });
        forwarded_.reset(ends[0]);
        forwarding_to.store(ends[1], std::memory_order_relaxed);
        const sigset_t none = system_set(0);
        signals_.reset(checked(
            [&] { return ::signalfd(-1, &none, SFD_CLOEXEC | SFD_NONBLOCK); },
            [] { return "signalfd(SFD_CLOEXEC, SFD_NONBLOCK)"; }));
        auto& by = detail::descriptor_watcher::instance();
        by.watch(signals_.get(), EPOLLIN, detail::descriptor_watcher::repeat::always, [this] { read_signals(); });
        by.watch(forwarded_.get(), EPOLLIN, detail::descriptor_watcher::repeat::always, [this] { read_forwarded(); });
    }

    static std::size_t at(int signal) noexcept { return static_cast<std::size_t>(signal - 1); }

    void take_over(int signal) noexcept {
        struct sigaction action {};
        action.sa_handler = &forward;
        action.sa_flags = SA_RESTART | SA_ONSTACK;
        ::sigfillset(&action.sa_mask);
        ::sigaction(signal, &action, &before_[at(signal)]);
    }
    void read_those_in_use() noexcept {
        std::uint64_t members = 0;
        for (int signal = 1; signal <= last_signal; ++signal)
            if (users_[at(signal)] != 0) members |= bit_of(signal);
        const sigset_t set = system_set(members);
        ::signalfd(signals_.get(), &set, 0);
    }

    // The two callbacks of the watcher.
    void read_signals() noexcept {
        std::lock_guard guard(lock_);
        signalfd_siginfo info;
        while (::read(signals_.get(), &info, sizeof info) == sizeof info)
            distribute(static_cast<int>(info.ssi_signo));
    }
    void read_forwarded() noexcept {
        std::lock_guard guard(lock_);
        unsigned char number;
        while (::read(forwarded_.get(), &number, 1) == 1)
            distribute(number);
    }
    void distribute(int signal) noexcept { // with lock_ held
        for (signal_set* set : sets_)
            if ((set->members() & bit_of(signal)) != 0) set->deliver(signal);
    }

    detail::unique_fd signals_, forwarded_;
    std::mutex lock_; // guards what follows; never held while the watcher is used
    std::vector<signal_set*> sets_;
    std::array<unsigned, last_signal> users_{}; // how many sets have the signal
    std::array<struct sigaction, last_signal> before_{};
};

std::uint64_t checked_members(std::initializer_list<int> signals) {
    if (signals.size() == 0) throw error(errc::invalid_argument, "signal_set without signals");
    std::uint64_t members = 0;
    for (int signal : signals) {
        sigset_t scratch;
        ::sigemptyset(&scratch);
        constexpr std::array not_waited_for{SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
        if (::sigaddset(&scratch, signal) != 0 || // no signal, or one that the C library keeps for itself
            std::find(not_waited_for.begin(), not_waited_for.end(), signal) != not_waited_for.end())
            throw error(
                errc::invalid_argument, "signal_set: signal " + std::to_string(signal) + " cannot be waited for");
        members |= bit_of(signal);
    }
    return members;
}

} // namespace

signal_set::signal_set(std::initializer_list<int> list) : members_(checked_members(list)) {
    distributor::instance().add(*this);
    const sigset_t mine = system_set(members_);
    sigset_t before;
    ::pthread_sigmask(SIG_BLOCK, &mine, &before);
    for_each_signal(members_, [&](int signal) {
        if (::sigismember(&before, signal) == 0) blocked_here_ |= bit_of(signal);
    });
}

signal_set::~signal_set() {
    // Those that the system still holds back arrive while there is a handler.
    if (thread_ == std::this_thread::get_id()) {
        const sigset_t mine = system_set(blocked_here_);
        ::pthread_sigmask(SIG_UNBLOCK, &mine, nullptr);
    }
    distributor::instance().remove(*this);
}

void signal_set::deliver(int signal) noexcept {
    std::unique_lock guard(lock_);
    auto& count = count_[static_cast<std::size_t>(signal - 1)];
    if (count != 0 && signal < SIGRTMIN) return;
    ++count;
    pending_ |= bit_of(signal);
    waiters_.wake_one(guard);
}

int signal_set::take() noexcept {
    if (pending_ == 0) return 0;
    const int signal = std::countr_zero(pending_) + 1;
    if (--count_[static_cast<std::size_t>(signal - 1)] == 0) pending_ &= ~bit_of(signal);
    return signal;
}

int signal_set::wait_until_deadline(deadline until) {
    waiting operation{*this};
    detail::outside_wait for_the_system;
    detail::throw_unless_woken(detail::perform(operation, until), "signal_set.wait");
    return operation.signal;
}

std::optional<int> signal_set::try_wait() noexcept {
    std::lock_guard guard(lock_);
    if (int signal = take(); signal != 0) return signal;
    return std::nullopt;
}

} // namespace plait
