// Copyright 2026 the plait authors. Boost Software License 1.0
#include "output_file.hpp"
#include "output_formats.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

namespace plait::crawl {
namespace {

bool is_number(const value& v) {
    return std::holds_alternative<std::int64_t>(v.content) || std::holds_alternative<double>(v.content);
}

void append_cell(std::string& to, std::string_view text) {
    // What a spreadsheet would run: = + - @, and what it skips before them.
    constexpr std::string_view formula = "=+-@\t\r\n";
    const bool is_formula = !text.empty() && formula.find(text[0]) != formula.npos;
    const bool has_space = !text.empty() && (text.front() == ' ' || text.back() == ' ');
    if (!is_formula && !has_space && text.find_first_of("\",\r\n") == text.npos) {
        to += text;
        return;
    }
    to += is_formula ? "\"'" : "\"";
    for (const char c : text)
        to.append(c == '"' ? 2 : 1, c);
    to += '"';
}

void append_cell(std::string& to, const value& v) {
    if (v.is_null()) return;
    if (const auto* text = std::get_if<std::string>(&v.content)) return append_cell(to, std::string_view(*text));
    std::string json;
    append_json(json, v);
    if (is_number(v)) {
        to += json;
    } else {
        append_cell(to, std::string_view(json));
    }
}

/// One file, the header of which is written if it is new.
class csv_file {
public:
    csv_file(
        const std::string& path, const std::vector<std::string>& header, existing_output existing,
        std::optional<std::uint64_t> size)
        : file_(path, existing, size) {
        if (file_.is_new()) row(header);
    }

    template <class Cells>
    void row(const Cells& cells) {
        line_.clear();
        bool is_first = true;
        for (const auto& cell : cells) {
            if (!is_first) line_ += ',';
            append_cell(line_, cell);
            is_first = false;
        }
        file_.write(line_.append("\r\n"));
    }
    std::uint64_t commit() { return file_.commit(); }

private:
    output_file file_;
    std::string line_;
};

class csv_output final : public output {
public:
    csv_output(std::string path, std::vector<record_schema> schemas, existing_output existing, const std::string& mark)
        : path_(std::move(path)), schemas_(std::move(schemas)), existing_(existing) {
        if (path_ == "-" && schemas_.size() != 1)
            throw output_error("standard output", "several kinds of records do not fit in one CSV");
        read_mark(mark);
        for (const record_schema& schema : schemas_)
            open(schema.kind);
        // It may hold what was written after the mark, and be needed no more.
        if (path_ != "-" &&
            (sizes_.contains(failure_kind) || (!mark.empty() && std::filesystem::exists(path_of(failure_kind)))))
            open(failure_kind);
    }

    void write(const std::string& url, const record& found) override {
        std::vector<value> cells;
        cells.reserve(found.fields.size() + 1);
        for (const field& f : found.fields)
            cells.push_back(f.content);
        cells.push_back({url});
        files_.at(found.kind).row(cells);
    }

    void write(const page_failure& failure) override {
        if (path_ == "-") return;
        if (!files_.contains(failure_kind)) open(failure_kind);
        files_.find(failure_kind)->second.row(std::vector{failure.url, failure.cause, failure.detail});
    }

    /// "film 1234,_failure 56"
    std::string commit() override {
        std::string mark;
        for (auto& [kind, file] : files_)
            mark.append(mark.empty() ? "" : ",").append(kind).append(" ").append(std::to_string(file.commit()));
        return mark;
    }

private:
    void read_mark(std::string_view mark) {
        has_mark_ = !mark.empty();
        while (!mark.empty()) {
            const std::string_view each = mark.substr(0, mark.find(','));
            mark.remove_prefix(std::min(each.size() + 1, mark.size()));
            const auto blank = std::min(each.find(' '), each.size());
            const auto size = number_in_mark(path_, each.substr(std::min(blank + 1, each.size())));
            sizes_[std::string(each.substr(0, blank))] = size.value_or(0);
        }
    }

    /// "films.csv", "films.cast.csv", "films._failures.csv".
    [[nodiscard]] std::string path_of(std::string_view kind) const {
        if (kind != failure_kind && schemas_.size() == 1) return path_;
        const auto dot = path_.rfind('.');
        const std::string stem = path_.substr(0, dot), ending = dot == path_.npos ? "" : path_.substr(dot);
        return stem + '.' + (kind == failure_kind ? "_failures" : std::string(kind)) + ending;
    }

    [[nodiscard]] std::vector<std::string> header_of(std::string_view kind) const {
        if (kind == failure_kind) return {"_url", "cause", "detail"};
        std::vector<std::string> names;
        for (const column& c : std::ranges::find(schemas_, kind, &record_schema::kind)->columns)
            names.push_back(c.name);
        names.emplace_back("_url");
        return names;
    }

    void open(std::string_view kind) {
        const auto known = sizes_.find(kind);
        const auto size = !has_mark_ ? std::nullopt : std::optional(known == sizes_.end() ? 0 : known->second);
        files_.try_emplace(std::string(kind), path_of(kind), header_of(kind), existing_, size);
    }

    std::string path_;
    std::vector<record_schema> schemas_;
    existing_output existing_;
    bool has_mark_ = false;
    std::map<std::string, std::uint64_t, std::less<>> sizes_; // of the mark
    std::map<std::string, csv_file, std::less<>> files_;
};

} // namespace

std::unique_ptr<output> open_csv(
    const std::string& path, std::vector<record_schema> schemas, existing_output existing, const std::string& mark) {
    return std::make_unique<csv_output>(path, std::move(schemas), existing, mark);
}

} // namespace plait::crawl
