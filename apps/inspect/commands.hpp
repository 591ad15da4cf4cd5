// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The commands. Each prints to `out` and returns the exit code: 0, or 1 if something was refused. Whatever keeps one
// from its work is thrown as boost::system::system_error.

#include "command_line.hpp"

#include <ostream>

namespace plait::inspector {

int list(const request& what, std::ostream& out);
int show_participants(const request& what, std::ostream& out);
int show_queue(const request& what, std::ostream& out);
int drain(const request& what, std::ostream& out);
int replay(const request& what, std::ostream& out);
int drop(const request& what, std::ostream& out);
int evict(const request& what, std::ostream& out);
int remove(const request& what, std::ostream& out);

} // namespace plait::inspector
