// Copyright 2026 the plait authors. Boost Software License 1.0
#include "request_fields.hpp"

#include <plait/http/field_text.hpp>

#include <algorithm>
#include <string_view>

namespace plait::intake {
namespace {

std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

/// Calls `look` with each member of a list, without its parameters; what it says last counts.
template <class Look>
void each_member(std::string_view list, Look look) {
    while (!list.empty()) {
        const std::string_view member = list.substr(0, list.find(','));
        look(trimmed(member.substr(0, member.find(';'))));
        list.remove_prefix(std::min(member.size() + 1, list.size()));
    }
}

} // namespace

bool prefers_async(const http::request_head& head) noexcept {
    const http::field* f = head.find("prefer");
    bool found = false;
    if (f) each_member(f->value, [&](std::string_view member) { found |= http::equal_names(member, "respond-async"); });
    return found;
}

unsigned urgency_of(const http::request_head& head) noexcept {
    unsigned urgency = 3;
    if (const http::field* f = head.find("priority"))
        each_member(f->value, [&](std::string_view member) {
            if (member.size() == 3 && member.starts_with("u=") && member[2] >= '0' && member[2] <= '7')
                urgency = static_cast<unsigned>(member[2] - '0');
        });
    return urgency;
}

} // namespace plait::intake
