// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The values that settings have, as people write them. Each form reads a text, or finds that it is none; writes a value so
// that reading gives the same again; and says in words what it accepts, and in one what to put there.

#include "settings.hpp"

#include <charconv>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plait::intake::forms {

template <std::unsigned_integral T>
struct number {
    T least, most;

    [[nodiscard]] std::optional<T> read(std::string_view text) const {
        T value{};
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most)
            return std::nullopt;
        return value;
    }
    [[nodiscard]] std::string write(T value) const { return std::to_string(value); }
    [[nodiscard]] std::string placeholder() const { return "N"; }
    [[nodiscard]] std::string accepts() const {
        return "a number from " + std::to_string(least) + " to " + std::to_string(most);
    }
};

/// Of bytes: "1048576", or with a unit, "1MiB".
struct size {
    std::uint64_t least, most;

    [[nodiscard]] std::optional<std::uint64_t> read(std::string_view text) const;
    [[nodiscard]] std::string write(std::uint64_t value) const;
    [[nodiscard]] std::string placeholder() const { return "SIZE"; }
    [[nodiscard]] std::string accepts() const {
        return "a number of bytes from " + write(least) + " to " + write(most) + ", such as 65536 or 64KiB";
    }
};

/// "250ms", "10s", "5m"; never without its unit.
struct time {
    std::chrono::milliseconds least, most;

    [[nodiscard]] std::optional<std::chrono::milliseconds> read(std::string_view text) const;
    [[nodiscard]] std::string write(std::chrono::milliseconds value) const;
    [[nodiscard]] std::string placeholder() const { return "TIME"; }
    [[nodiscard]] std::string accepts() const {
        return "a time from " + write(least) + " to " + write(most) + ", such as 250ms, 10s or 5m";
    }
};

/// ADDRESS:PORT, the address of IPv6 in brackets.
struct endpoint {
    [[nodiscard]] std::optional<settings::endpoint> read(std::string_view text) const;
    [[nodiscard]] std::string write(const settings::endpoint& value) const {
        std::ostringstream out;
        out << value;
        return out.str();
    }
    [[nodiscard]] std::string placeholder() const { return "ADDRESS:PORT"; }
    [[nodiscard]] std::string accepts() const { return "ADDRESS:PORT, such as 127.0.0.1:8080 or [::1]:8080"; }
};

/// What `Form` reads, or a word for nothing.
template <class Form>
struct optional {
    Form form;
    std::string nothing;

    using value_type = typename decltype(std::declval<const Form&>().read(std::string_view{}))::value_type;

    [[nodiscard]] std::optional<std::optional<value_type>> read(std::string_view text) const {
        if (text == nothing) return std::optional<value_type>();
        auto value = form.read(text);
        if (!value) return std::nullopt;
        return value;
    }
    [[nodiscard]] std::string write(const std::optional<value_type>& value) const {
        return value ? form.write(*value) : nothing;
    }
    [[nodiscard]] std::string placeholder() const { return form.placeholder() + "|" + nothing; }
    [[nodiscard]] std::string accepts() const { return form.accepts() + ", or " + nothing; }
};

/// One of some words.
template <class T>
struct choice {
    std::vector<std::pair<std::string_view, T>> words;

    [[nodiscard]] std::optional<T> read(std::string_view text) const {
        for (const auto& [word, value] : words)
            if (word == text) return value;
        return std::nullopt;
    }
    [[nodiscard]] std::string write(T value) const {
        for (const auto& [word, each] : words)
            if (each == value) return std::string(word);
        return {};
    }
    [[nodiscard]] std::string placeholder() const { return listed("|", "|"); }
    [[nodiscard]] std::string accepts() const { return listed(", ", " or "); }

private:
    [[nodiscard]] std::string listed(std::string_view between, std::string_view last) const;
};

template <class T>
std::string choice<T>::listed(std::string_view between, std::string_view last) const {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i != 0) text += i + 1 == words.size() ? last : between;
        text += words[i].first;
    }
    return text;
}

/// Numbers and ranges of processors: "0,2-3"; empty: all of them.
struct processors {
    [[nodiscard]] std::optional<std::string> read(std::string_view text) const;
    [[nodiscard]] std::string write(const std::string& value) const { return value; }
    [[nodiscard]] std::string placeholder() const { return "CPUS"; }
    [[nodiscard]] std::string accepts() const { return "a list of processors, such as 0 or 0,2-3, or nothing"; }
};

struct path {
    [[nodiscard]] std::optional<std::string> read(std::string_view text) const {
        constexpr std::size_t most = 4095; // PATH_MAX, less its zero
        if (text.size() > most || text.find('\0') != std::string_view::npos) return std::nullopt;
        return std::string(text);
    }
    [[nodiscard]] std::string write(const std::string& value) const { return value; }
    [[nodiscard]] std::string placeholder() const { return "FILE"; }
    [[nodiscard]] std::string accepts() const { return "a path of at most 4095 bytes, or nothing"; }
};

struct handler {
    [[nodiscard]] std::optional<handler_settings> read(std::string_view text) const;
    [[nodiscard]] std::string write(const handler_settings& value) const;
    [[nodiscard]] std::string placeholder() const { return "HANDLER"; }
    [[nodiscard]] std::string accepts() const;
};

} // namespace plait::intake::forms
