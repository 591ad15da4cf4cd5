// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The fields of a message, as views into the bytes that were read, and how its body is framed.

#include <boost/beast/http/field.hpp>

#include <ostream> // Beast's headers print names without including it
#include <string_view>
#include <vector>

namespace plait::http {

using field_name = boost::beast::http::field;

struct field {
    field_name id;          ///< field_name::unknown if Beast has no constant for it
    std::string_view name;  ///< as the peer spelled it
    std::string_view value; ///< without the blanks around it
};

/// How the end of a body is found. A request's is never `until_close`.
enum class body_framing { none, length, chunked, until_close };

/// The first of `fields` with this name, or nothing.
[[nodiscard]] inline const field* find(const std::vector<field>& fields, field_name id) noexcept {
    for (const field& f : fields)
        if (f.id == id) return &f;
    return nullptr;
}

/// The same for a field Beast has no constant for. `lower_case_name` is compared without regard to case.
[[nodiscard]] const field* find(const std::vector<field>& fields, std::string_view lower_case_name) noexcept;

} // namespace plait::http
