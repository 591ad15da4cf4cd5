// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Beast's parser with a request_head, or a response_head, as its memory: the views it hands out point into the bytes it was given, which is
// true of every field but a folded one, and the guard lets none through.
#include <plait/http/head_guard.hpp>
#include <plait/http/response_guard.hpp>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include <algorithm>
#include <limits>

namespace plait::http {
namespace {

namespace beast = boost::beast;
using beast::error_code;

// What a request and a response have in common.
template <bool is_request, class Head>
class head_parser : public beast::http::basic_parser<is_request> {
public:
    explicit head_parser(Head& head) : head_(head) {
        // The guard has counted and measured everything; bodies are none of Beast's business here.
        this->header_limit(std::numeric_limits<std::uint32_t>::max());
        this->skip(true);
    }
    /// True if Beast finds what the guard found.
    [[nodiscard]] bool reads(std::string_view bytes, error_code& ec) {
        const std::size_t used = this->put(boost::asio::buffer(bytes.data(), bytes.size()), ec);
        return !ec && used == bytes.size() && this->is_header_done();
    }

protected:
    Head& head_;

private:
    void on_request_impl(verb, beast::string_view, beast::string_view, int, error_code&) override {}
    void on_response_impl(int, beast::string_view, int, error_code&) override {}
    void on_field_impl(field_name id, beast::string_view name, beast::string_view value, error_code&) override {
        head_.fields.push_back({id, name, value});
    }
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(beast::string_view, error_code&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view, error_code&) override { return 0; }
    void on_finish_impl(error_code&) override {}
};

class request_parser final : public head_parser<true, request_head> {
    using head_parser::head_parser;
    void on_request_impl(
        verb method, beast::string_view text, beast::string_view target, int version, error_code&) override {
        head_.method = method;
        head_.method_text = text;
        head_.target = target;
        head_.version = version;
    }
};

class response_parser final : public head_parser<false, response_head> {
    using head_parser::head_parser;
    void on_response_impl(int status, beast::string_view reason, int version, error_code&) override {
        head_.status = static_cast<unsigned>(status);
        head_.reason = reason;
        head_.version = version;
    }
};

bool has_connection_option(const std::vector<field>& fields, std::string_view option) {
    return std::ranges::any_of(fields, [option](const field& f) {
        return f.id == field_name::connection && beast::http::token_list(f.value).exists(option);
    });
}

} // namespace

refusal parse_head(std::string_view bytes, request_head& head) {
    head.clear();
    request_parser parser(head);
    error_code ec;
    if (!parser.reads(bytes, ec)) return {400, "the request head is malformed"};
    // RFC 9112 §9.3: "close" goes before everything else; Beast lets "keep-alive" go before it in HTTP/1.0.
    head.keep_alive = parser.keep_alive() && !has_connection_option(head.fields, "close");
    return {};
}

response_fault parse_head(std::string_view bytes, response_head& head) {
    head.clear();
    response_parser parser(head);
    error_code ec;
    if (!parser.reads(bytes, ec)) {
        using beast::http::error;
        if (ec == error::bad_content_length || ec == error::multiple_content_length ||
            ec == error::bad_transfer_encoding)
            return {fault::framing, "its length is contradictory, or no length"};
        return {fault::malformed, "its head is malformed"};
    }
    head.keep_alive = (head.version >= 11 || has_connection_option(head.fields, "keep-alive")) &&
                      !has_connection_option(head.fields, "close");
    return {};
}

} // namespace plait::http
