// Copyright 2026 the plait authors. Boost Software License 1.0
#include "answer.hpp"

#include <plait/http/field_text.hpp>

#include <boost/beast/http/status.hpp>

#include <algorithm>
#include <cassert>
#include <charconv>

namespace plait::intake {
namespace {

/// RFC 9112 §4: it may be empty.
std::string_view reason_of(unsigned status) noexcept {
    const auto known = boost::beast::http::int_to_status(status);
    if (known == boost::beast::http::status::unknown) return {};
    return boost::beast::http::obsolete_reason(known);
}

char* write_hex(char* at, std::uint64_t number, int digits) noexcept {
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
        *at++ = "0123456789abcdef"[(number >> shift) & 15];
    return at;
}

} // namespace

std::string_view write_id(const request_id& id, std::span<char, 24> room) noexcept {
    char* at = write_hex(room.data(), id.run, 8);
    *at++ = '-';
    at = write_hex(at, id.number, 12);
    return {room.data(), at};
}

answer_head::answer_head(const answer& a) noexcept {
    add("HTTP/1.1 ");
    add(a.status);
    add(" ");
    add(reason_of(a.status));
    add("\r\n");
    add(a.date_line);
    if (!a.content_type.empty() && a.status != 204) {
        add("Content-Type: ");
        add(a.content_type);
        add("\r\n");
    }
    if (a.content_length && !http::has_no_content(a.status)) { // RFC 9110 §8.6: no Content-Length with 204
        add("Content-Length: ");
        add(*a.content_length);
        add("\r\n");
    }
    std::array<char, 24> id;
    add("X-Request-Id: ");
    add(write_id(a.id, id));
    add("\r\n");
    if (a.worker != 0) {
        add("X-Worker-Pid: ");
        add(static_cast<std::uint64_t>(a.worker));
        add("\r\n");
    }
    if (a.timing) { // https://www.w3.org/TR/server-timing/
        add("Server-Timing: queue;dur=");
        add_milliseconds(a.timing->queue);
        add(", work;dur=");
        add_milliseconds(a.timing->work);
        add("\r\n");
    }
    add(a.extra_lines);
    if (!a.keep_alive)
        add("Connection: close\r\n");
    else if (a.version < 11)
        add("Connection: keep-alive\r\n");
}

void answer_head::add(std::string_view text) noexcept {
    assert(size_ + text.size() <= bytes_.size());
    size_ += text.copy(bytes_.data() + size_, text.size());
}

void answer_head::add(std::uint64_t number) noexcept {
    char* const at = bytes_.data() + size_;
    size_ = static_cast<std::size_t>(std::to_chars(at, bytes_.data() + bytes_.size(), number).ptr - bytes_.data());
}

/// With three decimals.
void answer_head::add_milliseconds(std::chrono::nanoseconds time) noexcept {
    const auto us = static_cast<std::uint64_t>(std::max<std::int64_t>(time.count() / 1000, 0));
    add(us / 1000);
    const std::uint64_t rest = us % 1000;
    const std::array<char, 4> decimals{
        '.', static_cast<char>('0' + rest / 100), static_cast<char>('0' + rest / 10 % 10),
        static_cast<char>('0' + rest % 10)};
    add(std::string_view(decimals.data(), decimals.size()));
}

} // namespace plait::intake
