// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Regular expressions of RE2 (https://github.com/google/re2/wiki/Syntax), which take time in proportion to the text,
// whoever wrote them. They are looked for anywhere in the text: '^' and '$' tie them to its ends.

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace plait::crawl {

/// Thread safety: any number of threads may match.
class pattern_list {
public:
    /// Throws bad_pattern: `option` is what the user knows the list by, "--exclude".
    pattern_list(std::string_view option, std::span<const std::string> patterns);
    pattern_list(pattern_list&&) noexcept;
    pattern_list& operator=(pattern_list&&) noexcept;
    ~pattern_list();

    [[nodiscard]] bool empty() const noexcept { return patterns_.empty(); }
    [[nodiscard]] bool any_matches(std::string_view text) const;

private:
    std::vector<std::unique_ptr<re2::RE2>> patterns_;
};

} // namespace plait::crawl
