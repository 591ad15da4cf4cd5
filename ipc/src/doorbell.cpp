// Copyright 2026 the plait authors. Boost Software License 1.0
#include "doorbell.hpp"

#include <plait/runtime/detail/step.hpp>
#include <plait/runtime/error.hpp>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <mutex>

#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace plait::ipc::detail {
namespace {

using plait::detail::checked;
using plait::detail::unique_fd;

unique_fd make_socket() {
    return unique_fd(checked(
        [] { return ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); },
        [] { return std::string("socket(AF_UNIX, SOCK_DGRAM)"); }));
}

std::string directory_path() {
    const char* runtime =
        std::getenv("XDG_RUNTIME_DIR"); // NOLINT(concurrency-mt-unsafe): read once, under a static's lock
    std::string base = runtime && *runtime == '/' ? runtime : "/tmp";
    std::string path = base + "/plait-" + std::to_string(::getuid());
    // The name of a socket has 108 bytes at most.
    return path.size() + 1 + 17 < sizeof(sockaddr_un::sun_path) ? path : "/tmp/plait-" + std::to_string(::getuid());
}

const std::string& directory() {
    static const std::string& path = *new std::string(directory_path()); // never destroyed, as the doorbell
    return path;
}

sockaddr_un address_of(const std::string& file) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::string path = directory() + "/" + file;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return address;
}

sockaddr_un address_of(std::uint64_t name, const char* suffix = "") {
    char file[16 + 2];
    std::snprintf(file, sizeof file, "%016llx%s", static_cast<unsigned long long>(name), suffix);
    return address_of(std::string(file));
}

const sockaddr* generic(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

/// The directory, made if need be; refused unless it is ours alone: somebody else's could listen in, or ring falsely.
void enter_directory() {
    if (::mkdir(directory().c_str(), 0700) == -1 && errno != EEXIST)
        plait::detail::throw_system_error(errno, "mkdir(" + directory() + ", 0700)");
    struct stat status {};
    checked([&] { return ::lstat(directory().c_str(), &status); }, [] { return "lstat(" + directory() + ")"; });
    if (!S_ISDIR(status.st_mode) || status.st_uid != ::getuid() || (status.st_mode & 077) != 0)
        throw segment_error(
            errc::segment_invalid, directory() + " is not a directory that belongs to this user alone (mode 0700)");
}

/// What the name of a socket ends with while bind() is at work: the file is there before somebody listens behind it, and
/// who looked then would take it for a dead one's.
constexpr const char* unborn = "+";

bool is_old(const char* path) noexcept {
    struct stat status {};
    return ::lstat(path, &status) == 0 && status.st_ctime + 60 < std::time(nullptr);
}

/// Removes the sockets of processes that were killed: nobody listens behind them.
void remove_residue() {
    unique_fd probe = make_socket();
    std::error_code ignored;
    for (auto& entry : std::filesystem::directory_iterator(directory(), ignored)) {
        auto file = entry.path().filename().string();
        bool is_unborn = file.size() == 17 && file.ends_with(unborn);
        if ((file.size() != 16 && !is_unborn) || !entry.is_socket(ignored)) continue;
        auto address = address_of(file);
        if (is_unborn && !is_old(address.sun_path)) continue;
        if (::connect(probe.get(), generic(address), sizeof address) == -1 && errno == ECONNREFUSED)
            ::unlink(address.sun_path);
    }
}

std::mutex instance_mutex;
std::atomic<doorbell*> the_instance{nullptr};

} // namespace

doorbell& doorbell::instance() {
    // acquire: pairs with the release below
    auto* existing = the_instance.load(std::memory_order_acquire);
    if (existing && existing->owner_ == ::getpid()) return *existing;
    std::scoped_lock lock(instance_mutex);
    existing = the_instance.load(std::memory_order_acquire);
    if (existing && existing->owner_ == ::getpid()) return *existing;
    // Never destroyed: the monitor may ring until the very end. In a forked child the parent's is left alone.
    auto* made = new doorbell;
    the_instance.store(made, std::memory_order_release);
    std::atexit([] {
        auto* d = the_instance.load(std::memory_order_acquire);
        if (d->owner_ == ::getpid()) ::unlink(address_of(d->name_).sun_path);
    });
    return *made;
}

doorbell::doorbell() : socket_(make_socket()), owner_(::getpid()) {
    enter_directory();
    PLAIT_STEP("doorbell.make.entered");
    remove_residue();
    while (name_ == 0)
        checked([&] { return ::getrandom(&name_, sizeof name_, 0); }, [] { return std::string("getrandom"); });
    auto address = address_of(name_);
    auto at_first = address_of(name_, unborn);
    checked(
        [&] { return ::bind(socket_.get(), generic(at_first), sizeof at_first); },
        [&] { return std::string("bind(") + at_first.sun_path + ")"; });
    PLAIT_STEP("doorbell.make.bound");
    checked(
        [&] { return ::rename(at_first.sun_path, address.sun_path); },
        [&] { return std::string("rename(") + at_first.sun_path + ", " + address.sun_path + ")"; });
    PLAIT_STEP("doorbell.make.named");
}

void doorbell::take_ring() noexcept {
    char byte;
    static_cast<void>(::recv(socket_.get(), &byte, 1, MSG_DONTWAIT));
}

bool doorbell::ring(std::uint64_t name) noexcept {
    // A socket for ringing alone, so that a process which never waits has no name in the directory.
    static const int sender = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    auto address = address_of(name);
    char byte = 0;
    return ::sendto(sender, &byte, 1, MSG_NOSIGNAL, generic(address), sizeof address) == 1;
}

} // namespace plait::ipc::detail
