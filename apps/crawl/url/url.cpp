// Copyright 2026 the plait authors. Boost Software License 1.0
#include "url.hpp"

#include <algorithm>

namespace plait::crawl {

std::string_view url::username() const noexcept {
    const std::string_view credentials = piece(authority_, host_);
    return credentials.substr(0, credentials.find_first_of(":@"));
}

std::string_view url::password() const noexcept {
    std::string_view credentials = piece(authority_, host_);
    const std::size_t colon = credentials.find(':');
    if (colon == std::string_view::npos) return {};
    credentials.remove_suffix(1); // '@'
    return credentials.substr(colon + 1);
}

void url::clear() noexcept {
    text_.clear();
    authority_ = host_ = host_end_ = path_ = query_ = fragment_ = port_ = 0;
    host_kind_ = crawl::host_kind::domain;
}

} // namespace plait::crawl
