// Copyright 2026 the plait authors. Boost Software License 1.0
#include "forwarding.hpp"

#include <plait/http/field_text.hpp>
#include <plait/http/head_guard.hpp>

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <intake/answer.hpp>

namespace plait::intake {
namespace {

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& lower) noexcept {
    return std::ranges::any_of(lower, [name](std::string_view each) { return http::equal_names(name, each); });
}

bool equal_without_case(std::string_view a, std::string_view b) noexcept {
    constexpr auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view without_blanks(std::string_view text) noexcept {
    constexpr std::string_view blanks = " \t";
    const std::size_t begin = std::min(text.find_first_not_of(blanks), text.size());
    return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

bool lists(std::string_view list, std::string_view name) noexcept {
    while (!list.empty()) {
        const std::string_view member = list.substr(0, list.find(','));
        if (equal_without_case(without_blanks(member), name)) return true;
        list.remove_prefix(std::min(member.size() + 1, list.size()));
    }
    return false;
}

std::string text_of(const client_address& client) {
    const boost::asio::ip::address_v6 address(client);
    return address.is_v4_mapped() ? make_address_v4(boost::asio::ip::v4_mapped, address).to_string()
                                  : address.to_string();
}

} // namespace

bool is_end_to_end(const http::field& f, const std::vector<http::field>& all) noexcept {
    constexpr std::array<std::string_view, 8> of_the_connection{"connection", "keep-alive",    "proxy-connection",
                                                                "te",         "trailer",       "transfer-encoding",
                                                                "upgrade",    "http2-settings"};
    if (is_one_of(f.name, of_the_connection)) return false;
    return std::ranges::none_of(all, [&](const http::field& each) {
        return each.id == http::field_name::connection && lists(each.value, f.name);
    });
}

const http::request& forwarded_request::read(const incoming& from) {
    static_cast<void>(http::parse_head(from.head, head_)); // the front has read the same bytes
    request_.method = head_.method_text;
    request_.body = from.body;
    const http::field* host = head_.find(http::field_name::host);
    request_.host = host ? host->value : std::string_view(); // HTTP/1.0 may say none
    read_target();
    read_fields();
    add_client(from.client);
    request_.fields.push_back({"X-Request-Id", write_id(from.id, id_)});
    request_.fields.push_back({"Via", head_.version < 11 ? "1.0 plait-intake" : "1.1 plait-intake"});
    return request_;
}

void forwarded_request::read_target() {
    std::string_view path = head_.target;
    target_ = prefix_;
    if (!path.starts_with('/')) {
        path.remove_prefix(path.find("://") + 3);
        const std::size_t authority = std::min(path.find_first_of("/?"), path.size());
        request_.host = path.substr(0, authority);
        path.remove_prefix(authority);
        if (!path.starts_with('/')) target_ += '/';
    }
    request_.target = target_ += path;
}

void forwarded_request::read_fields() {
    constexpr std::array<std::string_view, 5> said_anew{
        "host", "content-length", "expect", "x-request-id", "x-forwarded-for"};
    request_.fields.clear();
    forwarded_for_.clear();
    for (const http::field& f : head_.fields) {
        if (!is_end_to_end(f, head_.fields)) continue;
        if (http::equal_names(f.name, "x-forwarded-for"))
            forwarded_for_.append(forwarded_for_.empty() ? "" : ", ").append(f.value);
        if (!is_one_of(f.name, said_anew)) request_.fields.push_back({f.name, f.value});
    }
}

void forwarded_request::add_client(const client_address& client) {
    if (client != client_address{}) forwarded_for_.append(forwarded_for_.empty() ? "" : ", ").append(text_of(client));
    if (!forwarded_for_.empty()) request_.fields.push_back({"X-Forwarded-For", forwarded_for_});
}

} // namespace plait::intake
