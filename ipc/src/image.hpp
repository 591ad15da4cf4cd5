// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Where code lies, in terms that hold in every process that runs the same build: the identity of an image (the program
// or a shared library) and an offset in it. The identity is the GNU build id, which the linker derives from the
// contents; an image linked without one is identified by a hash of its read-only segments, at the price of reading
// them.

#include <cstdint>
#include <optional>
#include <string>

namespace plait::ipc::detail {

struct code_location {
    std::string image; ///< bytes, not text
    std::uint64_t offset = 0;
};

/// Where `address` lies; nothing if in no image.
[[nodiscard]] std::optional<code_location> locate_code(const void* address);

/// The address of `where` in this process; nothing if no such image is loaded or the offset is outside of its code.
[[nodiscard]] std::optional<std::uintptr_t> resolve_code(const code_location& where);

/// For messages: the identity in hexadecimal.
[[nodiscard]] std::string to_hex(const std::string& bytes);

} // namespace plait::ipc::detail
