// Copyright 2026 the plait authors. Boost Software License 1.0
#include "json_message.hpp"

#include <plait/http/field_text.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/system/system_error.hpp>

#include <intake/utf8.hpp>
#include <limits>
#include <vector>

#include <openssl/evp.h>

namespace plait::intake {
namespace {

namespace json = boost::json;

std::string to_base64(std::string_view bytes) {
    std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0'); // and the zero that OpenSSL adds
    const int n = ::EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
        static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(n));
    return out;
}

std::string from_base64(std::string_view text) {
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    std::string out(text.size() / 4 * 3 + 1, '\0');
    const int n = text.size() % 4 != 0 || text.size() > std::numeric_limits<int>::max()
                      ? -1
                      : ::EVP_DecodeBlock(
                            reinterpret_cast<unsigned char*>(out.data()),
                            reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (n < 0) throw faulty_answer("the handler's body_base64 is no base64");
    out.resize(static_cast<std::size_t>(n) - padding);
    return out;
}

[[noreturn]] void throw_wrong(std::string_view member, const char* what) {
    throw faulty_answer("the handler's answer: " + std::string(member) + " is not " + what);
}

std::string_view text_of(const json::value& v, std::string_view member) {
    const json::string* text = v.if_string();
    if (!text) throw_wrong(member, "a text");
    return *text;
}

void add_header(response& r, std::string_view name, std::string_view value) {
    if (http::equal_names(name, "content-type"))
        r.content_type = value;
    else
        r.headers.emplace_back(name, value);
}

void read_headers(response& r, const json::value& v) {
    if (const json::object* o = v.if_object()) {
        for (const auto& [name, value] : *o)
            add_header(r, name, text_of(value, "a header's value"));
        return;
    }
    const json::array* list = v.if_array();
    if (!list) throw_wrong("headers", "an object, or an array of pairs");
    for (const json::value& each : *list) {
        const json::array* pair = each.if_array();
        if (!pair || pair->size() != 2) throw_wrong("headers", "an object, or an array of pairs");
        add_header(r, text_of((*pair)[0], "a header's name"), text_of((*pair)[1], "a header's value"));
    }
}

void read_status(response& r, const json::value& v) {
    boost::system::error_code ec;
    r.status = v.to_number<unsigned>(ec);
    if (ec) throw_wrong("status", "a number");
}

} // namespace

std::string to_json_line(const request& r) {
    json::array headers;
    headers.reserve(r.headers.size());
    for (const header& h : r.headers)
        headers.push_back(json::array{h.name, to_utf8(h.value)});
    json::object o{{"id", r.id}, {"method", r.method}, {"target", r.target}, {"headers", std::move(headers)}};
    if (is_utf8(r.body))
        o["body"] = r.body;
    else
        o["body_base64"] = to_base64(r.body);
    return json::serialize(o) + "\n";
}

response from_json(std::string_view line) {
    boost::system::error_code ec;
    const json::value v = json::parse(line, ec);
    if (ec) throw faulty_answer("the handler's answer is no JSON: " + ec.message());
    const json::object* o = v.if_object();
    if (!o) throw faulty_answer("the handler's answer is JSON, but no object");
    response r;
    if (o->contains("body") && o->contains("body_base64"))
        throw faulty_answer("the handler's answer has both a body and a body_base64");
    for (const auto& [name, value] : *o) {
        if (name == "status")
            read_status(r, value);
        else if (name == "headers")
            read_headers(r, value);
        else if (name == "body")
            r.body = text_of(value, name);
        else if (name == "body_base64")
            r.body = from_base64(text_of(value, name));
        else
            throw faulty_answer(
                "the handler's answer has a member '" + std::string(name.substr(0, 64)) +
                "'; there are status, headers, body and body_base64");
    }
    if (r.body.empty() && http::has_no_content(r.status)) r.content_type.clear();
    return r;
}

} // namespace plait::intake
