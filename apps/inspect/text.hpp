// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// How things are said to people. What comes from shared memory or from other processes may hold anything: it is printed
// through printable(), so that no byte of it reaches a terminal as a command.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace plait::inspector {

/// Whether it is UTF-8 without control characters.
[[nodiscard]] bool is_printable(std::string_view text) noexcept;
/// The same text with everything that is not printable as \xNN, and each backslash doubled.
[[nodiscard]] std::string printable(std::string_view text);

[[nodiscard]] std::string size_text(std::uint64_t bytes);                      ///< "312 B", "1.5 MiB"
[[nodiscard]] std::string duration_text(std::chrono::seconds d);               ///< "12 s", "3 min", "5 h", "2 d"
[[nodiscard]] std::string counted(std::uint64_t n, std::string_view singular); ///< "1 lease", "2 leases"
[[nodiscard]] std::string utc_text(std::chrono::system_clock::time_point t);   ///< "2026-01-31T12:00:00Z"

[[nodiscard]] std::string hex_text(std::span<const std::byte> bytes); ///< "68656c6c6f"
/// Lines of sixteen bytes, in hexadecimal and as text, each indented.
[[nodiscard]] std::string hex_dump(std::span<const std::byte> bytes, std::string_view indent);

} // namespace plait::inspector
