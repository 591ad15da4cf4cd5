// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What is wrong with something, one line each.

#include "text.hpp"

#include <ostream>
#include <string>
#include <vector>

namespace plait::inspector {

inline void
print_problems(const std::string& of, bool readable, const std::vector<std::string>& problems, std::ostream& out) {
    for (auto& problem : problems)
        out << of << (readable ? ": damaged: " : ": refused: ") << printable(problem) << '\n';
}

inline void print_changing(const std::string& of, bool changing, std::ostream& out) {
    if (changing) out << of << ": changing: others work on it, and its parts are of different moments\n";
}

} // namespace plait::inspector
