// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   records, failures ──write──▶ ( films.jsonl | films.csv | films.sqlite ) ──commit──▶ on disk, and a mark
//
// Where records go. What was written is safe from commit() on, which returns a mark: a program that was killed opens its
// output again with the last mark that it has kept, whatever was written behind it goes, and it writes that again. So the
// output of a crawl that was disturbed is that of one that was not.
//
//   JSON lines   {"_record":"film","title":"…",…,"_url":"…"}; a failure is {"_record":"_failure","_url":"…","cause":"…",…}
//   CSV          RFC 4180, with a header; one file for each kind if there are several (films.cast.csv); failures in
//                films._failures.csv; lists and records within records are JSON. A text that a spreadsheet would take for a
//                formula has an apostrophe in front (OWASP, CSV Injection); numbers stay numbers
//   SQLite       one table for each kind, and _failures; real columns; lists and records within records are JSON
//
// A mark is good for the same path and the same rules.

#include "extraction.hpp"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace plait::crawl {

struct page_failure {
    std::string url;
    std::string cause;  ///< one word, as "parser_killed"
    std::string detail; ///< for people

    friend bool operator==(const page_failure&, const page_failure&) = default;
};

struct column {
    std::string name;
    value_type type = value_type::text;
    bool is_list = false;
};

/// What the records of one kind have.
struct record_schema {
    std::string kind;
    std::vector<column> columns;
};
[[nodiscard]] std::vector<record_schema> schemas_of(const extraction& rules);

/// An output does not take what it should: the disk is full, say. what() begins with the file's name.
class output_error : public std::runtime_error {
public:
    output_error(const std::string& file, const std::string& reason)
        : std::runtime_error(file + ": " + reason), file_(file) {}
    [[nodiscard]] const std::string& file() const noexcept { return file_; }

private:
    std::string file_;
};

/// Thread safety: one thread at a time.
/// Throws everywhere: output_error, after which the output is good for nothing but to be destroyed; bad_alloc.
class output {
public:
    virtual ~output() = default;
    output(const output&) = delete;
    output& operator=(const output&) = delete;

    /// `found` is of a kind of the schemas, and has the fields of that one in their order.
    virtual void write(const std::string& url, const record& found) = 0;
    virtual void write(const page_failure& failure) = 0;
    /// All that was written is on disk when it returns. What was not committed is lost when the output goes.
    [[nodiscard]] virtual std::string commit() = 0;

protected:
    output() = default;
};

enum class output_format : unsigned char { jsonl, csv, sqlite };

/// By the end of a name: .jsonl and .ndjson, .csv, .sqlite, .sqlite3 and .db; JSON lines for "-".
[[nodiscard]] std::optional<output_format> format_of(std::string_view path);

enum class existing_output : unsigned char { append, replace };

/// "-" is standard output: JSON lines, or CSV of one kind and without failures; its marks mean nothing.
/// `mark` of an earlier commit, or empty; with one, `existing` means nothing.
[[nodiscard]] std::unique_ptr<output> open_output(
    const std::string& path, output_format format, std::vector<record_schema> schemas, existing_output existing,
    const std::string& mark = "");

} // namespace plait::crawl
