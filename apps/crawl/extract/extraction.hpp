// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   # films.toml
//   next = { css = "span.next a@href" }
//   [[record]]
//   name = "film"
//   select = ".item"
//   [record.fields]
//   title = ".title"
//   rating = { css = ".rating", type = "float", required = true }
//   votes = { css = ".votes span", regex = '(\d+) votes', type = "int", default = 0 }
//   url = { css = "a@href", type = "url" }
//   tags = { css = ".tag", list = true }
//   cast = { css = ".cast li", list = true, fields = { name = ".name", role = ".role" } }
//
// Records without code. Each element that `select` finds is a record; a field is looked for below it.
//
//   css       which element: the first that has what else is asked for; without css, the record's own
//   attr      its attribute, which may be part of css: "a@href"; otherwise its text, spaces and line ends as one space each
//   html      true: the markup within it instead
//   regex     of that, what the pattern's group matched, or all of the match (RE2's syntax)
//   type      str, int, float, bool, url, date: see values.hpp
//   list      true: all elements, not the first
//   fields    each element is a record within the record
//   required  true: without a value there is no record
//   default   the value if there is none; otherwise that is null
//
// A field that is only a selector is a text. A text that does not convert is null, and is counted.
//
// What the rules cost is bounded by the page: a walk over the record for each field, whatever the selector, and time linear
// in the text for each pattern. Records that lie within each other are walked over again.

#include "html_tree.hpp"
#include "selector.hpp"
#include "values.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace re2 {
class RE2;
}

namespace plait::crawl {

struct field_rule {
    std::string name{};
    selector where{""};
    std::string attribute{}; ///< empty: the text, or the markup
    bool is_html = false;
    std::shared_ptr<const re2::RE2> pattern{};
    value_type type = value_type::text;
    bool is_list = false, is_required = false;
    value fallback{};
    std::vector<field_rule> fields{}; ///< of a record within the record
};

struct record_rule {
    std::string name;
    selector select;
    std::vector<field_rule> fields;
};

/// What of a field was missing on a page.
struct shortfall {
    std::string field;             ///< "film.rating"
    std::uint64_t unconverted = 0; ///< texts that are not of its type
    std::uint64_t dropped = 0;     ///< records without it that are required to have it

    friend bool operator==(const shortfall&, const shortfall&) = default;
};

struct page_records {
    std::vector<record> records;
    std::vector<std::string> next; ///< where the list goes on, resolved, without duplicates
    std::vector<shortfall> shortfalls;

    friend bool operator==(const page_records&, const page_records&) = default;
};

/// A reference as a URL, from the page where it stands; nothing if it is none.
using url_resolver = std::function<std::optional<std::string>(std::string_view reference)>;

struct extraction {
    std::vector<record_rule> records;
    std::vector<field_rule> next;

    /// Thread safety: any thread.
    /// Throws: bad_alloc; what `resolve` throws.
    [[nodiscard]] page_records apply(html_node document, const url_resolver& resolve) const;
};

/// The rules in the TOML `text`, or what is wrong with them: a line for each problem, which begins with `path`, line and
/// column, and names the key. `settings` are other keys that the text may have, which are not looked at.
[[nodiscard]] std::variant<extraction, std::vector<std::string>>
read_extraction(std::string_view text, const std::string& path, std::span<const std::string_view> settings = {});

} // namespace plait::crawl
