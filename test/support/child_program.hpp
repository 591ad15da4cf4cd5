// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Child processes for tests of the layer below plait::ipc::process: the same program started anew, running one named
// function, attached to the parent's segment through inherited descriptors.
//
//     const child_function takes_one("takes_one", [](plait::ipc::segment& s) { … return 0; });
//     child c(takes_one, segment);
//     c.kill(); …  BOOST_TEST(c.wait() == 0);

#include <plait/ipc/segment.hpp>

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace test {

/// A function that a child can run: a namespace-scope object in the test's file.
class child_function {
public:
    using body = int (*)(plait::ipc::segment& shared, const std::vector<std::string>& arguments);
    child_function(std::string name, body run);
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

private:
    std::string name_;
};

/// The same for a child that is handed nothing: it has to find what it needs by name.
class unrelated_function {
public:
    using body = int (*)(const std::vector<std::string>& arguments);
    unrelated_function(std::string name, body run);
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

private:
    std::string name_;
};

/// The exit code of a child whose function threw.
inline constexpr int child_failed = 99;

/// A running child; killed and reaped when the object goes.
class child {
public:
    child(const child_function& what, const plait::ipc::segment& shared, std::vector<std::string> arguments = {});
    explicit child(const unrelated_function& what, std::vector<std::string> arguments = {});
    ~child();
    child(const child&) = delete;
    child& operator=(const child&) = delete;

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    void signal(int number) const;
    /// Kills it with SIGKILL and waits until it is gone.
    void kill();
    /// Waits for its end: the exit code, or minus the number of the signal that ended it.
    int wait();

private:
    void start(std::vector<std::string> words, std::initializer_list<int> inherited);

    pid_t pid_ = -1;
    std::optional<int> status_;
};

/// First thing in main: the child's exit code if this process is one.
[[nodiscard]] std::optional<int> run_as_child(int argc, char** argv);

} // namespace test
