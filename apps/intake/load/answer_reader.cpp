// Copyright 2026 the plait authors. Boost Software License 1.0
#include "answer_reader.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <string>
#include <utility>

namespace plait::load {
namespace {

[[noreturn]] void refuse(const std::string& what) { throw std::runtime_error("an answer " + what); }

/// All of `digits` as a number.
template <class T>
T number(std::string_view digits, const char* of) {
    T value{};
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size() || digits.front() == '-')
        refuse("with the " + std::string(of) + " '" + std::string(digits) + "'");
    return value;
}

bool equal_names(std::string_view a, std::string_view in_lower_case) noexcept {
    return std::ranges::equal(
        a, in_lower_case, [](char x, char y) { return (x >= 'A' && x <= 'Z' ? x | 32 : x) == y; });
}

std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

std::uint16_t read_status_line(std::string_view line) {
    constexpr std::string_view version = "HTTP/1.1 ";
    if (!line.starts_with(version) || line.size() < version.size() + 4 || line[version.size() + 3] != ' ')
        refuse("that begins with '" + std::string(line.substr(0, 80)) + "'");
    const auto status = number<std::uint16_t>(line.substr(version.size(), 3), "status");
    if (status < 200 || status > 599) refuse("with the status " + std::to_string(status));
    return status;
}

struct head {
    answer_seen seen;
    std::optional<std::size_t> length;
};

void read_field(std::string_view line, head& h) {
    const std::size_t colon = line.find(':');
    if (colon == 0 || colon == std::string_view::npos) refuse("with the header line '" + std::string(line) + "'");
    const std::string_view name = line.substr(0, colon), value = trimmed(line.substr(colon + 1));
    if (equal_names(name, "content-length")) {
        if (h.length) refuse("with two lengths");
        h.length = number<std::size_t>(value, "Content-Length");
        if (*h.length > answer_reader::most_body) refuse("of " + std::to_string(*h.length) + " bytes");
    } else if (equal_names(name, "x-worker-pid")) {
        h.seen.worker = number<std::int32_t>(value, "X-Worker-Pid");
    } else if (equal_names(name, "connection")) {
        h.seen.closes = equal_names(value, "close");
    } else if (equal_names(name, "transfer-encoding")) {
        refuse("with a Transfer-Encoding");
    }
}

/// `text` ends with the CRLF of its last line.
head read_head(std::string_view text) {
    head h;
    bool first = true;
    while (!text.empty()) {
        const std::size_t end = text.find("\r\n");
        const std::string_view line = text.substr(0, end);
        if (std::exchange(first, false))
            h.seen.status = read_status_line(line);
        else
            read_field(line, h);
        text.remove_prefix(end + 2);
    }
    if (h.seen.status == 204 || h.seen.status == 304) {
        if (h.length.value_or(0) != 0) refuse("without a body that has a length");
        h.length = 0;
    }
    if (!h.length) refuse("without a Content-Length");
    return h;
}

} // namespace

std::span<char> answer_reader::room() {
    if (begin_ == end_) begin_ = end_ = 0;
    if (end_ == buffer_.size()) {
        if (begin_ > 0) {
            std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_), buffer_.end(), buffer_.begin());
            end_ -= begin_;
            begin_ = 0;
        } else {
            buffer_.resize(2 * buffer_.size());
        }
    }
    return std::span(buffer_).subspan(end_);
}

std::optional<answer_seen> answer_reader::next() {
    const std::string_view there(buffer_.data() + begin_, end_ - begin_);
    constexpr std::string_view head_end = "\r\n\r\n";
    const std::size_t empty_line = there.substr(0, most_head).find(head_end);
    if (empty_line == std::string_view::npos) {
        if (there.size() >= most_head) refuse("whose head does not end");
        return std::nullopt;
    }
    head h = read_head(there.substr(0, empty_line + 2));
    const std::size_t body = empty_line + head_end.size();
    if (there.size() - body < *h.length) return std::nullopt;
    h.seen.body = there.substr(body, *h.length);
    begin_ += body + *h.length;
    return h.seen;
}

} // namespace plait::load
