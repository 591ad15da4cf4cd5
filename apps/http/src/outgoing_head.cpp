// Copyright 2026 the plait authors. Boost Software License 1.0
#include "bytes.hpp"
#include "field_values.hpp"
#include "outgoing_head.hpp"

#include <plait/http/client_error.hpp>
#include <plait/http/content_decoder.hpp>

#include <algorithm>
#include <array>

namespace plait::http {
namespace {

bool all(std::string_view text, bytes::kind k) noexcept {
    return std::ranges::all_of(text, [k](char c) { return bytes::is(c, k); });
}

bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

/// What is wrong with it; nullptr: nothing.
const char* problem_of_line(const request& r) noexcept {
    if (r.method.empty() || !all(r.method, bytes::token)) return "its method is no word";
    if (r.method == "CONNECT") return "CONNECT makes a tunnel, which is not made here";
    if (r.target == "*") return r.method == "OPTIONS" ? nullptr : "the target '*' belongs to OPTIONS alone";
    if (!r.target.starts_with('/')) return "its target does not begin with '/'";
    if (!all(r.target, bytes::visible)) return "its target holds a byte that must be percent-encoded";
    if (r.target.find('#') != std::string_view::npos) return "its target holds a fragment";
    return nullptr;
}

bool is_the_client_s(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 11> names{
        "host", "content-length", "transfer-encoding", "connection",    "keep-alive", "proxy-connection", "expect",
        "te",   "trailer",        "upgrade",           "http2-settings"};
    return std::ranges::any_of(names, [name](std::string_view n) { return bytes::equals(name, n); });
}

const char* problem_of(const request_field& f) noexcept {
    if (f.name.empty() || !all(f.name, bytes::token)) return "a field's name is no word";
    if (is_the_client_s(f.name)) return "a field belongs to the connection and is the client's to say";
    if (!all(f.value, bytes::field_value)) return "a field's value holds a line end or another control character";
    if (!f.value.empty() && (is_blank(f.value.front()) || is_blank(f.value.back())))
        return "a field's value begins or ends with a blank";
    return nullptr;
}

const char* problem_of(const request& r) noexcept {
    if (const char* problem = problem_of_line(r)) return problem;
    if (!r.host.empty() && !valid_host(r.host)) return "its host is not valid";
    for (const request_field& f : r.fields)
        if (const char* problem = problem_of(f)) return problem;
    return nullptr;
}

/// RFC 9110 §8.6: a server may wait for the length of a body that is none.
bool says_its_length(const request& r) noexcept {
    return !r.body.empty() || r.method == "POST" || r.method == "PUT" || r.method == "PATCH";
}

bool names(const request& r, std::string_view lower_case_name) noexcept {
    return std::ranges::any_of(
        r.fields, [&](const request_field& f) { return bytes::equals(f.name, lower_case_name); });
}

void add(std::string& head, std::string_view name, std::string_view value) {
    head.append(name).append(": ").append(value).append("\r\n");
}

} // namespace

std::string outgoing_head(const origin& to, const request& r, std::string_view user_agent) {
    if (const char* problem = problem_of(r))
        throw client_error(fault::invalid_request, "a request to " + to.to_string() + ": " + problem);
    std::string head;
    head.append(r.method).append(" ").append(r.target).append(" HTTP/1.1\r\n");
    add(head, "Host", r.host.empty() ? to.authority() : r.host);
    if (!user_agent.empty() && !names(r, "user-agent")) add(head, "User-Agent", user_agent);
    if (r.decode && !names(r, "accept-encoding")) add(head, "Accept-Encoding", known_codings);
    for (const request_field& f : r.fields)
        add(head, f.name, f.value);
    if (says_its_length(r)) add(head, "Content-Length", std::to_string(r.body.size()));
    if (!r.keep_alive) add(head, "Connection", "close");
    return head.append("\r\n");
}

} // namespace plait::http
