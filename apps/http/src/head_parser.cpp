// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Beast's parser with a request_head as its memory: the views it hands out point into the bytes it was given, which is
// true of every field but a folded one, and the guard lets none through.
#include <plait/http/head_guard.hpp>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include <algorithm>
#include <limits>

namespace plait::http {
namespace {

namespace beast = boost::beast;
using beast::error_code;

class head_parser final : public beast::http::basic_parser<true> {
public:
    explicit head_parser(request_head& head) : head_(head) {
        // The guard has counted and measured everything; bodies are none of Beast's business here.
        header_limit(std::numeric_limits<std::uint32_t>::max());
        skip(true);
    }

private:
    void on_request_impl(
        verb method, beast::string_view text, beast::string_view target, int version, error_code&) override {
        head_.method = method;
        head_.method_text = text;
        head_.target = target;
        head_.version = version;
    }
    void on_field_impl(field_name id, beast::string_view name, beast::string_view value, error_code&) override {
        head_.fields.push_back({id, name, value});
    }
    void on_response_impl(int, beast::string_view, int, error_code&) override {}
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(beast::string_view, error_code&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view, error_code&) override { return 0; }
    void on_finish_impl(error_code&) override {}

    request_head& head_;
};

} // namespace

refusal parse_head(std::string_view bytes, request_head& head) {
    head.clear();
    head_parser parser(head);
    error_code ec;
    const std::size_t used = parser.put(boost::asio::buffer(bytes.data(), bytes.size()), ec);
    if (ec || used != bytes.size() || !parser.is_header_done()) return {400, "the request head is malformed"};
    // RFC 9112 §9.3: "close" goes before everything else; Beast lets "keep-alive" go before it in HTTP/1.0.
    auto closes = [](const field& f) {
        return f.id == field_name::connection && beast::http::token_list(f.value).exists("close");
    };
    head.keep_alive = parser.keep_alive() && std::ranges::none_of(head.fields, closes);
    return {};
}

} // namespace plait::http
