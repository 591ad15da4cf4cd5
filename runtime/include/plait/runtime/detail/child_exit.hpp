// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// A child program that was started, and its end, which any number of parties may wait for. It is reaped as soon as it ends,
// by the watcher, whether or not anybody waits: it never remains a zombie.

#include <plait/runtime/detail/child_process.hpp>
#include <plait/runtime/wait.hpp>

#include <boost/system/error_code.hpp>

#include <cerrno>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace plait::detail {

class child_exit {
public:
    explicit child_exit(spawned_child child) noexcept : pid_(child.pid), pidfd_(std::move(child.pidfd)) {}
    child_exit(const child_exit&) = delete;
    child_exit& operator=(const child_exit&) = delete;

    /// The operation of those who wait; it keeps what it waits for.
    struct waiting {
        using signature = void(boost::system::error_code, int);
        static constexpr const char* what = "popen.wait";

        std::shared_ptr<child_exit> of;
        int code = 0;

        [[nodiscard]] raw_lock& lock() const noexcept { return of->lock_; }
        [[nodiscard]] wait_list& waiters() const noexcept { return of->waiters_; }
        bool attempt(std::unique_lock<raw_lock>&, party&, bool) noexcept {
            if (of->code_) code = *of->code_;
            return of->code_.has_value();
        }
        void pass_on(std::unique_lock<raw_lock>&) const noexcept {} // the end wakes everybody
        template <class Handler>
        void complete(Handler&& handler, boost::system::error_code ec) const {
            std::forward<Handler>(handler)(ec, code);
        }
    };

    [[nodiscard]] std::optional<int> code() noexcept {
        std::lock_guard guard(lock_);
        return code_;
    }
    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    /// To watch it by, until take_status().
    [[nodiscard]] int pidfd() const noexcept { return pidfd_.get(); }

    /// 0, also if the child has ended; otherwise an errno value.
    int send_signal(int signal) noexcept {
        std::lock_guard guard(lock_);
        // Through the pidfd, so it cannot reach another process.
        if (code_ || send_signal_through(pidfd_.get(), signal) == 0 || errno == ESRCH) return 0;
        return errno;
    }

    /// Takes the exit status of the child, which has ended, and wakes those who wait.
    void take_status() noexcept {
        const std::optional<int> taken = reap(pidfd_.get(), reap_mode::wait);
        std::lock_guard guard(lock_);
        pidfd_.reset();
        code_ = taken;
        waiters_.wake_all();
    }

private:
    const pid_t pid_;
    raw_lock lock_; // guards what follows
    unique_fd pidfd_;
    std::optional<int> code_;
    wait_list waiters_;
};

} // namespace plait::detail
