// Copyright 2026 the plait authors. Boost Software License 1.0
#include "answer_text.hpp"

#include <plait/http/field_text.hpp>
#include <plait/http/head_guard.hpp>

#include <algorithm>
#include <array>
#include <intake/answer.hpp>
#include <limits>

namespace plait::intake {
namespace {

constexpr std::array<std::string_view, 11> of_the_front{
    "connection", "content-length",    "date",    "keep-alive",   "proxy-connection", "te",
    "trailer",    "transfer-encoding", "upgrade", "x-request-id", "x-worker-pid"};

} // namespace

bool answer_text::is_of_the_front(std::string_view name) noexcept {
    return std::ranges::any_of(of_the_front, [name](std::string_view each) { return http::equal_names(name, each); });
}

outgoing answer_text::write(const response& from) {
    if (from.status < 200 || from.status > 599)
        throw faulty_answer("the handler's status is " + std::to_string(from.status) + ", not 200 to 599");
    if (from.body.size() > max_body_)
        throw faulty_answer(
            "the handler's answer has " + std::to_string(from.body.size()) + " bytes; at most " +
            std::to_string(max_body_) + " are passed on (max-answer)");
    if (!from.body.empty() && http::has_no_content(from.status))
        throw faulty_answer(
            "the handler's answer has a body, which there is none of with " + std::to_string(from.status));
    bytes_.clear();
    if (!from.content_type.empty()) add_line("Content-Type", from.content_type);
    for (const auto& [name, value] : from.headers)
        add_line(name, value);
    const auto lines = static_cast<std::uint32_t>(bytes_.size());
    bytes_ += from.body;
    return {
        {.status = static_cast<std::uint16_t>(from.status), .type = reply::content::in_lines, .line_bytes = lines},
        std::as_bytes(std::span(bytes_))};
}

void answer_text::add_line(std::string_view name, std::string_view value) {
    constexpr std::size_t most = 64 * 1024;
    if (!http::is_field_name(name)) throw faulty_answer("the handler's answer has a header whose name is none");
    if (!http::is_field_value(value))
        throw faulty_answer("the handler's answer has a header, " + std::string(name) + ", whose value is none");
    if (is_of_the_front(name))
        throw faulty_answer(
            "the handler's answer has a header, " + std::string(name) + ", that is not the handler's to send");
    bytes_.append(name).append(": ").append(value).append("\r\n");
    if (bytes_.size() > most) throw faulty_answer("the handler's answer has more than 64 KiB of headers");
}

outgoing answer_text::write_fault(const faulty_answer& why) {
    bytes_ = why.what();
    return {
        {.status = 502, .type = reply::content::text, .how = reply::outcome::faulty}, std::as_bytes(std::span(bytes_))};
}

const request& request_view::read(const incoming& from) {
    // The front has read the same bytes.
    static_cast<void>(http::parse_head(from.head, head_));
    headers_.clear();
    for (const http::field& f : head_.fields)
        headers_.push_back({f.name, f.value});
    request_ = {head_.method_text, head_.target, headers_, from.body, write_id(from.id, id_)};
    return request_;
}

} // namespace plait::intake
