// Copyright 2026 the plait authors. Boost Software License 1.0
#include "launch_block.hpp"

#include <plait/runtime/error.hpp>

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace plait::ipc::detail {

namespace {

using plait::detail::checked;
using plait::detail::unique_fd;

constexpr std::uint64_t magic = 0x324b4c4254494c50; // "PLITBLK2" in memory
constexpr int all_seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
constexpr std::size_t report_limit = 4096; // bytes

void write_all(int fd, std::span<const std::byte> data) {
    while (!data.empty()) {
        auto written = checked(
            [&] { return ::write(fd, data.data(), data.size()); },
            [&] { return "write(memfd of the launch block, " + std::to_string(data.size()) + " bytes)"; });
        data = data.subspan(static_cast<std::size_t>(written));
    }
}

[[noreturn]] void not_a_block(const std::string& where, const char* why) {
    throw error(errc::message_malformed, where + " holds no launch block: " + why);
}
std::string in_words(int fd) { return "descriptor " + std::to_string(fd); }

std::vector<std::byte> read_all(int fd, std::size_t size) {
    std::vector<std::byte> data(size);
    std::size_t done = 0;
    while (done < size) {
        auto count = checked(
            [&] { return ::pread(fd, data.data() + done, size - done, static_cast<off_t>(done)); },
            [&] { return "pread(" + std::to_string(fd) + ", launch block)"; });
        if (count == 0) not_a_block(in_words(fd), "it is shorter than it says");
        done += static_cast<std::size_t>(count);
    }
    return data;
}

} // namespace

std::vector<std::byte> encode_launch_block(const launch_block& block) {
    argument_writer out;
    out.value(magic);
    out.value(block.callable.image);
    out.value(block.callable.offset);
    out.value(block.name);
    out.value(block.parent_name);
    out.value(block.parent_pid);
    out.value(static_cast<std::uint8_t>(block.daemon));
    out.value(block.descriptors);
    out.value(static_cast<std::uint8_t>(block.task));
    out.value(block.limits);
    out.value(static_cast<std::uint8_t>(block.new_session));
    out.value(block.environment);
    out.size(block.arguments.size());
    std::vector<std::byte> bytes;
    bytes.reserve(out.written().size() + block.arguments.size());
    bytes.assign(out.written().begin(), out.written().end());
    bytes.insert(bytes.end(), block.arguments.begin(), block.arguments.end());
    return bytes;
}

unique_fd write_launch_block(const launch_block& block) {
    unique_fd fd(checked(
        [] { return ::memfd_create("plait-launch", MFD_CLOEXEC | MFD_ALLOW_SEALING); },
        [] { return "memfd_create(plait-launch)"; }));
    write_all(fd.get(), encode_launch_block(block));
    checked([&] { return ::fcntl(fd.get(), F_ADD_SEALS, all_seals); }, [] { return "fcntl(F_ADD_SEALS)"; });
    return fd;
}

launch_block decode_launch_block(std::span<const std::byte> bytes, const std::string& where) {
    argument_reader in(bytes, {});
    if (in.remaining() < sizeof magic || in.value<std::uint64_t>() != magic)
        not_a_block(where, "its first bytes are wrong");
    launch_block block;
    block.callable.image = in.value<std::string>();
    block.callable.offset = in.value<std::uint64_t>();
    block.name = in.value<std::string>();
    block.parent_name = in.value<std::string>();
    block.parent_pid = in.value<pid_t>();
    block.daemon = in.value<std::uint8_t>() != 0;
    block.descriptors = in.value<std::uint32_t>();
    block.task =
        in.value<std::uint8_t>() == static_cast<std::uint8_t>(child_task::serve) ? child_task::serve : child_task::call;
    block.limits = in.value<std::vector<limit_to_set>>();
    block.new_session = in.value<std::uint8_t>() != 0;
    block.environment = in.value<std::optional<std::vector<std::string>>>();
    auto arguments = in.bytes(in.size());
    in.finish();
    block.arguments.assign(arguments.begin(), arguments.end());
    return block;
}

launch_block read_launch_block(int fd) {
    // Sealed, so nobody can change it between this check and its use, and its size is what there is to read.
    if (::fcntl(fd, F_GET_SEALS) != all_seals) not_a_block(in_words(fd), "it is not a sealed memfd");
    struct stat status {};
    checked([&] { return ::fstat(fd, &status); }, [&] { return "fstat(" + std::to_string(fd) + ")"; });
    return decode_launch_block(read_all(fd, static_cast<std::size_t>(status.st_size)), in_words(fd));
}

void send_report(int socket, const launch_report& report) noexcept {
    argument_writer out;
    out.value(report.code);
    out.value(report.text.substr(0, report_limit / 2));
    auto data = out.written();
    // Whoever does not listen any more needs no report.
    static_cast<void>(plait::detail::retry_interrupted(
        [&] { return ::send(socket, data.data(), data.size(), MSG_NOSIGNAL | MSG_DONTWAIT); }));
}

std::optional<launch_report> receive_report(int socket) {
    std::array<std::byte, report_limit> buffer;
    auto count =
        plait::detail::retry_interrupted([&] { return ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT); });
    if (count <= 0) return std::nullopt;
    try {
        argument_reader in({buffer.data(), static_cast<std::size_t>(count)}, {});
        launch_report report;
        report.code = in.value<std::int32_t>();
        report.text = in.value<std::string>();
        in.finish();
        return report;
    } catch (const error&) {
        return std::nullopt;
    }
}

} // namespace plait::ipc::detail
