// Copyright 2026 the plait authors. Boost Software License 1.0
#include "upstream_address.hpp"

#include <plait/http/client_error.hpp>

#include <algorithm>

#include <sys/un.h>

namespace plait::intake {
namespace {

/// Goes into request targets as it is.
bool is_prefix(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f' && c != '?' && c != '#'; });
}

std::string_view without_last_slashes(std::string_view path) noexcept {
    while (path.ends_with('/'))
        path.remove_suffix(1);
    return path;
}

} // namespace

std::optional<upstream_address> upstream_address::parse(std::string_view text) {
    try {
        if (text.starts_with('/')) return parse(std::string("unix:").append(text));
        const std::size_t scheme = text.find("://");
        if (scheme == std::string_view::npos) {
            const auto server = http::origin::parse(text);
            if (server.host.size() >= sizeof(sockaddr_un::sun_path)) return std::nullopt;
            return upstream_address{server, {}};
        }
        const std::size_t path = std::min(text.find('/', scheme + 3), text.size());
        const std::string_view prefix = without_last_slashes(text.substr(path));
        if (!is_prefix(prefix)) return std::nullopt;
        return upstream_address{http::origin::parse(text.substr(0, path)), std::string(prefix)};
    } catch (const http::client_error&) {
        return std::nullopt;
    }
}

} // namespace plait::intake
