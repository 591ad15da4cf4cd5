// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// One word of memory that a parent shares with its fork server.

#include <plait/runtime/detail/syscall.hpp>

#include <atomic>

#include <sys/types.h>

namespace plait::ipc::detail {

class shared_word {
public:
    static_assert(std::atomic<pid_t>::is_always_lock_free);

    /// Maps the word in `memory`, of which nobody can make less any more. Throws system_error.
    explicit shared_word(int memory);
    shared_word(const shared_word&) = delete;
    shared_word& operator=(const shared_word&) = delete;
    ~shared_word();

    /// A memfd with such a word, which is 0. Throws system_error.
    [[nodiscard]] static plait::detail::unique_fd make();

    [[nodiscard]] std::atomic<pid_t>& value() const noexcept { return *value_; }
    /// The children of a fork have no part in it.
    void keep_from_children() const noexcept;
    /// In such a child: it is not mapped.
    void forget() noexcept { value_ = nullptr; }

private:
    std::atomic<pid_t>* value_;
};

} // namespace plait::ipc::detail
