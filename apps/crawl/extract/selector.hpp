// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   "ul.films > li:not(.ad) a[href]"  ──parse──▶ selector ──of a scope──▶ elements, in the order of the document
//
// Selectors of CSS, parsed and matched here, over Modest's tree: Modest's own selectors hang on some that are malformed
// and die of others.
//
//   *  div  #id  .class  [a]  [a=v]  [a~=v]  [a|=v]  [a^=v]  [a$=v]  [a*=v]  with i or s behind v        A, B
//   A B   A > B   A + B   A ~ B     :not(…)  :is(…)  :where(…), of selectors without combinators
//   :first-child  :last-child  :only-child  :nth-child(2n+1)  :nth-last-child(…)  the same -of-type      :empty  :root  :scope
//
// Names of elements and attributes have no case; ids, classes and values do. All elements of a selector are looked for
// below the scope: "body p" finds nothing below a div. :scope is the scope itself.
//
// Cost: one walk over what is below the scope, whatever the selector and the page: nothing is tried twice.

#include "html_tree.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace plait::crawl {

/// What is wrong with a selector, and where.
struct selector_problem {
    std::size_t offset; ///< in bytes from its beginning
    std::string reason;
};

struct simple_selector;

/// One element: what stands between two combinators.
struct compound_selector {
    std::vector<simple_selector> parts;
};

struct simple_selector {
    enum class kind : unsigned char {
        type,
        id,
        class_name,
        attribute,
        nth_child,
        nth_last_child,
        nth_of_type,
        nth_last_of_type,
        empty,
        root,
        scope,
        any_of,
        none_of,
    };
    enum class comparison : unsigned char { present, equal, word, dash, prefix, suffix, part };

    kind what = kind::type;
    comparison compares = comparison::present;
    bool ignores_case = false;
    std::string name{}, value{};                   ///< name: of the element, id, class or attribute
    int step = 0, first = 0;                       ///< of nth: step * n + first
    std::vector<compound_selector> alternatives{}; ///< of any_of and none_of
};

enum class combinator : unsigned char { none, descendant, child, next, later };

class selector {
public:
    /// Throws: selector_problem; bad_alloc.
    explicit selector(std::string_view text);

    /// "a.next@href": what is behind the last part of the selector. Empty if there is none.
    [[nodiscard]] const std::string& attribute() const noexcept { return attribute_; }
    /// Whether it is "@href" or nothing at all: the scope itself.
    [[nodiscard]] bool is_scope() const noexcept { return steps_.empty(); }

    /// Calls `found(element)` for each, in the order of the document, until it returns false.
    /// Complexity: O(nodes below `scope` × parts of the selector).
    template <class Found>
    void for_each(html_node scope, Found found) const {
        walk(
            scope, [](void* f, html_node n) { return (*static_cast<Found*>(f))(n); }, &found);
    }

    /// How many compound selectors one may have in all.
    static constexpr std::size_t most_steps = 64;

private:
    friend class selector_parser;
    friend class selector_walk;

    /// A compound and what leads to it: the first of each alternative has none.
    struct step {
        compound_selector element;
        combinator before = combinator::none;
        bool is_last = false;
    };
    void walk(html_node scope, bool (*found)(void*, html_node), void* context) const;

    std::vector<step> steps_;
    std::string attribute_;
};

} // namespace plait::crawl
