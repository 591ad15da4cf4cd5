// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// A pool that belongs to the process: made when it is first used, shut down when the program ends.

#include <plait/runtime/thread_pool.hpp>

#include <mutex>
#include <optional>

namespace plait::detail {

class process_pool {
public:
    /// `what` names the pool in errors.
    process_pool(const char* what, thread_pool_options options);
    process_pool(const process_pool&) = delete;
    process_pool& operator=(const process_pool&) = delete;
    /// Drops what has not begun, and waits for what has.
    ~process_pool();

    [[nodiscard]] thread_pool& get();
    /// Throws errc::invalid_argument if the pool was made already, or an option is out of its range.
    void set_options(thread_pool_options options);

private:
    const char* what_;
    std::mutex lock_;
    thread_pool_options options_;
    std::optional<thread_pool> pool_;
};

} // namespace plait::detail
