// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The reports as JSON. Names and commands go through printable(), so that the result is UTF-8 whatever they hold; bytes
// of messages are hexadecimal, and text besides where they are text.

#include <plait/ipc/inspect.hpp>

#include <boost/json/fwd.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace plait::inspector {

namespace inspect = plait::ipc::inspect;

[[nodiscard]] boost::json::object to_json(const inspect::found_segment& segment, const inspect::segment_report& report);
[[nodiscard]] boost::json::array to_json(const std::vector<inspect::object_report>& objects);
[[nodiscard]] boost::json::object to_json(const inspect::participant_report& participant);
[[nodiscard]] boost::json::object to_json(const inspect::holding& holding);
[[nodiscard]] boost::json::object to_json(const inspect::queue_report& report, std::size_t shown);
/// With the first `shown` of its bytes.
[[nodiscard]] boost::json::object to_json(const inspect::message_preview& message, std::size_t shown);
[[nodiscard]] boost::json::array to_json(const std::vector<std::string>& texts);
/// Adds the bytes of a message to what is said of it.
void add_contents(boost::json::object& to, std::span<const std::byte> data);

[[nodiscard]] const char* name_of(inspect::life state) noexcept;

} // namespace plait::inspector
