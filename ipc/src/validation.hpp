// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What a file must say to be taken for a segment. All of it was written by somebody else: the header is copied out of
// the file first, so that nobody can change it between check and use, and each part is checked before anything of it
// becomes a pointer or a length. What is wrong is named.

#include "layout.hpp"

#include <optional>
#include <string>

namespace plait::ipc::detail {

/// Throws segment_error(segment_invalid) with the text "segment: why".
[[noreturn]] void refuse(const std::string& why);

/// Why the places of a segment's parts cannot be told from its plan; nothing if they can.
[[nodiscard]] std::optional<std::string> why_unreadable(const segment_plan& plan);

/// Copies the header out of a file, and checks all that does not depend on who else is in: mark, version, layout, and
/// the sizes against the file behind it. Throws segment_error(segment_invalid); system_error.
[[nodiscard]] segment_header read_header(int memory_fd);

[[nodiscard]] std::uint64_t checksum_of(const segment_plan& plan) noexcept;

/// The boot that this is: what a lock or a process id of another boot says means nothing now.
/// Throws system_error if the kernel does not tell.
[[nodiscard]] boot_id current_boot();

} // namespace plait::ipc::detail
