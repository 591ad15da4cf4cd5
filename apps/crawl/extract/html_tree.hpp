// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The tree of a page, as HTML's own algorithm builds it: Modest's, behind a face of ours. What is known of that parser:
// nesting makes it slow, and what it reads may kill it. So it is used in processes that may die, and only there.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct myhtml;
struct myhtml_tree;
struct myhtml_tree_node;

namespace plait::crawl {

/// A node of a tree, or none. As good as a pointer into the tree.
class html_node {
public:
    html_node() = default;
    explicit html_node(myhtml_tree_node* raw) noexcept : raw_(raw) {}
    explicit operator bool() const noexcept { return raw_ != nullptr; }
    friend bool operator==(html_node, html_node) = default;

    [[nodiscard]] bool is_element() const noexcept;
    [[nodiscard]] bool is_text() const noexcept;
    [[nodiscard]] bool is_html() const noexcept; ///< not SVG, not MathML
    /// Of an element, in lower case if it is HTML's; empty for what has none.
    [[nodiscard]] std::string_view name() const noexcept;
    /// Of a text.
    [[nodiscard]] std::string_view text() const noexcept;
    /// Nothing if there is none by this name, which is in lower case.
    [[nodiscard]] std::optional<std::string_view> attribute(std::string_view name) const noexcept;

    [[nodiscard]] html_node parent() const noexcept;
    [[nodiscard]] html_node first_child() const noexcept;
    [[nodiscard]] html_node next() const noexcept;
    [[nodiscard]] html_node previous() const noexcept;
    /// The next of those below `top` in the order of the document: no recursion, however deep they are.
    [[nodiscard]] html_node next_below(html_node top) const noexcept;
    /// The same, without what is below this node.
    [[nodiscard]] html_node next_beside(html_node top) const noexcept;

    /// All text below, joined, without that of script, style and template.
    [[nodiscard]] std::string inner_text() const;
    /// The markup of what is below.
    [[nodiscard]] std::string inner_html() const;

private:
    myhtml_tree_node* raw_ = nullptr;
};

/// Builds trees, one at a time.
///
/// Thread safety: one thread at a time.
class html_parser {
public:
    /// Throws: bad_alloc.
    html_parser();
    ~html_parser();
    html_parser(html_parser&&) noexcept = default;
    html_parser& operator=(html_parser&&) noexcept = default;

    /// The document's node for `html`, which is UTF-8. It is valid until the next call.
    ///
    /// Throws: bad_alloc; runtime_error if Modest refuses, which it tells by a number.
    [[nodiscard]] html_node parse(std::string_view html);

private:
    struct closer {
        void operator()(myhtml* p) const noexcept;
        void operator()(myhtml_tree* p) const noexcept;
    };
    std::unique_ptr<myhtml, closer> parser_;
    std::unique_ptr<myhtml_tree, closer> tree_;
};

} // namespace plait::crawl
