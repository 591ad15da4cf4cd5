// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/runtime/detail/dump.hpp>
#include <plait/runtime/detail/symbols.hpp>

#include <map>
#include <utility>

namespace plait::detail {

void dump::add_stack(std::string whose, std::span<const std::uintptr_t> return_addresses) {
    stacks_.push_back({text_.size(), std::move(whose), std::vector(return_addresses.begin(), return_addresses.end())});
}

std::string dump::text() const {
    constexpr const char* indent = "      ";
    stack_words words;
    std::map<std::vector<std::uintptr_t>, const stack*> shown;
    std::string text;
    std::size_t done = 0;
    for (const stack& s : stacks_) {
        text.append(text_, done, s.at - done);
        done = s.at;
        auto [first, is_first] = shown.try_emplace(s.return_addresses, &s);
        if (!is_first) {
            text.append(indent).append("the same stack as ").append(first->second->whose).append("\n");
            continue;
        }
        for (const std::string& line : words.of(s.return_addresses))
            text.append(indent).append(line).append("\n");
    }
    return text.append(text_, done);
}

} // namespace plait::detail
