// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/http/request_reader.hpp>

#include <algorithm>
#include <cstring>

namespace plait::http {
namespace {

constexpr std::size_t room_for_body = 16 * 1024;
constexpr std::size_t rest_of_request_line = 16; // two spaces, the version, and an empty line before

// A body larger than this gives its memory back before the connection idles.
constexpr std::size_t kept_body = 64 * 1024;

} // namespace

request_reader::request_reader(const limits& l)
    : capacity_(l.method + l.target + rest_of_request_line + l.header_bytes + room_for_body),
      buffer_(std::make_unique_for_overwrite<char[]>(capacity_)),
      guard_(l),
      chunks_(l) {}

void request_reader::rest() noexcept {
    if (started()) return;
    buffer_.reset();
    head_.fields = {};
}

std::span<char> request_reader::room() {
    if (!buffer_) buffer_ = std::make_unique_for_overwrite<char[]>(capacity_);
    if (stage_ == stage::head && begin_ > 0) { // nothing points into the buffer yet: it may move
        std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = at_ = 0;
    }
    return {buffer_.get() + end_, capacity_ - end_};
}

request_reader::status request_reader::head() {
    if (why_) return status::refused;
    if (stage_ != stage::head) return status::ready;
    if (!skipped_empty_line_ && end_ > begin_ && buffer_[begin_] == '\r') {
        // RFC 9112 §2.2: one empty line before the request line is an old client's habit after a POST.
        if (end_ - begin_ < 2) return status::need_more;
        if (buffer_[begin_ + 1] != '\n') return refuse({400, "a carriage return stands without its line feed"});
        begin_ += 2;
        skipped_empty_line_ = true;
    }
    const std::string_view bytes(buffer_.get() + begin_, end_ - begin_);
    switch (guard_.feed(bytes)) {
    case verdict::need_more: return status::need_more;
    case verdict::refused: return refuse(guard_.why());
    case verdict::complete: break;
    }
    if (refusal r = parse_head(bytes.substr(0, guard_.size()), head_)) return refuse(r);
    if (refusal r = check_fields(head_)) return refuse(r);
    at_ = begin_ + guard_.size();
    stage_ = stage::body;
    return status::ready;
}

request_reader::status request_reader::body(std::uint64_t limit) {
    if (why_) return status::refused;
    if (stage_ == stage::complete) return status::ready;
    status s = status::ready;
    if (head_.framing == body_framing::length) s = body_of_length(limit);
    if (head_.framing == body_framing::chunked) s = chunked_body(limit);
    if (s == status::ready) stage_ = stage::complete;
    return s;
}

request_reader::status request_reader::body_of_length(std::uint64_t limit) {
    if (head_.content_length > limit) return refuse({413, "the body is too large"});
    const std::size_t length = static_cast<std::size_t>(head_.content_length);
    if (body_.empty() && length <= capacity_ - at_) { // it fits where it is
        if (end_ - at_ < length) return status::need_more;
        content_ = {buffer_.get() + at_, length};
        at_ += length;
        return status::ready;
    }
    const std::size_t n = std::min(end_ - at_, length - body_.size());
    body_.append(buffer_.get() + at_, n); // grows with what arrives, not with what was promised
    if (body_.size() == length) {
        at_ += n;
        content_ = body_;
        return status::ready;
    }
    end_ = at_;
    return status::need_more;
}

request_reader::status request_reader::chunked_body(std::uint64_t limit) {
    chunks_.limit_body(limit);
    std::size_t used = 0;
    while (!chunks_.done()) {
        const chunked_decoder::step step = chunks_.feed(unread().substr(used));
        if (chunks_.why()) return refuse(chunks_.why());
        if (step.used == 0) {
            end_ = at_;
            return status::need_more;
        }
        body_.append(step.data);
        used += step.used;
    }
    at_ += used;
    content_ = body_;
    return status::ready;
}

void request_reader::next() noexcept {
    begin_ = at_;
    if (begin_ == end_) begin_ = at_ = end_ = 0;
    stage_ = stage::head;
    skipped_empty_line_ = false;
    head_.clear();
    guard_.reset();
    chunks_.reset();
    content_ = {};
    body_.clear();
    if (body_.capacity() > kept_body) body_ = {};
}

} // namespace plait::http
