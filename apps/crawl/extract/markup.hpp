// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The tokenizer of the HTML standard (§13.2.5), as far as it matters to who looks for tags: where a name, an attribute, a
// comment and a raw text end. All functions take a place and the end of the input, and return the place behind what they
// name; `end` if the input ends within it. They go forward only.

#include "bytes.hpp"

#include <cstdint>
#include <utility>

namespace plait::crawl {

/// The name of an element or attribute, in lower case, as two words that compare fast. Exact for names of up to 16 bytes;
/// of longer ones, which HTML has none of, the middle does not count.
struct name_key {
    std::uint64_t head = 0, tail = 0;
    friend constexpr bool operator==(const name_key&, const name_key&) = default;
};

[[nodiscard]] constexpr name_key key_of(std::string_view name) noexcept {
    name_key key;
    for (std::size_t i = 0; i < name.size(); ++i) {
        auto& word = i < 8 ? key.head : key.tail;
        word = word << 8 | static_cast<unsigned char>(bytes::lower(name[i]));
    }
    return key;
}

namespace markup {

/// Behind the name of a tag that begins at `at`.
[[nodiscard]] inline const char* after_name(const char* at, const char* end) noexcept {
    while (at != end && *at != '>' && *at != '/' && !bytes::is_space(*at))
        ++at;
    return at;
}

struct tag_end {
    const char* at;
    bool is_whole; ///< or the input ends within the tag, which then is none
    bool is_self_closing;
};

/// From behind the name of a tag to behind its '>'. Calls `see(name, value)` for each attribute, in order, the value as it
/// stands in the markup.
template <class See>
[[nodiscard]] inline tag_end after_attributes(const char* at, const char* end, See see) {
    const auto view = [](const char* from, const char* to) {
        return std::string_view(from, static_cast<std::size_t>(to - from));
    };
    const auto skip_space = [&] {
        while (at != end && bytes::is_space(*at))
            ++at;
    };
    while (true) {
        bool is_self_closing = false;
        for (; at != end && (*at == '/' || bytes::is_space(*at)); ++at)
            is_self_closing = *at == '/';
        if (at == end) return {end, false, false};
        if (*at == '>') return {at + 1, true, is_self_closing};
        const char* const name = at++; // a '=' in front belongs to the name
        while (at != end && *at != '=' && *at != '>' && *at != '/' && !bytes::is_space(*at))
            ++at;
        const char* const name_end = at;
        skip_space();
        std::string_view value;
        if (at != end && *at == '=') {
            ++at;
            skip_space();
            if (at == end) return {end, false, false};
            const char* const begin = at;
            if (*at == '"' || *at == '\'') {
                at = bytes::find(begin + 1, end, *begin);
                if (at == end) return {end, false, false};
                value = view(begin + 1, at++);
            } else {
                while (at != end && *at != '>' && !bytes::is_space(*at))
                    ++at;
                value = view(begin, at);
            }
        }
        see(view(name, name_end), value);
    }
}

[[nodiscard]] inline tag_end after_attributes(const char* at, const char* end) noexcept {
    return after_attributes(at, end, [](std::string_view, std::string_view) {});
}

/// Behind the next '>': the end of a bogus comment, and of a DOCTYPE, whatever it holds.
[[nodiscard]] inline const char* after_bracket(const char* at, const char* end) noexcept {
    at = bytes::find(at, end, '>');
    return at == end ? end : at + 1;
}

/// Behind a comment; `at` is behind its "<!--".
[[nodiscard]] const char* after_comment(const char* at, const char* end) noexcept;

/// Behind a CDATA section; `at` is behind its "<![CDATA[".
[[nodiscard]] const char* after_cdata(const char* at, const char* end) noexcept;

/// At the "</name" that ends a raw text (style, xmp, iframe, noembed, noframes) or one with references (title, textarea).
/// `name` is in lower case.
[[nodiscard]] const char* end_of_raw_text(const char* at, const char* end, std::string_view name) noexcept;

/// At the "</script" that ends a script: one within "<!-- <script>" does not.
[[nodiscard]] const char* end_of_script(const char* at, const char* end) noexcept;

} // namespace markup
} // namespace plait::crawl
