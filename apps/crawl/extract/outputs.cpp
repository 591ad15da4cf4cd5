// Copyright 2026 the plait authors. Boost Software License 1.0
#include "bytes.hpp"
#include "output_formats.hpp"
#include "outputs.hpp"

namespace plait::crawl {

std::vector<record_schema> schemas_of(const extraction& rules) {
    std::vector<record_schema> all;
    for (const record_rule& rule : rules.records) {
        record_schema& schema = all.emplace_back(record_schema{rule.name, {}});
        for (const field_rule& f : rule.fields)
            schema.columns.push_back({f.name, f.type, f.is_list});
    }
    return all;
}

std::optional<output_format> format_of(std::string_view path) {
    const std::string_view ending = path.substr(std::min(path.rfind('.'), path.size()));
    const auto is = [&](std::string_view wanted) { return bytes::equals(ending, wanted); };
    if (path == "-" || is(".jsonl") || is(".ndjson")) return output_format::jsonl;
    if (is(".csv")) return output_format::csv;
    if (is(".sqlite") || is(".sqlite3") || is(".db")) return output_format::sqlite;
    return std::nullopt;
}

std::unique_ptr<output> open_output(
    const std::string& path, output_format format, std::vector<record_schema> schemas, existing_output existing,
    const std::string& mark) {
    switch (format) {
    case output_format::csv: return open_csv(path, std::move(schemas), existing, mark);
    case output_format::sqlite: return open_sqlite(path, std::move(schemas), existing, mark);
    case output_format::jsonl: break;
    }
    return open_jsonl(path, existing, mark);
}

std::optional<std::uint64_t> number_in_mark(const std::string& path, std::string_view mark) {
    if (mark.empty()) return std::nullopt;
    const auto number = converted(mark, value_type::integer);
    if (!number) throw output_error(path, "'" + std::string(mark) + "' is no mark of this output");
    return static_cast<std::uint64_t>(std::get<std::int64_t>(number->content));
}

} // namespace plait::crawl
