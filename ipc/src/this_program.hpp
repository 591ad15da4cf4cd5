// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What it takes to start this program anew.

#include <string>
#include <vector>

namespace plait::ipc::detail {

// The kernel resolves this link to the file that runs, not to its name: it is this very program even if another one has
// taken its place on disk, or none.
inline constexpr const char* this_program = "/proc/self/exe";

/// The arguments of this process. A program may read them before it reaches run(), so its children get the same ones.
[[nodiscard]] std::vector<std::string> own_arguments();

} // namespace plait::ipc::detail
