// Copyright 2026 the plait authors. Boost Software License 1.0
#include "mapped_file.hpp"

#include <plait/runtime/detail/syscall.hpp>

#include <utility>

#include <sys/mman.h>

namespace plait::ipc::detail {

mapped_file::mapped_file(int fd, std::size_t room) : room_(room) {
    void* at = ::mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
    if (at == MAP_FAILED)
        plait::detail::throw_system_error(errno, "mmap(segment, " + std::to_string(room) + " bytes of address space)");
    data_ = static_cast<std::byte*>(at);
}

mapped_file::mapped_file(mapped_file&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), room_(other.room_) {}

mapped_file::~mapped_file() {
    if (data_) ::munmap(data_, room_);
}

void mapped_file::flush(std::size_t bytes) const {
    plait::detail::checked(
        [&] { return ::msync(data_, bytes, MS_SYNC); },
        [&] { return "msync(segment, " + std::to_string(bytes) + " bytes)"; });
}

} // namespace plait::ipc::detail
