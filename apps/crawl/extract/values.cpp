// Copyright 2026 the plait authors. Boost Software License 1.0
#include "bytes.hpp"
#include "values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

namespace plait::crawl {
namespace {

constexpr std::array<std::string_view, 7> type_names = {"str", "int", "float", "bool", "url", "date", "record"};

/// Without the commas between thousands; nothing if they stand elsewhere.
std::optional<std::string> without_commas(std::string_view digits) {
    std::string plain;
    const std::size_t whole = std::min(digits.find_first_of(".eE"), digits.size());
    const std::size_t sign = !digits.empty() && (digits[0] == '-' || digits[0] == '+') ? 1 : 0;
    const std::size_t first = std::min(digits.find(','), whole);
    for (std::size_t i = digits.starts_with('+') ? 1 : 0; i < digits.size(); ++i) {
        if (digits[i] != ',') {
            plain += digits[i];
            continue;
        }
        // One to three digits before the first comma, three behind each.
        if (i > whole || first == sign || first > sign + 3 || (i - first) % 4 != 0) return std::nullopt;
    }
    if (first != whole && (whole - first) % 4 != 0) return std::nullopt;
    return plain;
}

template <class Number>
std::optional<value> number(std::string_view text) {
    const auto plain = without_commas(text);
    if (!plain || plain->empty() || (text[0] == '+' && !bytes::is_digit((*plain)[0]))) return std::nullopt;
    Number n{};
    const auto [end, problem] = std::from_chars(plain->data(), plain->data() + plain->size(), n);
    if (problem != std::errc() || end != plain->data() + plain->size()) return std::nullopt;
    if constexpr (std::is_floating_point_v<Number>)
        if (!std::isfinite(n)) return std::nullopt;
    return value{n};
}

std::optional<value> boolean(std::string_view text) {
    constexpr std::array<std::string_view, 4> yes = {"true", "yes", "on", "1"}, no = {"false", "no", "off", "0"};
    const auto is = [&](std::string_view word) { return bytes::equals(text, word); };
    if (std::ranges::any_of(yes, is)) return value{true};
    if (std::ranges::any_of(no, is)) return value{false};
    return std::nullopt;
}

/// Takes so many digits from the front of `rest`, which are a number from `least` to `most`.
bool take_digits(std::string_view& rest, std::size_t size, int least, int most, int& to) {
    if (rest.size() < size || !std::ranges::all_of(rest.substr(0, size), bytes::is_digit)) return false;
    std::from_chars(rest.data(), rest.data() + size, to);
    rest.remove_prefix(size);
    return to >= least && to <= most;
}
bool take(std::string_view& rest, char c) {
    if (!rest.starts_with(c)) return false;
    rest.remove_prefix(1);
    return true;
}

/// "+01:00", "Z" or nothing.
bool is_zone(std::string_view rest) {
    if (rest.empty() || rest == "Z") return true;
    if (rest[0] != '+' && rest[0] != '-') return false;
    rest.remove_prefix(1);
    int n = 0;
    return take_digits(rest, 2, 0, 23, n) && take(rest, ':') && take_digits(rest, 2, 0, 59, n) && rest.empty();
}

bool is_time(std::string_view rest) {
    int n = 0;
    if (!take_digits(rest, 2, 0, 23, n) || !take(rest, ':') || !take_digits(rest, 2, 0, 59, n)) return false;
    if (take(rest, ':')) {
        if (!take_digits(rest, 2, 0, 60, n)) return false;
        if (take(rest, '.')) {
            const auto digits = std::ranges::find_if_not(rest, bytes::is_digit) - rest.begin();
            if (digits == 0) return false;
            rest.remove_prefix(static_cast<std::size_t>(digits));
        }
    }
    return is_zone(rest);
}

std::optional<value> date(std::string_view text) {
    std::string_view rest = text;
    int year = 0, month = 0, day = 0;
    if (!take_digits(rest, 4, 0, 9999, year) || !take(rest, '-') || !take_digits(rest, 2, 1, 12, month) ||
        !take(rest, '-') || !take_digits(rest, 2, 1, 31, day))
        return std::nullopt;
    const std::chrono::year_month_day ymd{
        std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
        std::chrono::day(static_cast<unsigned>(day))};
    if (!ymd.ok()) return std::nullopt;
    std::string normal(text);
    if (!rest.empty()) {
        if ((rest[0] != 'T' && rest[0] != 't' && rest[0] != ' ') || !is_time(rest.substr(1))) return std::nullopt;
        normal[10] = 'T';
    }
    return value{std::move(normal)};
}

void append_number(std::string& to, double n) {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), n).ptr;
    const std::string_view text(digits.data(), static_cast<std::size_t>(end - digits.data()));
    to += text;
    if (text.find_first_not_of("-0123456789") == text.npos) to += ".0";
}

struct json_writer {
    std::string& to;

    void operator()(std::monostate) const { to += "null"; }
    void operator()(bool b) const { to += b ? "true" : "false"; }
    void operator()(std::int64_t n) const { to += std::to_string(n); }
    void operator()(double n) const { append_number(to, n); }
    void operator()(const std::string& text) const { append_json(to, text); }
    void operator()(const std::vector<value>& list) const {
        to += '[';
        for (const value& v : list) {
            if (&v != list.data()) to += ',';
            append_json(to, v);
        }
        to += ']';
    }
    void operator()(const std::vector<field>& fields) const {
        to += '{';
        for (const field& f : fields) {
            if (&f != fields.data()) to += ',';
            append_json(to, f.name);
            to += ':';
            append_json(to, f.content);
        }
        to += '}';
    }
};

} // namespace

bool value::operator==(const value& other) const { return content == other.content; }
bool field::operator==(const field& other) const { return name == other.name && content == other.content; }
bool record::operator==(const record& other) const { return kind == other.kind && fields == other.fields; }

std::optional<value_type> type_by_name(std::string_view name) {
    const auto found = std::ranges::find(type_names, name);
    if (found == type_names.end() || name == "record") return std::nullopt; // that one is told by its fields
    return static_cast<value_type>(found - type_names.begin());
}

std::string_view name_of(value_type type) noexcept { return type_names[static_cast<std::size_t>(type)]; }

std::optional<value> converted(std::string_view text, value_type type) {
    text = bytes::trimmed(text);
    switch (type) {
    case value_type::integer: return number<std::int64_t>(text);
    case value_type::real: return number<double>(text);
    case value_type::boolean: return boolean(text);
    case value_type::date: return date(text);
    case value_type::record: return std::nullopt;
    case value_type::text:
    case value_type::url: break;
    }
    return value{std::string(text)};
}

void append_json(std::string& to, const value& v) { std::visit(json_writer{to}, v.content); }

void append_json(std::string& to, std::string_view text) {
    to += '"';
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            to.append(1, '\\').append(1, c);
        } else if (c == '\n') {
            to += "\\n";
        } else if (code < 0x20 || code == 0x7f) {
            to.append("\\u00").append(1, "01234567"[code >> 4]).append(1, "0123456789abcdef"[code & 15]);
        } else {
            to += c;
        }
    }
    to += '"';
}

} // namespace plait::crawl
