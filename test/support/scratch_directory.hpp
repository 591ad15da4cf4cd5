// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// A directory of a test's own, gone with the object.

#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>

#include <stdlib.h>

namespace plait::test {

class scratch_directory {
public:
    scratch_directory() {
        std::string pattern = std::filesystem::temp_directory_path() / "plait-test-XXXXXX";
        if (!::mkdtemp(pattern.data())) throw std::runtime_error("mkdtemp(" + pattern + ")");
        path_ = pattern;
    }
    ~scratch_directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    scratch_directory(const scratch_directory&) = delete;
    scratch_directory& operator=(const scratch_directory&) = delete;

    [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

} // namespace plait::test
