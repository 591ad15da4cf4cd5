// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// A request as a handler sees it: views, which are valid until the handler returns. What a client can do wrong with HTTP, the
// front has refused before; see docs/guide/intake.md.

#include <algorithm>
#include <span>
#include <string_view>

namespace plait::intake {

struct header {
    std::string_view name;  ///< as the client spelled it
    std::string_view value; ///< without the blanks around it
};

struct request {
    std::string_view method;         ///< "GET"
    std::string_view target;         ///< as the client sent it: "/a%20b?c=d"
    std::span<const header> headers; ///< in their order; Transfer-Encoding tells nothing about `body`
    std::string_view body;           ///< whole, without any transfer coding
    std::string_view id;             ///< what the client gets as X-Request-Id

    /// The value of the first header of this name, compared without regard to case; `otherwise` if there is none.
    [[nodiscard]] std::string_view find(std::string_view name, std::string_view otherwise = {}) const noexcept {
        constexpr auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
        for (const header& h : headers)
            if (std::ranges::equal(h.name, name, {}, lower, lower)) return h.value;
        return otherwise;
    }
};

} // namespace plait::intake
