// Copyright 2026 the plait authors. Boost Software License 1.0
#include "bytes.hpp"
#include "extraction.hpp"
#include "toml_place.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include <re2/re2.h>
#include <toml++/toml.h>

namespace plait::crawl {
namespace {

std::string quoted(std::string_view text) { return std::string(1, '\'').append(text).append(1, '\''); }

/// "css, attr or regex"
std::string listed(std::initializer_list<std::string_view> words) {
    std::string all;
    for (const auto& word : words) {
        if (!all.empty()) all += &word + 1 == words.end() ? " and " : ", ";
        all += word;
    }
    return all;
}

class reader {
public:
    reader(std::string_view text, const std::string& path) : text_(text), path_(path) {}

    void read(const toml::table& file, std::span<const std::string_view> settings) {
        for (const auto& [key, node] : file) {
            const std::string_view name = key.str();
            if (name == "record") {
                records(node);
            } else if (name == "next") {
                next(node, "next");
            } else if (std::ranges::find(settings, name) == settings.end()) {
                fail(key, std::string(name), "there is no such key; there are record and next");
            }
        }
        if (rules_.records.empty() && problems_.empty()) add({1, 1}, "record", "there is no [[record]] in it");
    }

    std::variant<extraction, std::vector<std::string>> result() {
        if (problems_.empty()) return std::move(rules_);
        std::ranges::stable_sort(problems_, {}, [](const auto& p) { return std::pair(p.first.line, p.first.column); });
        std::vector<std::string> lines;
        lines.reserve(problems_.size());
        for (auto& [place, line] : problems_)
            lines.push_back(std::move(line));
        return lines;
    }
    void fail(const toml::source_region& where, const std::string& key, const std::string& reason) {
        add(place_of(where), key, reason);
    }

private:
    static constexpr int deepest = 8; // records within records

    void add(file_place where, const std::string& key, const std::string& reason) {
        problems_.emplace_back(where, where.in(path_) + (key.empty() ? "" : key + ": ") + reason);
    }
    static file_place place_of(const toml::source_region& where) { return {where.begin.line, where.begin.column}; }
    void fail(const toml::key& where, const std::string& key, const std::string& reason) {
        fail(where.source(), key, reason);
    }
    void fail(const toml::node& where, const std::string& key, const std::string& reason) {
        fail(where.source(), key, reason);
    }
    void fail_within(const toml::node& string, std::size_t offset, const std::string& key, const std::string& reason) {
        add(place_in_string(text_, place_of(string.source()), offset), key, reason);
    }

    void records(const toml::node& node) {
        const auto* all = node.as_array();
        if (!all || !all->is_homogeneous(toml::node_type::table))
            return fail(node, "record", "each is a table of its own: [[record]]");
        for (const auto& each : *all)
            one_record(*each.as_table(), all->size());
    }

    void one_record(const toml::table& table, std::size_t of) {
        record_rule rule{of == 1 ? "record" : "", selector(""), {}};
        const toml::table* fields = nullptr;
        for (const auto& [key, node] : table) {
            const std::string name = "record." + std::string(key.str());
            if (key == "name") {
                rule.name = text(node, name).value_or("");
                if (!is_name(rule.name)) fail(node, name, "it must be a word of letters, digits, '_' and '-'");
            } else if (key == "select") {
                rule.select = select(node, name);
                if (!rule.select.attribute().empty()) fail(node, name, "a record is an element, not an attribute");
            } else if (key == "fields") {
                fields = node.as_table();
                if (!fields) fail(node, name, "it must be a table");
            } else if (key == "next") {
                next(node, name);
            } else {
                fail(key, name, "there is no such key; there are " + listed({"name", "select", "fields", "next"}));
            }
        }
        if (rule.name.empty()) fail(table, "record", "name is missing, which tells the records apart");
        if (std::ranges::any_of(rules_.records, [&](const auto& r) { return r.name == rule.name; }))
            fail(table, "record.name", "there are two by the name of " + quoted(rule.name));
        if (!table.contains("select")) fail(table, "record", "select is missing, the selector of its element");
        if (!fields || fields->empty()) return fail(table, "record", "fields are missing: [record.fields]");
        rule.fields = fields_in(*fields, "record.fields", 1);
        rules_.records.push_back(std::move(rule));
    }

