// Copyright 2026 the plait authors. Boost Software License 1.0
#include <plait/http/response_reader.hpp>

#include <algorithm>
#include <cstring>

namespace plait::http {
namespace {

constexpr std::size_t room_for_body = 16 * 1024;
constexpr std::size_t line_end = 2;

fault of_chunks(const refusal& why) noexcept {
    switch (why.status) {
    case 413: return fault::body_too_large;
    case 431: return fault::head_too_large;
    default: return fault::chunk;
    }
}

} // namespace

response_reader::response_reader(const response_limits& l)
    : limits_(&l),
      capacity_(l.status_line + line_end + l.header_bytes + room_for_body),
      buffer_(std::make_unique_for_overwrite<char[]>(capacity_)),
      guard_(l),
      chunks_(l) {}

void response_reader::expect(bool to_head, std::uint64_t body_limit) noexcept {
    if (at_ != end_ && !why_) why_ = {fault::unasked, "bytes came before anything was asked"};
    body_at_ = at_ = end_ = 0;
    stage_ = stage::head;
    to_head_ = to_head;
    interim_ = 0;
    left_ = body_limit;
    guard_.reset();
    chunks_.reset();
    chunks_.limit_body(body_limit);
    head_.clear();
    piece_ = {};
}

std::span<char> response_reader::room() noexcept {
    piece_ = {};
    if (stage_ != stage::head && at_ == end_) at_ = end_ = body_at_; // nobody needs what was there
    return {buffer_.get() + end_, capacity_ - end_};
}

response_reader::status response_reader::more() noexcept {
    if (!ended_) return status::need_more;
    return refuse(fault::truncated, started() ? "the connection ended in the middle of it" : "the connection ended");
}

response_reader::status response_reader::head() {
    if (why_) return status::refused;
    if (stage_ != stage::head) return status::ready;
    for (;;) {
        if (const status s = one_head(); s != status::ready) return s;
        if (head_.status >= 200) break;
        if (head_.status == 101) return refuse(fault::upgrade, "it changes the protocol, which nobody asked for");
        if (++interim_ > limits_->interim) return refuse(fault::too_many_interim, "there are too many interim answers");
        std::memmove(buffer_.get(), buffer_.get() + at_, end_ - at_);
        end_ -= at_;
        at_ = 0;
        guard_.reset();
    }
    body_at_ = at_;
    stage_ = stage::body;
    if (head_.framing == body_framing::none) return complete();
    if (head_.framing == body_framing::length) {
        if (head_.content_length > left_) return refuse(fault::body_too_large, "its body is too large");
        left_ = head_.content_length;
    }
    return status::ready;
}

response_reader::status response_reader::one_head() {
    const std::string_view bytes(buffer_.get(), end_);
    switch (guard_.feed(bytes)) {
    case verdict::need_more: return more();
    case verdict::refused: return refuse(guard_.why());
    case verdict::complete: break;
    }
    if (response_fault f = parse_head(bytes.substr(0, guard_.size()), head_)) return refuse(f);
    if (response_fault f = check_fields(head_, to_head_)) return refuse(f);
    at_ = guard_.size();
    return status::ready;
}

response_reader::status response_reader::complete() noexcept {
    stage_ = stage::complete;
    return status::ready;
}

response_reader::status response_reader::body() {
    piece_ = {};
    if (why_) return status::refused;
    if (stage_ == stage::complete) return status::ready;
    return head_.framing == body_framing::chunked ? chunked_body() : plain_body();
}

void response_reader::take(std::size_t bytes) noexcept {
    piece_ = unread().substr(0, bytes);
    at_ += bytes;
}

response_reader::status response_reader::plain_body() noexcept {
    const bool until_close = head_.framing == body_framing::until_close;
    if (at_ == end_) {
        if (until_close && ended_) return complete();
        return more();
    }
    if (left_ == 0) return refuse(fault::body_too_large, "its body is too large"); // until close
    take(static_cast<std::size_t>(std::min<std::uint64_t>(end_ - at_, left_)));
    left_ -= piece_.size();
    if (!until_close && left_ == 0) return complete();
    return status::ready;
}

response_reader::status response_reader::chunked_body() noexcept {
    while (piece_.empty() && !chunks_.done()) {
        const chunked_decoder::step step = chunks_.feed(unread());
        if (chunks_.why()) return refuse(of_chunks(chunks_.why()), chunks_.why().reason);
        if (step.used == 0) return more();
        at_ += step.used;
        piece_ = step.data;
    }
    return chunks_.done() ? complete() : status::ready;
}

} // namespace plait::http
