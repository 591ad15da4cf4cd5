// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Programs whose main() does not begin as it should, and one whose file is gone; the first argument says which. Each
// ends with 0 if the library behaves.
#include <plait/ipc/process.hpp>
#include <plait/runtime/error.hpp>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <unistd.h>

namespace ipc = plait::ipc;

namespace {

int failed(const char* what) {
    std::fprintf(stderr, "process_without_entry: %s\n", what);
    return 1;
}

bool start_is_refused(ipc::process p) {
    try {
        p.start();
    } catch (const plait::error& e) {
        return e.code() == plait::errc::not_a_child_program;
    }
    return false;
}

// main() never calls child_main: a child would run all of this again.
int never() {
    return start_is_refused(ipc::process{[] {}}) ? 0 : failed("start() in a program without an entry");
}

// main() calls child_main in the parent but not in the child, which ends as it likes, and tries to start more.
int in_parent_only(int argc, char** argv) {
    if (std::getenv("PLAIT_CHILD") != nullptr) return start_is_refused(ipc::process{[] {}}) ? 5 : 6;
    static_cast<void>(ipc::child_main(argc, argv));
    ipc::process p{[] { return 7; }};
    p.start();
    try {
        p.join();
    } catch (const plait::error& e) {
        if (e.code() != plait::errc::not_a_child_program) return failed("join() reports another error");
        return p.exit_code() == 5 ? 0 : failed("a nested start() was not refused");
    }
    return failed("join() of a child that never reached child_main");
}

// The file of the running program is removed before a child is started.
int removed(int argc, char** argv) {
    if (auto code = ipc::child_main(argc, argv)) return *code;
    if (::unlink(argv[0]) != 0) return failed("cannot remove the program");
    ipc::process p{[] { return 8; }};
    p.start();
    p.join();
    return p.exit_code() == 8 ? 0 : failed("a child of a program whose file is gone");
}

} // namespace

int main(int argc, char** argv) {
    std::string_view which = argc == 2 ? argv[1] : "";
    if (which == "never") return never();
    if (which == "in_parent_only") return in_parent_only(argc, argv);
    if (which == "removed") return removed(argc, argv);
    return failed("the argument is never, in_parent_only or removed");
}
