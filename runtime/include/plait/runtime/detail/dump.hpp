// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What dump_all() gathers. While it looks at things it holds locks that others may want, so stacks are taken as mere
// addresses, and put into words when it has looked at everything.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plait::detail {

class dump {
public:
    void add(std::string_view text) { text_.append(text); }
    /// The stack of `whose`, "coroutine 17": return addresses, innermost first.
    void add_stack(std::string whose, std::span<const std::uintptr_t> return_addresses);

    /// Everything, in the order in which it was added. Of stacks that are alike the first is shown, and the others name it.
    [[nodiscard]] std::string text() const;

private:
    struct stack {
        std::size_t at; // in the text
        std::string whose;
        std::vector<std::uintptr_t> return_addresses;
    };

    std::string text_;
    std::vector<stack> stacks_;
};

} // namespace plait::detail
