// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   address space   [ file, `size` bytes │ room for it to grow, not there yet │ ]  `room` bytes
//
// A shared mapping of a file that may grow. The whole room is mapped at once, so that growing moves nothing and no
// process has to be told; what lies behind the end of the file must not be touched until the file is that long.

#include <cstddef>

namespace plait::ipc::detail {

class mapped_file {
public:
    mapped_file() noexcept = default;
    /// Throws system_error (no address space).
    mapped_file(int fd, std::size_t room);
    ~mapped_file();
    mapped_file(mapped_file&& other) noexcept;
    mapped_file& operator=(mapped_file&&) = delete;

    [[nodiscard]] std::byte* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t room() const noexcept { return room_; }

    /// Waits until the first `bytes` bytes are on the disk. Throws system_error.
    void flush(std::size_t bytes) const;

private:
    std::byte* data_ = nullptr;
    std::size_t room_ = 0;
};

} // namespace plait::ipc::detail
