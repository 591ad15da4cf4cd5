// Copyright 2026 the plait authors. Boost Software License 1.0
#include "address_class.hpp"
#include "address_guard.hpp"

#include <string>

namespace plait::crawl {

http::address_filter only_global(bool allow_private) {
    if (allow_private) return nullptr;
    return [](const http::origin&, const socket_address& address) -> http::address_verdict {
        const address_class c = classify(address);
        if (c == address_class::global) return true;
        return {false, std::string(to_string(c))};
    };
}

} // namespace plait::crawl
