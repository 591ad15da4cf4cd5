// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   https :// user     : pass     @ example.com : 8443 /a/b.html ?q=1  #top
//   scheme    username   password   host          port path      query fragment
//                                   └── authority ───┘ └─── target ──┘
//   └─────────────────────── canonical ──────────────────────────────┘
//
// A URL of the schemes http and https, read as the URL standard says (https://url.spec.whatwg.org, as of August 2026), which
// is how browsers read it. It is one string, the standard's serialisation, and where its pieces begin: reading it again
// gives the same. All text in it is ASCII.
//
// Where we leave the standard:
// - Other schemes are told apart and refused (url_fault); so are URLs longer than url::longest.
// - References are UTF-8. The standard encodes the query of a link in the encoding of the document that holds it; whoever
//   reads such a document converts it to UTF-8 first, and its queries are UTF-8 too. Bytes that are no UTF-8 are
//   percent-encoded as they are, and make a host invalid.
// - An international domain name is refused by libidn2 where UTS #46 as the standard applies it would take it: see
//   domain_to_ascii.hpp. None is read as another name than the standard's.
//
// Two texts are the same page for a crawl if their canonical texts are equal. That makes equal what the standard makes
// equal: capital letters in scheme and host, default ports, dot segments, backslashes, characters that are percent-encoded
// or become so, forms of an IP address, an empty path and "/". What else often means the same page is not merged, because
// the server alone knows whether it does, and a page taken for another is a page lost, while one fetched twice is not:
// - parameters of a query in another order, without a value, or an empty query ("/a" and "/a?")
// - "/a" and "/a/", "/" and "/index.html", "//" and "/"
// - "%7Eada" and "~ada", "%2f" and "%2F": the standard decodes nothing in a path, and to a server they may differ
// - http and https, "www.example.com" and "example.com", "example.com." and "example.com", and who is named before an '@'
// What only tracks a visitor (utm_source, a session's id) is for patterns to exclude: see scope.hpp.

#include "url_fault.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace plait::crawl {

enum class host_kind : unsigned char { domain, ipv4, ipv6 };

/// Thread safety: as std::string. A moved-from URL may only be assigned to.
class url {
public:
    /// Bytes, of a reference and of what it becomes.
    static constexpr std::size_t longest = 65'535;

    url() = default; ///< empty: no URL, without any piece

    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }

    /// The whole.
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    /// Without the fragment: what is fetched, and what "seen before" means.
    [[nodiscard]] std::string_view canonical() const noexcept { return piece(0, fragment_); }

    [[nodiscard]] bool is_https() const noexcept { return authority_ == 8; }
    [[nodiscard]] std::string_view scheme() const noexcept { return piece(0, empty() ? 0 : authority_ - 3U); }
    [[nodiscard]] std::string_view username() const noexcept;
    [[nodiscard]] std::string_view password() const noexcept;
    /// A domain in lower case and in its form for the DNS; an IPv4 address in its usual form; an IPv6 address in brackets.
    [[nodiscard]] std::string_view host() const noexcept { return piece(host_, host_end_); }
    [[nodiscard]] crawl::host_kind host_kind() const noexcept { return host_kind_; }
    /// The scheme's own if none is named.
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    /// host, and the port if it is not the scheme's own: for the field Host.
    [[nodiscard]] std::string_view authority() const noexcept { return piece(host_, path_); }
    /// It begins with '/'.
    [[nodiscard]] std::string_view path() const noexcept { return piece(path_, query_); }
    /// With its '?'; empty if there is none.
    [[nodiscard]] std::string_view query() const noexcept { return piece(query_, fragment_); }
    /// With its '#'; empty if there is none.
    [[nodiscard]] std::string_view fragment() const noexcept { return piece(fragment_, text_.size()); }
    /// Path and query: for the first line of a request.
    [[nodiscard]] std::string_view target() const noexcept { return piece(path_, fragment_); }

    void drop_fragment() noexcept { text_.resize(fragment_); }
    /// It keeps its memory.
    void clear() noexcept;

    friend bool operator==(const url& a, const url& b) noexcept { return a.text_ == b.text_; }

private:
    friend class url_parser;

    [[nodiscard]] std::string_view piece(std::size_t begin, std::size_t end) const noexcept {
        return {text_.data() + begin, end - begin};
    }

    std::string text_;
    // Where they begin; host_end_ is before the port's colon, and query_ before the '?'.
    std::uint16_t authority_ = 0, host_ = 0, host_end_ = 0, path_ = 0, query_ = 0, fragment_ = 0;
    std::uint16_t port_ = 0;
    crawl::host_kind host_kind_ = crawl::host_kind::domain;
};

/// Reads an absolute URL. After a fault `into` is empty.
///
/// Thread safety: any thread, with an `into` of its own.
/// Throws:        std::bad_alloc.
/// Complexity:    O(size of text). Nothing is allocated if `into` has the room already, but for tabs and newlines within
///                the text, percent-encoded hosts, and international ones.
[[nodiscard]] url_fault parse(std::string_view text, url& into);

/// Reads a reference, as it stands in a document of the URL `base`, or was sent by it as the place to look instead.
/// `reference` is not a piece of `into`. An empty base is no base. Otherwise as parse().
[[nodiscard]] url_fault resolve(const url& base, std::string_view reference, url& into);

} // namespace plait::crawl
