// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   page ──extraction──▶ record { "film", [ title: "…", rating: 9.1, cast: [ { name: "…" } ] ] } ──queue──▶ outputs
//
// What is taken from a page: plain values, which travel through plait's queues as they are, and are compared as they are.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace plait::crawl {

struct field;

/// Null, a value, a list of values, or a record within one.
struct value {
    std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<value>, std::vector<field>>
        content;

    [[nodiscard]] bool is_null() const noexcept { return content.index() == 0; }
    [[nodiscard]] bool operator==(const value& other) const;
};

struct field {
    std::string name;
    value content;

    [[nodiscard]] bool operator==(const field& other) const;
};

struct record {
    std::string kind;          ///< the name of its rule
    std::vector<field> fields; ///< in the order of the rule, all of them

    [[nodiscard]] bool operator==(const record& other) const;
};

/// What a text is to become.
enum class value_type : unsigned char {
    text,
    integer, ///< 64 bits; thousands may be set off by commas
    real,    ///< finite; a point before decimals, an exponent
    boolean, ///< true yes on 1, false no off 0; and an attribute that is there without a value, or with its own name
    url,     ///< resolved
    date,   ///< of ISO 8601: 2026-01-31, also with a time: 2026-01-31T12:00[:00[.5]][Z|+01:00]; a space may stand for T
    record, ///< fields of its own
};

/// The word for a type in a file: "str", "int", "float", "bool", "url", "date".
[[nodiscard]] std::optional<value_type> type_by_name(std::string_view name);
[[nodiscard]] std::string_view name_of(value_type type) noexcept;

/// `text` as a value; nothing if it is none of this type. Whitespace around does not matter. A url stays as it is.
[[nodiscard]] std::optional<value> converted(std::string_view text, value_type type);

/// As JSON, in one line. A real number has a point or an exponent.
void append_json(std::string& to, const value& v);
void append_json(std::string& to, std::string_view text);

} // namespace plait::crawl
