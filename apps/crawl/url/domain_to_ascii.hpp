// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   "Bücher.example" ──▶ "xn--bcher-kva.example"        "１２７。0。0。1" ──▶ "127.0.0.1"        "☕.example" ──▶ "xn--53h.example"
//
// International domain names: UTS #46, non-transitional, without the rules of STD 3, by libidn2. Its caller looks for what
// may not be in a domain: full-width letters become ASCII here, and so do '％' and '／'.
//
// libidn2 refuses, and with it this, some names that the URL standard would take, and never makes another name of one:
// - labels of more than 63 characters and names of more than 255, which the DNS cannot hold
// - labels that are not ASCII and have a hyphen at an end, two hyphens at the third place, or a sign of ASCII other than
//   '-' and '_'
// - names with a symbol that IDNA 2008 knows no more (☕, ♥) and, in the same name, 'ß', 'ς', a joiner, a letter that is
//   written from right to left, or an A-label: there the two sets of rules that libidn2 can apply would differ
// - characters newer than its tables

#include <string>

namespace plait::crawl {

/// Replaces a domain in UTF-8 by the form that the DNS knows. False: it has none.
[[nodiscard]] bool domain_to_ascii(std::string& domain);

} // namespace plait::crawl
