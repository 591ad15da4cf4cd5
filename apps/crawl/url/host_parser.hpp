// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The host of a URL of http or https (https://url.spec.whatwg.org/#host-parsing): a domain, or an address.

#include "url.hpp"

namespace plait::crawl {

/// Appends the host that `text` names, which is not empty, in its one form.
[[nodiscard]] url_fault append_host(std::string_view text, std::string& to, host_kind& kind);

} // namespace plait::crawl
