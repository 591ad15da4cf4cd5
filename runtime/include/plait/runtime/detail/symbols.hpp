// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What stands at an address of the program, from its symbols and its debug information, if it has any.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace plait::detail {

/// A function at an address, as the program file tells: valid while it is being visited.
struct function_at {
    const char* mangled;
    const char* file; ///< nullptr without debug information
    int line;

    /// "buy(int) (shop.cpp:31)", or, of one that was inlined, "buy (shop.cpp:31)". Allocates.
    [[nodiscard]] std::string describe() const;
    /// Whether it belongs to a namespace, "5plait6detail" as the Itanium C++ ABI mangles names.
    [[nodiscard]] bool is_within(const char* mangled_namespace) const noexcept;
    /// Whether a closure is in its name. Without debug information the user's code may have been inlined there.
    [[nodiscard]] bool names_a_closure() const noexcept;
    /// Whether it is defined inside a function of that namespace.
    [[nodiscard]] bool is_inside_function_of(const char* mangled_namespace) const noexcept;
};

/// Calls `visit(self, f)` for each function at `address`, those that were inlined there first, until it returns true.
void visit_functions(std::uintptr_t address, void* self, bool (*visit)(void* self, const function_at& f));

template <class Visit>
void visit_functions(std::uintptr_t address, Visit visit) {
    visit_functions(
        address, &visit, [](void* self, const function_at& f) -> bool { return (*static_cast<Visit*>(self))(f); });
}

/// Puts stacks into words, one line for each function, and remembers those it has met.
class stack_words {
public:
    /// `return_addresses` are innermost first. Left out is what says nothing to a user: plait's machinery behind the
    /// function that waits, and what lies before the first function of the user's.
    [[nodiscard]] std::vector<std::string> of(std::span<const std::uintptr_t> return_addresses);

private:
    struct line {
        std::string text;
        bool is_machinery; // nothing that a user has called or written
        bool is_plumbing;  // that, or what is between machinery and the user's code
    };
    const std::vector<line>& at(std::uintptr_t address);

    std::unordered_map<std::uintptr_t, std::vector<line>> known_;
};

} // namespace plait::detail
