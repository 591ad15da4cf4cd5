// Copyright 2026 the plait authors. Boost Software License 1.0
#include "forms.hpp"
#include "handlers/upstream_address.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <span>

namespace plait::intake::forms {
namespace {

struct unit {
    std::string_view name;
    std::uint64_t factor;
};

/// A number with one of the units after it; nothing if it is none, or more than 64 bits hold.
std::optional<std::uint64_t> read_with_unit(std::string_view text, std::span<const unit> units) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{}) return std::nullopt;
    const std::string_view name(end, static_cast<std::size_t>(text.data() + text.size() - end));
    for (const unit& u : units)
        if (u.name == name)
            return value <= std::numeric_limits<std::uint64_t>::max() / u.factor ? std::optional(value * u.factor)
                                                                                 : std::nullopt;
    return std::nullopt;
}

/// In the largest unit that has no remainder. The units come with the largest first.
std::string write_with_unit(std::uint64_t value, std::span<const unit> units) {
    for (const unit& u : units)
        if (value % u.factor == 0 && (value != 0 || u.factor == units.back().factor))
            return std::to_string(value / u.factor).append(u.name);
    return std::to_string(value);
}

constexpr std::array<unit, 4> sizes{{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"", 1}}};
constexpr std::array<unit, 4> times{{{"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};

} // namespace

std::optional<std::uint64_t> size::read(std::string_view text) const {
    const auto value = read_with_unit(text, sizes);
    return value && *value >= least && *value <= most ? value : std::nullopt;
}

std::string size::write(std::uint64_t value) const { return write_with_unit(value, sizes); }

std::optional<std::chrono::milliseconds> time::read(std::string_view text) const {
    const auto value = read_with_unit(text, times);
    constexpr std::uint64_t a_hundred_years = 100ull * 366 * 24 * 3'600'000;
    if (!value || *value > a_hundred_years) return std::nullopt;
    const std::chrono::milliseconds found(*value);
    return found >= least && found <= most ? std::optional(found) : std::nullopt;
}

std::string time::write(std::chrono::milliseconds value) const {
    return write_with_unit(static_cast<std::uint64_t>(value.count()), times);
}

std::optional<settings::endpoint> endpoint::read(std::string_view text) const {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    std::string_view host = text.substr(0, colon);
    const auto port = number<std::uint16_t>{0, 65535}.read(text.substr(colon + 1));
    if (!port) return std::nullopt;
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    boost::system::error_code bad;
    const auto address = boost::asio::ip::make_address(std::string(host), bad);
    if (bad || address.is_v6() != bracketed) return std::nullopt;
    return settings::endpoint(address, *port);
}

std::optional<std::string> processors::read(std::string_view text) const {
    const number<unsigned> one{0, 1023};
    for (std::string_view rest = text; !rest.empty();) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        const std::string_view part = rest.substr(0, comma);
        const std::size_t dash = std::min(part.find('-'), part.size());
        const auto first = one.read(part.substr(0, dash));
        const auto last = dash == part.size() ? first : one.read(part.substr(dash + 1));
        if (!first || !last || *first > *last || comma + 1 == rest.size()) return std::nullopt;
        rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    return std::string(text);
}

std::optional<handler_settings> handler::read(std::string_view text) const {
    constexpr std::array<std::pair<std::string_view, handler_kind>, 3> with_argument{
        {{"library:", handler_kind::library},
         {"program:", handler_kind::program},
         {"upstream:", handler_kind::upstream}}};
    for (const auto& [prefix, kind] : with_argument) {
        if (!text.starts_with(prefix) || text.size() == prefix.size()) continue;
        const std::string_view argument = text.substr(prefix.size());
        if (kind == handler_kind::upstream && !upstream_address::parse(argument)) return std::nullopt;
        return handler_settings{kind, {}, std::string(argument)};
    }
    if (text == "linked") return handler_settings{handler_kind::linked, {}, {}};
    return parse_handler(text);
}

std::string handler::write(const handler_settings& value) const {
    switch (value.kind) {
    case handler_kind::echo: return "echo";
    case handler_kind::hash: return "hash";
    case handler_kind::linked: return "linked";
    case handler_kind::library: return "library:" + value.argument;
    case handler_kind::program: return "program:" + value.argument;
    case handler_kind::upstream: return "upstream:" + value.argument;
    case handler_kind::sleep: break;
    }
    std::array<char, 32> digits; // the shortest that are read as the same
    const auto [end, failed] = std::to_chars(
        digits.data(), digits.data() + digits.size(), std::chrono::duration<double, std::milli>(value.sleep).count(),
        std::chars_format::fixed);
    return "sleep:" + std::string(digits.data(), failed == std::errc{} ? end : digits.data());
}

std::string handler::accepts() const {
    return "echo, hash, sleep:MILLISECONDS (decimals allowed, a day at most), library:FILE, program:COMMAND, "
           "upstream:http://HOST:PORT/PREFIX (or https, or no prefix) or upstream:/PATH/OF/A/SOCKET";
}

} // namespace plait::intake::forms
