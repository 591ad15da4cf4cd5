// Copyright 2026 the plait authors. Boost Software License 1.0
#include "html_tree.hpp"

#include <new>
#include <stdexcept>

#include <myhtml/api.h>

namespace plait::crawl {

bool html_node::is_element() const noexcept {
    const myhtml_tag_id_t tag = raw_ ? myhtml_node_tag_id(raw_) : 0;
    return tag != MyHTML_TAG__UNDEF && tag != MyHTML_TAG__TEXT && tag != MyHTML_TAG__COMMENT &&
           tag != MyHTML_TAG__DOCTYPE;
}
bool html_node::is_text() const noexcept { return raw_ && myhtml_node_tag_id(raw_) == MyHTML_TAG__TEXT; }
bool html_node::is_html() const noexcept { return myhtml_node_namespace(raw_) == MyHTML_NAMESPACE_HTML; }

std::string_view html_node::name() const noexcept {
    if (!is_element()) return {};
    std::size_t size = 0;
    const char* const name = myhtml_tag_name_by_id(myhtml_node_tree(raw_), myhtml_node_tag_id(raw_), &size);
    return name ? std::string_view(name, size) : std::string_view();
}

std::string_view html_node::text() const noexcept {
    std::size_t size = 0;
    const char* text = myhtml_node_text(raw_, &size);
    return text ? std::string_view(text, size) : std::string_view();
}

std::optional<std::string_view> html_node::attribute(std::string_view name) const noexcept {
    for (auto* at = myhtml_node_attribute_first(raw_); at; at = myhtml_attribute_next(at)) {
        std::size_t size = 0;
        const char* const key = myhtml_attribute_key(at, &size);
        if (!key || std::string_view(key, size) != name) continue;
        const char* const value = myhtml_attribute_value(at, &size);
        return value ? std::string_view(value, size) : std::string_view();
    }
    return std::nullopt;
}

html_node html_node::parent() const noexcept { return html_node(myhtml_node_parent(raw_)); }
html_node html_node::first_child() const noexcept { return html_node(myhtml_node_child(raw_)); }
html_node html_node::next() const noexcept { return html_node(myhtml_node_next(raw_)); }
html_node html_node::previous() const noexcept { return html_node(myhtml_node_prev(raw_)); }

html_node html_node::next_below(html_node top) const noexcept {
    const html_node child = first_child();
    return child ? child : next_beside(top);
}

html_node html_node::next_beside(html_node top) const noexcept {
    for (html_node at = *this; at && at != top; at = at.parent())
        if (const html_node beside = at.next()) return beside;
    return {};
}

std::string html_node::inner_text() const {
    std::string all;
    const auto is_silent = [](html_node n) {
        const auto name = n.name();
        return name == "script" || name == "style" || name == "template";
    };
    for (html_node at = first_child(); at; at = is_silent(at) ? at.next_beside(*this) : at.next_below(*this))
        if (at.is_text()) all += at.text();
    return all;
}

std::string html_node::inner_html() const {
    std::string all;
    const auto append = [](const char* data, std::size_t size, void* to) -> mystatus_t {
        static_cast<std::string*>(to)->append(data, size);
        return MyCORE_STATUS_OK;
    };
    for (html_node at = first_child(); at; at = at.next())
        if (myhtml_serialization_tree_callback(at.raw_, append, &all) != MyCORE_STATUS_OK) throw std::bad_alloc();
    return all;
}

void html_parser::closer::operator()(myhtml* p) const noexcept { myhtml_destroy(p); }
void html_parser::closer::operator()(myhtml_tree* p) const noexcept { myhtml_tree_destroy(p); }

html_parser::html_parser() : parser_(myhtml_create()) {
    // One thread, ours: others would not survive the limits that a parser process runs under.
    if (!parser_ || myhtml_init(parser_.get(), MyHTML_OPTIONS_PARSE_MODE_SINGLE, 1, 0) != MyHTML_STATUS_OK)
        throw std::bad_alloc();
}
html_parser::~html_parser() = default;

html_node html_parser::parse(std::string_view html) {
    tree_.reset();
    // A new one each time: Modest could use it again, but then takes six times as long [measured].
    tree_.reset(myhtml_tree_create());
    if (!tree_ || myhtml_tree_init(tree_.get(), parser_.get()) != MyHTML_STATUS_OK) throw std::bad_alloc();
    const auto status = myhtml_parse(tree_.get(), MyENCODING_UTF_8, html.data(), html.size());
    if (status != MyHTML_STATUS_OK)
        throw std::runtime_error("Modest cannot parse the page: status " + std::to_string(status));
    return html_node(myhtml_tree_get_document(tree_.get()));
}

} // namespace plait::crawl
