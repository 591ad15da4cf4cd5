// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What one party registers and calls his own: "example.co.uk" of "www.example.co.uk", by the public suffix list
// (https://publicsuffix.org) that Debian's package publicsuffix or, if newer, libpsl itself brings.

#include "url.hpp"

namespace plait::crawl {

/// A piece of the host's text, with a dot at its end if the host has one there. Empty: the host is an address, or a public
/// suffix itself ("co.uk", "github.io"), or a name of a single label ("localhost").
///
/// Thread safety: any thread.
/// Throws:        std::runtime_error at first if there is no list.
[[nodiscard]] std::string_view registrable_domain(const url& of);

} // namespace plait::crawl
