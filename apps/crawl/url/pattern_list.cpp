// Copyright 2026 the plait authors. Boost Software License 1.0
#include "bad_pattern.hpp"
#include "pattern_list.hpp"

#include <algorithm>

#include <re2/re2.h>

namespace plait::crawl {

pattern_list::pattern_list(std::string_view option, std::span<const std::string> patterns) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_never_capture(true);
    for (const std::string& pattern : patterns) {
        auto compiled = std::make_unique<re2::RE2>(pattern, options);
        if (!compiled->ok()) throw bad_pattern(option, pattern, compiled->error(), compiled->error_arg());
        patterns_.push_back(std::move(compiled));
    }
}

pattern_list::pattern_list(pattern_list&&) noexcept = default;
pattern_list& pattern_list::operator=(pattern_list&&) noexcept = default;
pattern_list::~pattern_list() = default;

bool pattern_list::any_matches(std::string_view text) const {
    return std::ranges::any_of(patterns_, [&](const auto& pattern) {
        return re2::RE2::PartialMatch({text.data(), text.size()}, *pattern);
    });
}

} // namespace plait::crawl
