// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Columns as wide as their widest cell.

#include <ostream>
#include <string>
#include <vector>

namespace plait::inspector {

class table {
public:
    explicit table(std::vector<std::string> heading) { rows_.push_back(std::move(heading)); }
    /// As many cells as the heading has.
    void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    void print(std::ostream& out) const;

private:
    std::vector<std::vector<std::string>> rows_;
};

} // namespace plait::inspector
