// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What of what is fetched is read as a page.
//
//   text/html, application/xhtml+xml                 yes, as HTML: XHTML too, as nearly all of it is read by somebody
//   no Content-Type, one that is none, */*,
//   unknown/unknown, application/unknown             if it begins as HTML does (WHATWG MIME Sniffing §7.1)
//   everything else                                  no: neither XML and plain text, nor pictures; whatever it looks like

#include <string>
#include <string_view>

namespace plait::crawl {

struct content_type {
    std::string essence; ///< "text/html", in lower case; empty if the field names no type
    std::string charset; ///< as the field has it; empty if it has none
};

/// A field Content-Type, as browsers read it (WHATWG MIME Sniffing §4.4).
[[nodiscard]] content_type read_content_type(std::string_view field);

/// `start` is the first 512 bytes of the content, or fewer if that is all.
[[nodiscard]] bool is_page(const content_type& type, std::string_view start);

} // namespace plait::crawl
