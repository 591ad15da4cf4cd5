// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The end of a process, which any number of parties may wait for: threads, coroutines and handlers.

#include <plait/runtime/wait.hpp>

#include <boost/system/error_code.hpp>

#include <memory>
#include <mutex>
#include <utility>

namespace plait::ipc::detail {

class process_end {
public:
    process_end() noexcept = default;
    process_end(const process_end&) = delete;
    process_end& operator=(const process_end&) = delete;

    /// The operation of those who wait; it keeps what it waits for.
    struct waiting {
        using signature = void(boost::system::error_code, int);
        static constexpr const char* what = "process.join";

        std::shared_ptr<process_end> of;
        int code = 0;
        boost::system::error_code failure = {};

        [[nodiscard]] plait::detail::raw_lock& lock() const noexcept { return of->lock_; }
        [[nodiscard]] plait::detail::wait_list& waiters() const noexcept { return of->waiters_; }
        bool attempt(std::unique_lock<plait::detail::raw_lock>&, plait::detail::party&, bool) noexcept {
            code = of->code_;
            failure = of->failure_;
            return of->ended_;
        }
        void pass_on(std::unique_lock<plait::detail::raw_lock>&) const noexcept {} // the end wakes everybody
        template <class Handler>
        void complete(Handler&& handler, boost::system::error_code ec) const {
            std::forward<Handler>(handler)(ec ? ec : failure, code);
        }
    };

    [[nodiscard]] bool is_set() noexcept {
        std::lock_guard guard(lock_);
        return ended_;
    }
    /// Once. `failure` says why the process never called its function, if it did not.
    void set(int code, boost::system::error_code failure) noexcept {
        std::lock_guard guard(lock_);
        ended_ = true;
        code_ = code;
        failure_ = failure;
        waiters_.wake_all();
    }

private:
    plait::detail::raw_lock lock_; // guards what follows
    bool ended_ = false;
    int code_ = 0;
    boost::system::error_code failure_;
    plait::detail::wait_list waiters_;
};

} // namespace plait::ipc::detail
