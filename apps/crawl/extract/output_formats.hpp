// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What open_output() chooses from.

#include "outputs.hpp"

#include <cstdint>

namespace plait::crawl {

[[nodiscard]] std::unique_ptr<output>
open_jsonl(const std::string& path, existing_output existing, const std::string& mark);
[[nodiscard]] std::unique_ptr<output> open_csv(
    const std::string& path, std::vector<record_schema> schemas, existing_output existing, const std::string& mark);
[[nodiscard]] std::unique_ptr<output> open_sqlite(
    const std::string& path, std::vector<record_schema> schemas, existing_output existing, const std::string& mark);

/// Nothing if `mark` is empty. Throws: output_error if it is no number.
[[nodiscard]] std::optional<std::uint64_t> number_in_mark(const std::string& path, std::string_view mark);

/// The kind by which outputs know failures: no record has it.
inline constexpr std::string_view failure_kind = "_failure";

} // namespace plait::crawl