    static bool is_name(std::string_view name) {
        return !name.empty() && name.size() <= 64 && bytes::is_letter(name[0]) &&
               std::ranges::all_of(name, [](char c) { return bytes::is_alphanumeric(c) || c == '_' || c == '-'; });
    }

    void next(const toml::node& node, const std::string& name) {
        field_rule rule = one_field(node, "next", name, 1);
        if (rule.type != value_type::text && rule.type != value_type::url) fail(node, name, "its type is url");
        if (!rule.fields.empty() || rule.is_required || !rule.fallback.is_null())
            fail(node, name, "it is a reference: fields, required and default mean nothing here");
        rule.type = value_type::url;
        rules_.next.push_back(std::move(rule));
    }

    std::vector<field_rule> fields_in(const toml::table& table, const std::string& path, int depth) {
        if (depth > deepest) {
            fail(table, path, "records are nested too deeply, at most " + std::to_string(deepest));
            return {};
        }
        // toml++ sorts its keys; the order of the file is that of the columns.
        std::vector<std::pair<toml::source_position, field_rule>> placed;
        for (const auto& [key, node] : table) {
            const std::string name(key.str());
            const std::string full = std::string(path).append(".").append(name);
            check_field_name(key, path);
            if (std::ranges::any_of(placed, [&](const auto& p) { return equal_names(p.second.name, name); }))
                fail(key, full, "there is another of this name but for the case");
            placed.emplace_back(key.source().begin, one_field(node, name, full, depth));
        }
        std::ranges::stable_sort(placed, {}, [](const auto& p) { return std::pair(p.first.line, p.first.column); });
        std::vector<field_rule> rules;
        rules.reserve(placed.size());
        for (auto& [place, rule] : placed)
            rules.push_back(std::move(rule));
        return rules;
    }

    static bool equal_names(std::string_view a, std::string_view b) {
        return std::ranges::equal(a, b, {}, bytes::lower, bytes::lower);
    }

    void check_field_name(const toml::key& key, const std::string& path) {
        const std::string_view name = key.str();
        const bool is_odd = name.empty() || name.size() > 100 || name[0] == '_' ||
                            std::ranges::any_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
        if (is_odd) fail(key, path + "." + std::string(name), "a name has 1 to 100 bytes, and no '_' in front");
    }

    field_rule one_field(const toml::node& node, const std::string& name, const std::string& path, int depth) {
        field_rule rule;
        rule.name = name;
        if (node.is_string()) {
            rule.where = select(node, path);
            rule.attribute = rule.where.attribute();
            return rule;
        }
        const auto* table = node.as_table();
        if (!table) {
            fail(node, path, "it must be a selector, or a table with one: { css = \"…\" }");
            return rule;
        }
        for (const auto& [key, each] : *table)
            one_key(key, each, rule, path + "." + std::string(key.str()), depth);
        settle(*table, rule, path);
        return rule;
    }

    void one_key(const toml::key& key, const toml::node& node, field_rule& rule, const std::string& path, int depth) {
        if (key == "css") {
            rule.where = select(node, path);
        } else if (key == "attr") {
            rule.attribute = text(node, path).value_or("");
            std::ranges::transform(rule.attribute, rule.attribute.begin(), bytes::lower);
            if (rule.attribute.empty() && node.is_string()) fail(node, path, "it must be the name of an attribute");
        } else if (key == "html") {
            rule.is_html = truth(node, path);
        } else if (key == "regex") {
            rule.pattern = pattern(node, path);
        } else if (key == "type") {
            const auto word = text(node, path);
            const auto type = word ? type_by_name(*word) : std::nullopt;
            if (type) rule.type = *type;
            if (word && !type) fail(node, path, quoted(*word) + " is not str, int, float, bool, url or date");
        } else if (key == "list") {
            rule.is_list = truth(node, path);
        } else if (key == "required") {
            rule.is_required = truth(node, path);
        } else if (key == "fields") {
            rule.type = value_type::record;
            if (const auto* table = node.as_table(); table && !table->empty()) {
                rule.fields = fields_in(*table, path, depth + 1);
            } else {
                fail(node, path, "it must be a table with fields");
            }
        } else if (key != "default") { // which needs to know the type
            fail(
                key, path,
                "there is no such key; there are " +
                    listed({"css", "attr", "html", "regex", "type", "list", "fields", "required", "default"}));
        }
    }

