// Copyright 2026 the plait authors. Boost Software License 1.0
#include "small_shm.hpp"

#include <plait/runtime/detail/syscall.hpp>

#include <boost/system/system_error.hpp>

#include <cstdio>
#include <string>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

namespace test {
namespace {

using plait::detail::checked;

void write_file(const std::string& path, const std::string& text) {
    plait::detail::unique_fd fd(
        checked([&] { return ::open(path.c_str(), O_WRONLY | O_CLOEXEC); }, [&] { return "open(" + path + ")"; }));
    checked([&] { return ::write(fd.get(), text.data(), text.size()); }, [&] { return "write(" + path + ")"; });
}

} // namespace

bool enter_small_shm(std::size_t bytes) {
    auto user = std::to_string(::geteuid());
    auto group = std::to_string(::getegid());
    auto size = "size=" + std::to_string(bytes) + ",mode=1777";
    try {
        checked(
            [] { return ::unshare(CLONE_NEWUSER | CLONE_NEWNS); },
            [] { return std::string("unshare(CLONE_NEWUSER | CLONE_NEWNS)"); });
        // It stays the user it was, so that files belong to whom they should.
        write_file("/proc/self/setgroups", "deny");
        write_file("/proc/self/uid_map", user + " " + user + " 1");
        write_file("/proc/self/gid_map", group + " " + group + " 1");
        checked(
            [&] { return ::mount("plait-test", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, size.c_str()); },
            [&] { return "mount(tmpfs, /dev/shm, " + size + ")"; });
        return true;
    } catch (const boost::system::system_error& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return false;
    }
}

} // namespace test
