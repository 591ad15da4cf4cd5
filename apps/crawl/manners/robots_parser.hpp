// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   User-agent: a ─┐                    ┌─ User-agent: b        a line of agents after a rule begins a new group
//   User-agent: b ─┴─▶ Disallow: /x ────┘
//
// Reads a robots.txt for one crawler, line by line. See robots_rules.hpp.

#include "robots_rules.hpp"

#include <cstdint>
#include <string_view>

namespace plait::crawl {

class robots_parser {
public:
    explicit robots_parser(std::string_view product_token) noexcept : token_(product_token) {}

    void read(std::string_view file);
    [[nodiscard]] robots_rules result() &&;

private:
    void line(std::string_view text);
    void agent(std::string_view value);
    void rule(bool allow, std::string_view value);
    void delay(std::string_view value);

    std::string_view token_;
    robots_rules own_, everybodys_;
    std::uint32_t line_number_ = 0;
    bool own_group_ = false, everybodys_group_ = false; ///< that the lines belong to
    bool there_were_rules_ = false;                     ///< in that group
    bool there_is_an_own_ = false;
};

} // namespace plait::crawl
