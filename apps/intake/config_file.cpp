// Copyright 2026 the plait authors. Boost Software License 1.0
#include "command_line.hpp"
#include "config_file.hpp"
#include "wrapped.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <string_view>

#include <toml++/toml.h>

namespace plait::intake {
namespace {

/// A value as the flag would spell it; nothing if it is of a kind that no setting has.
std::optional<std::string> spelled(const toml::node& value) {
    if (const auto* text = value.as_string()) return text->get();
    if (const auto* number = value.as_integer()) return std::to_string(number->get());
    return std::nullopt;
}

std::string place(const std::string& path, const toml::source_region& where) {
    return path + ":" + std::to_string(where.begin.line) + ": ";
}

std::optional<std::string> assign(const toml::key& key, const toml::node& value, const std::vector<setting>& all) {
    const auto s = std::ranges::find(all, key.str(), &setting::name);
    if (s == all.end()) return "there is no setting '" + std::string(key.str()) + "'";
    const auto text = spelled(value);
    if (!text) return s->name + ": is neither a text nor a whole number; it must be " + s->accepts;
    if (!s->assign(*text)) return s->name + ": '" + *text + "' is not " + s->accepts;
    return std::nullopt;
}

/// A sentence, in lines that begin with "# ".
std::string as_comment(std::string text) {
    constexpr std::size_t width = 98;
    if (text.front() >= 'a' && text.front() <= 'z') text.front() = static_cast<char>(text.front() - 'a' + 'A');
    return "# " + wrapped(text + ".", width, "\n# ") + "\n";
}

/// A basic string of TOML.
std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
        if (code < 0x20 || code == 0x7f) {
            out.append("\\u00") += "0123456789abcdef"[code >> 4];
            out += "0123456789abcdef"[code & 15];
            continue;
        }
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

} // namespace

std::vector<std::string> read_config_file(const std::string& path, const std::vector<setting>& all) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return {path + ": " + std::strerror(errno)};
    std::string text;
    for (std::array<char, 4096> some; file.read(some.data(), some.size()) || file.gcount() != 0;)
        text.append(some.data(), static_cast<std::size_t>(file.gcount()));
    if (file.bad()) return {path + ": it cannot be read"}; // a directory, for one
    try {
        const toml::table table = toml::parse(text, path);
        std::vector<std::string> problems;
        for (const auto& [key, value] : table)
            if (const auto problem = assign(key, value, all)) problems.push_back(place(path, key.source()) + *problem);
        return problems;
    } catch (const toml::parse_error& e) {
        return {place(path, e.source()) + std::string(e.description())};
    }
}

std::string config_text(const settings& s) {
    settings shown = s;
    std::string text =
        "# Settings of plait-intake. Any may be left out, and any can be given as a flag too, --listen "
        "127.0.0.1:8080;\n"
        "# the flag then goes before this file. `plait-intake check --config FILE` says whether a file is right;\n"
        "# SIGHUP has a running server read it again.\n";
    std::string_view chapter;
    for (const setting& each : settings_of(shown)) {
        if (each.chapter != chapter) text.append("\n## ").append(chapter = each.chapter).append("\n");
        text.append("\n").append(as_comment(each.help)).append(as_comment("takes " + each.accepts));
        text.append(each.name).append(" = ").append(each.is_number ? each.text() : quoted(each.text())).append("\n");
    }
    return text;
}

} // namespace plait::intake
