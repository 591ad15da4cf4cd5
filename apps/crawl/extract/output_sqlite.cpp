// Copyright 2026 the plait authors. Boost Software License 1.0
//
// A table for each kind. Each row has a number of its own among all of the output, by which a mark knows what is behind it;
// all that is written between two commits is one transaction.
#include "output_formats.hpp"

#include <algorithm>
#include <map>

#include <SQLiteCpp/SQLiteCpp.h>

namespace plait::crawl {
namespace {

std::string sql_name(std::string_view name) {
    std::string all = "\"";
    for (const char c : name)
        all.append(c == '"' ? 2 : 1, c);
    return all + '"';
}

std::string_view affinity(const column& c) {
    if (c.is_list) return "TEXT";
    switch (c.type) {
    case value_type::integer:
    case value_type::boolean: return "INTEGER";
    case value_type::real: return "REAL";
    default: return "TEXT";
    }
}

void bind(SQLite::Statement& row, int place, const value& v) {
    if (v.is_null()) return row.bind(place);
    if (const auto* b = std::get_if<bool>(&v.content)) return row.bind(place, *b ? 1 : 0);
    if (const auto* i = std::get_if<std::int64_t>(&v.content)) return row.bind(place, *i);
    if (const auto* n = std::get_if<double>(&v.content)) return row.bind(place, *n);
    if (const auto* text = std::get_if<std::string>(&v.content)) return row.bind(place, *text);
    std::string json;
    append_json(json, v);
    row.bind(place, json);
}

class sqlite_output final : public output {
public:
    sqlite_output(
        const std::string& path, std::vector<record_schema> schemas, existing_output existing, const std::string& mark)
        : path_(path) {
        if (path == "-") throw output_error("standard output", "it cannot be a database");
        guarded([&] {
            database_.emplace(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
            database_->exec("PRAGMA synchronous = FULL");
            begin();
            for (const record_schema& schema : schemas)
                add_table(schema.kind, definitions(schema), schema.columns.size() + 1, existing, mark);
            add_table(std::string(failure_kind), "_url TEXT, cause TEXT, detail TEXT", 3, existing, mark);
            cut(number_in_mark(path, mark));
            static_cast<void>(commit());
        });
    }

    void write(const std::string& url, const record& found) override {
        insert(found.kind, [&](SQLite::Statement& row) {
            int place = 2;
            for (const field& f : found.fields)
                bind(row, place++, f.content);
            row.bind(place, url);
        });
    }

    void write(const page_failure& failure) override {
        insert(failure_kind, [&](SQLite::Statement& row) {
            row.bind(2, failure.url);
            row.bind(3, failure.cause);
            row.bind(4, failure.detail);
        });
    }

    std::string commit() override {
        guarded([&] {
            if (transaction_) transaction_->commit();
            transaction_.reset();
        });
        return std::to_string(last_);
    }

private:
    template <class F>
    void guarded(F f) const {
        try {
            f();
        } catch (const SQLite::Exception& e) {
            throw output_error(path_, e.what());
        }
    }

    void begin() {
        if (!transaction_) transaction_.emplace(*database_, SQLite::TransactionBehavior::IMMEDIATE);
    }

    static std::string definitions(const record_schema& schema) {
        std::string all;
        for (const column& c : schema.columns)
            all.append(sql_name(c.name)).append(" ").append(affinity(c)).append(", ");
        return all + "_url TEXT";
    }

    static std::string table_of(std::string_view kind) {
        return kind == failure_kind ? "\"_failures\"" : sql_name(kind);
    }

    void add_table(
        const std::string& kind, const std::string& columns, std::size_t count, existing_output existing,
        const std::string& mark) {
        const std::string table = table_of(kind);
        if (existing == existing_output::replace && mark.empty()) database_->exec("DROP TABLE IF EXISTS " + table);
        database_->exec("CREATE TABLE IF NOT EXISTS " + table + " (_id INTEGER PRIMARY KEY, " + columns + ")");
        std::string places = "?";
        for (; count > 0; --count)
            places += ", ?";
        rows_.try_emplace(kind, *database_, "INSERT INTO " + table + " VALUES (" + places + ")");
    }

    /// Rows behind the mark go; the next one's number follows the last one's.
    void cut(std::optional<std::uint64_t> mark) {
        for (const auto& [kind, row] : rows_) {
            const std::string table = table_of(kind);
            if (mark) {
                SQLite::Statement rest(*database_, "DELETE FROM " + table + " WHERE _id > ?");
                rest.bind(1, static_cast<std::int64_t>(*mark));
                rest.exec();
            }
            last_ = std::max<std::int64_t>(
                last_, database_->execAndGet("SELECT coalesce(max(_id), 0) FROM " + table).getInt64());
        }
        if (mark && static_cast<std::uint64_t>(last_) < *mark)
            throw output_error(path_, "rows are missing that were committed");
    }

    template <class Bind>
    void insert(std::string_view kind, Bind bind_values) {
        guarded([&] {
            begin();
            SQLite::Statement& row = rows_.find(kind)->second;
            row.reset();
            row.bind(1, last_ + 1);
            bind_values(row);
            row.exec();
            ++last_;
        });
    }

    std::string path_;
    std::optional<SQLite::Database> database_;
    std::map<std::string, SQLite::Statement, std::less<>> rows_;
    std::optional<SQLite::Transaction> transaction_;
    std::int64_t last_ = 0;
};

} // namespace

std::unique_ptr<output> open_sqlite(
    const std::string& path, std::vector<record_schema> schemas, existing_output existing, const std::string& mark) {
    return std::make_unique<sqlite_output>(path, std::move(schemas), existing, mark);
}

} // namespace plait::crawl
