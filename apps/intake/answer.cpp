// Copyright 2026 the plait authors. Boost Software License 1.0
#include "answer.hpp"

#include <boost/beast/http/status.hpp>

#include <cassert>
#include <charconv>

namespace plait::intake {

answer_head::answer_head(const answer& a, std::uint32_t run) noexcept {
    add("HTTP/1.1 ");
    add(a.status);
    add(" ");
    add(boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(a.status)));
    add("\r\n");
    add(a.date_line);
    if (a.status != 204) { // RFC 9110 §8.6: no Content-Length with 204
        add("Content-Type: ");
        add(a.content_type);
        add("\r\nContent-Length: ");
        add(a.content_length);
        add("\r\n");
    }
    add("X-Request-Id: ");
    add_hex(run, 8);
    add("-");
    add_hex(a.request_number, 12);
    add("\r\n");
    if (a.worker != 0) {
        add("X-Worker-Pid: ");
        add(static_cast<std::uint64_t>(a.worker));
        add("\r\n");
    }
    add(a.extra_lines);
    if (!a.keep_alive)
        add("Connection: close\r\n");
    else if (a.version < 11)
        add("Connection: keep-alive\r\n");
    add("\r\n");
}

void answer_head::add(std::string_view text) noexcept {
    assert(size_ + text.size() <= bytes_.size());
    size_ += text.copy(bytes_.data() + size_, text.size());
}

void answer_head::add(std::uint64_t number) noexcept {
    char* const at = bytes_.data() + size_;
    size_ = static_cast<std::size_t>(std::to_chars(at, bytes_.data() + bytes_.size(), number).ptr - bytes_.data());
}

void answer_head::add_hex(std::uint64_t number, int digits) noexcept {
    constexpr std::string_view all = "0123456789abcdef";
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
        bytes_[size_++] = all[(number >> shift) & 15];
}

} // namespace plait::intake
