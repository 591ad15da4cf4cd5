// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// A file that is only written to at its end, and whose size is what a mark says.

#include "outputs.hpp"

#include <plait/runtime/detail/syscall.hpp>

#include <cstdint>

namespace plait::crawl {

class output_file {
public:
    /// With `size`, whatever is behind that many bytes goes; it is an error if there are fewer.
    output_file(std::string path, existing_output existing, std::optional<std::uint64_t> size);

    [[nodiscard]] bool is_new() const noexcept { return size_ == 0; }
    void write(std::string_view text);
    /// Returns the size, all of which is on disk then.
    std::uint64_t commit();

private:
    [[noreturn]] void fail(int code) const;
    void flush();

    std::string path_;
    plait::detail::unique_fd descriptor_;
    std::uint64_t size_ = 0; // with what the buffer has
    std::string buffer_;
    bool is_regular_ = false;
};

} // namespace plait::crawl
