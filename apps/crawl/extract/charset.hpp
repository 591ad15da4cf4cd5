// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   byte order mark ▸ charset of Content-Type ▸ meta in the first 1,024 bytes ▸ UTF-8 if all of it is ▸ windows-1252
//
// How a page is encoded, as the HTML standard finds it (§13.2.3). It leaves the last steps to the program: a page that says
// nothing, and is not ASCII, is taken for UTF-8 exactly if it is UTF-8 throughout, which text in another encoding hardly
// ever is; looking costs nothing that would not be done anyway. There is no other guessing.

#include "encodings.hpp"

namespace plait::crawl {

enum class charset_source : unsigned char { byte_order_mark, http, meta, content, fallback };

struct charset {
    encoding what = encoding::windows_1252;
    charset_source source = charset_source::fallback;

    friend bool operator==(const charset&, const charset&) = default;
};

/// `label` is the charset of the Content-Type, or empty. A label that is unknown says nothing.
[[nodiscard]] charset charset_of(std::string_view page, std::string_view label);

/// The page in UTF-8, without its byte order mark; otherwise as to_utf8().
[[nodiscard]] std::string_view decoded_page(std::string_view page, charset how, std::string& buffer);

} // namespace plait::crawl
