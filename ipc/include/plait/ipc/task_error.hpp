// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   error ─┬─ remote_error                    the task threw, in its worker
//          ├─ worker_died ── worker_exited ── task_poisoned
//          └─ timeout_error ── task_timed_out
//
// How a task of a process_pool can fail that ran in another process. What cannot be sent or read (an argument, a result)
// fails with the exception of its codec where that is in the owner, and with a remote_error where it is in the worker.

#include <plait/runtime/error.hpp>

#include <string>
#include <utility>

#include <sys/types.h>

namespace plait::ipc {

/// An exception that was thrown in a worker. Its code is that of the exception if it was an `error` of plait, and
/// errc::remote_failure otherwise.
class remote_error : public error {
public:
    remote_error(errc code, std::string type_name, std::string text)
        : error(code, type_name + ": " + text), type_name_(std::move(type_name)), text_(std::move(text)) {}

    /// Of the exception, as C++ spells it: "std::out_of_range".
    [[nodiscard]] const std::string& type_name() const noexcept { return type_name_; }
    /// Its what(); empty if it was no std::exception.
    [[nodiscard]] const std::string& text() const noexcept { return text_; }

private:
    std::string type_name_;
    std::string text_;
};

/// The worker ended while it worked on the task.
class worker_exited : public worker_died {
public:
    worker_exited(int exit_code, pid_t pid, const std::string& what)
        : worker_died(what), exit_code_(exit_code), pid_(pid) {}

    /// As process::exit_code() says: −N if signal N ended it.
    [[nodiscard]] int exit_code() const noexcept { return exit_code_; }
    /// That it had.
    [[nodiscard]] pid_t pid() const noexcept { return pid_; }

private:
    int exit_code_;
    pid_t pid_;
};

/// The task was idempotent, was tried again, and killed as many workers as the pool lets it. exit_code() is that of the last.
class task_poisoned : public worker_exited {
public:
    task_poisoned(unsigned deaths, int exit_code, pid_t pid, const std::string& what)
        : worker_exited(exit_code, pid, what), deaths_(deaths) {}

    [[nodiscard]] unsigned deaths() const noexcept { return deaths_; }

private:
    unsigned deaths_;
};

/// The task ran longer than its options allow. Its worker was killed.
class task_timed_out : public timeout_error {
public:
    using timeout_error::timeout_error;
};

} // namespace plait::ipc
