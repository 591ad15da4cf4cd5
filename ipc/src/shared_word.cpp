// Copyright 2026 the plait authors. Boost Software License 1.0
#include "shared_word.hpp"

#include <cerrno>

#include <sys/mman.h>
#include <unistd.h>

namespace plait::ipc::detail {

using plait::detail::checked;
using plait::detail::unique_fd;

namespace {
constexpr std::size_t bytes = 4096;
}

shared_word::shared_word(int memory) {
    void* at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, memory, 0);
    if (at == MAP_FAILED) plait::detail::throw_system_error(errno, "mmap(word of the fork server)");
    value_ = static_cast<std::atomic<pid_t>*>(at); // zeroes are an atomic 0
}

shared_word::~shared_word() {
    if (value_ != nullptr) ::munmap(value_, bytes);
}

unique_fd shared_word::make() {
    unique_fd memory(checked(
        [] { return ::memfd_create("plait-fork-server", MFD_CLOEXEC); },
        [] { return "memfd_create(plait-fork-server)"; }));
    checked([&] { return ::ftruncate(memory.get(), bytes); }, [] { return "ftruncate(memfd of the fork server)"; });
    return memory;
}

void shared_word::keep_from_children() const noexcept { ::madvise(value_, bytes, MADV_DONTFORK); }

} // namespace plait::ipc::detail