    /// What depends on several keys.
    void settle(const toml::table& table, field_rule& rule, const std::string& path) {
        if (!rule.where.attribute().empty()) {
            if (!rule.attribute.empty()) fail(*table.get("attr"), path + ".attr", "css has an attribute already");
            rule.attribute = rule.where.attribute();
        }
        if (table.empty()) fail(table, path, "css is missing");
        if (table.contains("fields"))
            for (const char* other : {"attr", "html", "regex", "type", "default"})
                if (const auto* node = table.get(other))
                    fail(*node, path + "." + other, "it means nothing where there are fields");
        if (rule.is_html && !rule.attribute.empty())
            fail(*table.get("html"), path + ".html", "an attribute has no markup");
        if (rule.is_html && table.contains("type")) fail(*table.get("type"), path + ".type", "markup is a text");
        if (const auto* node = table.get("default"); node && !table.contains("fields")) fallback(*node, rule, path);
    }

    void fallback(const toml::node& node, field_rule& rule, const std::string& path) {
        const std::string name = path + ".default";
        if (rule.is_required) return fail(node, name, "what is required has none");
        if (rule.is_list) return fail(node, name, "a list without values is an empty list");
        if (const auto* b = node.as_boolean(); b && rule.type == value_type::boolean) {
            rule.fallback = value{b->get()};
        } else if (const auto* i = node.as_integer(); i && rule.type == value_type::integer) {
            rule.fallback = value{i->get()};
        } else if (const auto n = node.value<double>(); n && !node.is_boolean() && rule.type == value_type::real) {
            rule.fallback = value{*n};
        } else if (const auto* s = node.as_string(); s && rule.type != value_type::boolean &&
                                                     rule.type != value_type::integer &&
                                                     rule.type != value_type::real) {
            const auto v = converted(s->get(), rule.type);
            if (!v) return fail(node, name, quoted(s->get()) + " is no " + std::string(name_of(rule.type)));
            rule.fallback = *v;
        } else {
            fail(node, name, "it must be of the field's type, " + std::string(name_of(rule.type)));
        }
    }

    // -------------------------------------------------------------------------------------------------- single values

    std::optional<std::string> text(const toml::node& node, const std::string& path) {
        if (const auto* s = node.as_string()) return s->get();
        fail(node, path, "it must be a text");
        return std::nullopt;
    }

    bool truth(const toml::node& node, const std::string& path) {
        if (const auto* b = node.as_boolean()) return b->get();
        fail(node, path, "it must be true or false");
        return false;
    }

    selector select(const toml::node& node, const std::string& path) {
        const auto written = text(node, path);
        try {
            return selector(written.value_or(""));
        } catch (const selector_problem& p) {
            fail_within(node, p.offset, path, p.reason);
            return selector("");
        }
    }

    std::shared_ptr<const re2::RE2> pattern(const toml::node& node, const std::string& path) {
        const auto written = text(node, path);
        if (!written) return nullptr;
        re2::RE2::Options options;
        options.set_log_errors(false);
        auto made = std::make_shared<const re2::RE2>(*written, options);
        if (!made->ok()) {
            const std::size_t at = made->error_arg().empty() ? 0 : written->find(made->error_arg());
            fail_within(node, at == written->npos ? 0 : at, path, made->error());
        } else if (made->NumberOfCapturingGroups() > 1) {
            fail(
                node, path,
                "it has " + std::to_string(made->NumberOfCapturingGroups()) +
                    " groups, and one at most is the value; (?:…) groups without");
        }
        return made;
    }

    std::string_view text_;
    std::string path_;
    extraction rules_;
    std::vector<std::pair<file_place, std::string>> problems_;
};

} // namespace

std::variant<extraction, std::vector<std::string>>
read_extraction(std::string_view text, const std::string& path, std::span<const std::string_view> settings) {
    reader rules(text, path);
    try {
        rules.read(toml::parse(text, path), settings);
    } catch (const toml::parse_error& e) {
        rules.fail(e.source(), "", std::string(e.description()));
    }
    return rules.result();
}

} // namespace plait::crawl
