// Copyright 2026 the plait authors. Boost Software License 1.0
//
// What a child is told by its parent, and a parent by its child: the first byte chooses.
#include "fuzz/fuzzer.hpp"
#include "launch_block.hpp"

#include <plait/runtime/error.hpp>

#include <array>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace plait;
using plait::detail::checked;
using plait::detail::unique_fd;

namespace {

void read_as_block(std::span<const std::uint8_t> bytes) {
    unique_fd fd(
        checked([] { return ::memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING); }, [] { return "memfd_create"; }));
    checked([&] { return ::write(fd.get(), bytes.data(), bytes.size()); }, [] { return "write(memfd)"; });
    checked(
        [&] { return ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE); },
        [] { return "fcntl(F_ADD_SEALS)"; });
    try {
        static_cast<void>(ipc::detail::read_launch_block(fd.get()));
    } catch (const error& e) {
        test::must(e.code() == errc::message_malformed, e.what());
    }
}

void read_as_report(std::span<const std::uint8_t> bytes) {
    std::array<int, 2> ends;
    checked(
        [&] { return ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()); },
        [] { return "socketpair"; });
    unique_fd child(ends[0]), parent(ends[1]);
    checked([&] { return ::send(child.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL); }, [] { return "send"; });
    static_cast<void>(ipc::detail::receive_report(parent.get()));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    std::span rest(data + 1, size - 1);
    if (data[0] % 2 == 0)
        read_as_block(rest);
    else
        read_as_report(rest.first(std::min<std::size_t>(rest.size(), 8192)));
    return 0;
}
