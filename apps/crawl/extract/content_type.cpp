// Copyright 2026 the plait authors. Boost Software License 1.0
#include "bytes.hpp"
#include "content_type.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace plait::crawl {
namespace {

bool is_token(std::string_view s) {
    static constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return !s.empty() &&
           std::ranges::all_of(s, [](char c) { return bytes::is_alphanumeric(c) || others.find(c) != others.npos; });
}

/// The value of a parameter that `rest` begins with, of which it takes all up to the next semicolon.
std::string take_value(std::string_view& rest) {
    std::string value;
    if (rest.starts_with('"')) {
        std::size_t at = 1;
        for (; at < rest.size() && rest[at] != '"'; ++at) {
            if (rest[at] == '\\' && at + 1 < rest.size()) ++at;
            value += rest[at];
        }
        rest.remove_prefix(std::min(rest.find(';', at), rest.size()));
    } else {
        const auto end = std::min(rest.find(';'), rest.size());
        value = bytes::trimmed(rest.substr(0, end));
        rest.remove_prefix(end);
    }
    return value;
}

} // namespace

content_type read_content_type(std::string_view field) {
    content_type type;
    std::string_view essence = bytes::trimmed(field.substr(0, field.find(';')));
    const auto slash = essence.find('/');
    if (slash == essence.npos || !is_token(essence.substr(0, slash)) || !is_token(essence.substr(slash + 1)))
        return type;
    std::ranges::transform(essence, std::back_inserter(type.essence), bytes::lower);
    field.remove_prefix(std::min(field.find(';'), field.size()));
    while (field.starts_with(';')) {
        field.remove_prefix(1);
        const auto end = std::min(field.find_first_of(";="), field.size());
        const std::string_view name = bytes::trimmed(field.substr(0, end));
        field.remove_prefix(end);
        if (!field.starts_with('=')) continue;
        field.remove_prefix(1);
        std::string value = take_value(field);
        if (type.charset.empty() && bytes::equals(name, "charset")) type.charset = std::move(value);
    }
    return type;
}

bool is_page(const content_type& type, std::string_view start) {
    constexpr std::array<std::string_view, 2> pages = {"text/html", "application/xhtml+xml"};
    constexpr std::array<std::string_view, 4> unknown = {"", "*/*", "unknown/unknown", "application/unknown"};
    constexpr std::array<std::string_view, 17> beginnings = {
        "<!doctype html", "<html",  "<head", "<script", "<iframe", "<h1", "<div", "<font", "<table", "<a",
        "<style",         "<title", "<b",    "<body",   "<br",     "<p",  "<!--"};
    if (std::ranges::find(pages, type.essence) != pages.end()) return true;
    if (std::ranges::find(unknown, type.essence) == unknown.end()) return false;
    if (start.starts_with("\xef\xbb\xbf")) start.remove_prefix(3);
    while (!start.empty() && bytes::is_space(start[0]))
        start.remove_prefix(1);
    return std::ranges::any_of(beginnings, [&](std::string_view tag) {
        return bytes::begins(start, tag) && start.size() > tag.size() &&
               (start[tag.size()] == ' ' || start[tag.size()] == '>');
    });
}

} // namespace plait::crawl
