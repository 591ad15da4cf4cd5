// Copyright 2026 the plait authors. Boost Software License 1.0
#include "log.hpp"
#include "utf8.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <string>

#include <unistd.h>

namespace plait::intake {
namespace {

std::atomic<log_format> format_now{log_format::text};

/// RFC 3339, in UTC, with milliseconds.
std::string time_text() {
    const auto now = std::chrono::system_clock::now();
    const auto second = std::chrono::floor<std::chrono::seconds>(now);
    const std::time_t seconds = std::chrono::system_clock::to_time_t(second);
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    std::array<char, 32> text;
    const std::size_t n = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
    std::array<char, 8> fraction;
    const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(now - second).count();
    std::snprintf(fraction.data(), fraction.size(), ".%03dZ", static_cast<int>(milliseconds));
    return std::string(text.data(), n) + fraction.data();
}

/// On a line of its own, and the lines that it has itself behind it, indented. What others have sent is in it: it must not pass
/// for another line, nor command the terminal.
std::string shown(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out = "plait-intake: ";
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
        const bool is_control = (code < 0x20 && c != '\t') || code == 0x7f;
        if (c == '\n')
            out += "\n    ";
        else if (is_control)
            (out.append("\\x") += digits[code >> 4]) += digits[code & 15];
        else
            out += c;
    }
    return out;
}

} // namespace

void set_log_format(log_format format) noexcept { format_now.store(format, std::memory_order_relaxed); }

void log(std::string_view said) {
    const std::string text = to_utf8(said);
    std::string line;
    if (format_now.load(std::memory_order_relaxed) == log_format::text)
        line = shown(text);
    else
        line =
            boost::json::serialize(boost::json::object{{"time", time_text()}, {"pid", ::getpid()}, {"message", text}});
    line += '\n';
    // There is nobody to tell that the log is gone.
    [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, line.data(), line.size());
}

} // namespace plait::intake
