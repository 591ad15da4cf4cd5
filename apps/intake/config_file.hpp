// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Settings in a file: TOML, one key for each, named as its flag.

#include "setting_list.hpp"

#include <string>
#include <vector>

namespace plait::intake {

/// Assigns what the file at `path` says. Returns what is wrong, a line for each problem, which begins with the file, the line
/// and the key; then some settings may have been assigned.
[[nodiscard]] std::vector<std::string> read_config_file(const std::string& path, const std::vector<setting>& all);

} // namespace plait::intake
