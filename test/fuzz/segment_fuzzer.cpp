// Copyright 2026 the plait authors. Boost Software License 1.0
//
//   a good segment:  [ header | participants | directory: "q" | queue ]
//   the input:     xor [ header      ] xor      [ entry "q" ]
//
// Attaching to memory that somebody else has written, and opening the queue in it: a segment of no bytes of input is good.
// What is not refused must stand being used.
#include "fuzz/fuzzer.hpp"
#include "layout.hpp"
#include "validation.hpp"

#include <plait/ipc/queue.hpp>
#include <plait/ipc/segment.hpp>
#include <plait/runtime/detail/syscall.hpp>
#include <plait/runtime/error.hpp>

#include <algorithm>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace plait;
using plait::detail::checked;
using plait::detail::unique_fd;
namespace layout = ipc::detail;

namespace {

constexpr unsigned participants = 4;

std::vector<std::byte> make_good_segment() {
    auto s = ipc::segment::create({.bytes = 1 << 17, .max_participants = participants});
    ipc::queue<int>::create(s, "q", {.capacity = 4, .bytes = 1024}).put(1);
    std::vector<std::byte> bytes(s.size());
    checked([&] { return ::pread(s.memory_fd(), bytes.data(), bytes.size(), 0); }, [] { return "pread(segment)"; });
    return bytes;
}

unique_fd memory_file(const char* name) {
    return unique_fd(
        checked([&] { return ::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING); }, [] { return "memfd_create"; }));
}

std::span<const std::byte> change(std::span<std::byte> what, std::span<const std::byte> by) {
    std::size_t count = std::min(what.size(), by.size());
    for (std::size_t i = 0; i < count; ++i)
        what[i] ^= by[i];
    return by.subspan(count);
}

void use(ipc::segment& s) {
    static_cast<void>(s.participants());
    static_cast<void>(s.free_bytes());
    try {
        static_cast<void>(ipc::byte_queue::open(s, "q").size());
    } catch (const error& e) {
        test::must(e.code() == errc::object_not_found || e.code() == errc::segment_invalid, e.what());
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::vector<std::byte> good = make_good_segment();
    auto bytes = good;
    unique_fd liveness = memory_file("liveness");
    struct stat status {};
    checked([&] { return ::fstat(liveness.get(), &status); }, [] { return "fstat"; });
    layout::segment_header header;
    std::memcpy(&header, bytes.data(), sizeof header);
    header.liveness_inode = status.st_ino;
    std::memcpy(bytes.data(), &header, sizeof header);

    auto rest = change(std::span(bytes).first(sizeof header), std::as_bytes(std::span(data, size)));
    // The checksum keeps almost everything out; what lies behind it is to be reached.
    std::memcpy(&header, bytes.data(), sizeof header);
    header.plan.checksum = layout::checksum_of(header.plan);
    std::memcpy(bytes.data(), &header, sizeof header);
    change(std::span(bytes).subspan(layout::directory_offset(participants), sizeof(layout::directory_entry)), rest);

    unique_fd memory = memory_file("segment");
    checked([&] { return ::write(memory.get(), bytes.data(), bytes.size()); }, [] { return "write(segment)"; });
    checked([&] { return ::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK); }, [] { return "fcntl(F_ADD_SEALS)"; });
    try {
        auto s = ipc::segment::attach(memory.release(), liveness.release());
        use(s);
    } catch (const segment_error& e) {
        test::must(e.code() == errc::segment_invalid || e.code() == errc::too_many_participants, e.what());
        test::must(size != 0, "a good segment was refused");
    } catch (const boost::system::system_error& e) {
        // As much address space as it wants to grow into there is not.
        test::must(e.code() == boost::system::errc::not_enough_memory, e.what());
    }
    return 0;
}
