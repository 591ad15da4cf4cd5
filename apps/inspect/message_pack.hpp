// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// A message as the MessagePack that it may be. Nothing in a message says that it is MessagePack: one counts as such if all
// of its bytes are one value of it and they are not simply text.

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace plait::inspector {

/// The value, written like JSON; byte strings as h'6869', times in UTC. Nothing if the bytes are something else, or hold
/// an extension type that is no time.
[[nodiscard]] std::optional<std::string> message_pack_text(std::span<const std::byte> message);

} // namespace plait::inspector
