// Copyright 2026 the plait authors. Boost Software License 1.0
#include "markup.hpp"

namespace plait::crawl::markup {
namespace {

std::string_view rest_of(const char* at, const char* end) { return {at, static_cast<std::size_t>(end - at)}; }

/// Whether `name` stands at `at`, and ends there as the name of a tag does.
bool names(const char* at, const char* end, std::string_view name) {
    const std::string_view rest = rest_of(at, end);
    if (rest.size() <= name.size() || !bytes::begins(rest, name)) return false;
    const char next = rest[name.size()];
    return next == '>' || next == '/' || bytes::is_space(next);
}

bool is_end_tag(const char* at, const char* end, std::string_view name) {
    return end - at > 2 && at[1] == '/' && names(at + 2, end, name);
}

/// The rest of a script from its "<!--" on: either behind the "-->", or at the end tag.
struct escaped_text {
    const char* at;
    bool is_end_tag;
};

escaped_text after_escaped(const char* at, const char* end) {
    bool is_double = false; // within a script within the comment, where the end tag is that one's
    for (const char* const begin = at; at != end; ++at) {
        if (*at == '>') {
            if (at - begin >= 2 && at[-1] == '-' && at[-2] == '-') return {at + 1, false};
        } else if (*at == '<') {
            if (!is_double && is_end_tag(at, end, "script")) return {at, true};
            is_double = is_double ? !is_end_tag(at, end, "script") : names(at + 1, end, "script");
        }
    }
    return {end, false};
}

} // namespace

const char* after_comment(const char* at, const char* end) noexcept {
    // Closed at once, in two ways.
    if (at != end && *at == '>') return at + 1;
    if (end - at >= 2 && at[0] == '-' && at[1] == '>') return at + 2;
    for (const char* const begin = at; (at = bytes::find(at, end, '>')) != end; ++at) {
        const auto size = at - begin;
        if (size >= 2 && at[-1] == '-' && at[-2] == '-') return at + 1;
        if (size >= 3 && at[-1] == '!' && at[-2] == '-' && at[-3] == '-') return at + 1;
    }
    return end;
}

const char* after_cdata(const char* at, const char* end) noexcept {
    for (const char* const begin = at; (at = bytes::find(at, end, '>')) != end; ++at)
        if (at - begin >= 2 && at[-1] == ']' && at[-2] == ']') return at + 1;
    return end;
}

const char* end_of_raw_text(const char* at, const char* end, std::string_view name) noexcept {
    for (; (at = bytes::find(at, end, '<')) != end; ++at)
        if (is_end_tag(at, end, name)) return at;
    return end;
}

const char* end_of_script(const char* at, const char* end) noexcept {
    while ((at = bytes::find(at, end, '<')) != end) {
        if (is_end_tag(at, end, "script")) return at;
        if (!rest_of(at, end).starts_with("<!--")) {
            ++at;
            continue;
        }
        const escaped_text escaped = after_escaped(at + 2, end); // its own dashes may be those of the "-->"
        if (escaped.is_end_tag) return escaped.at;
        at = escaped.at;
    }
    return end;
}

} // namespace plait::crawl::markup
