// Copyright 2026 the plait authors. Boost Software License 1.0
#include "bytes.hpp"
#include "field_values.hpp"

#include <plait/http/client_error.hpp>
#include <plait/http/origin.hpp>

namespace plait::http {
namespace {

constexpr std::uint16_t own_port(scheme how) noexcept { return how == scheme::https ? 443 : 80; }

/// For people: a text that may hold anything.
std::string quoted(std::string_view text) {
    constexpr std::size_t most = 100;
    std::string result = "'";
    for (char c : text.substr(0, most))
        result += bytes::is(c, bytes::visible) || c == ' ' ? c : '?';
    return result + (text.size() > most ? "…'" : "'");
}

[[noreturn]] void refuse(std::string_view text, const char* why) {
    throw client_error(fault::invalid_request, "the origin " + quoted(text) + " " + why);
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    return result;
}

std::string bracketed(const std::string& host) { return host.find(':') == std::string::npos ? host : "[" + host + "]"; }

bool take(std::string_view& text, std::string_view prefix) noexcept {
    if (!bytes::equals(text.substr(0, prefix.size()), prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

origin of_unix_socket(std::string_view text, std::string_view path) {
    if (path.empty()) refuse(text, "names no socket");
    if (path.find('\0') != std::string_view::npos) refuse(text, "holds a zero byte");
    return {scheme::unix_socket, std::string(path), 0};
}

} // namespace

origin origin::parse(std::string_view text) {
    std::string_view rest = text;
    if (take(rest, "unix:")) return of_unix_socket(text, rest);
    origin result;
    if (take(rest, "https://"))
        result.how = scheme::https;
    else if (!take(rest, "http://"))
        refuse(text, "begins with neither http:// nor https:// nor unix:");
    if (rest.ends_with('/')) rest.remove_suffix(1);
    if (rest.find_first_of("/?#") != std::string_view::npos) refuse(text, "has more than a host and a port");
    if (rest.find('@') != std::string_view::npos) refuse(text, "holds a user");
    if (rest.empty() || !valid_host(rest)) refuse(text, "names no valid host and port");
    std::string_view port;
    if (rest.starts_with('[')) {
        const std::size_t close = rest.find(']');
        result.host = lower(rest.substr(1, close - 1));
        port = rest.substr(close + 1);
    } else {
        const std::size_t colon = std::min(rest.find(':'), rest.size());
        result.host = lower(rest.substr(0, colon));
        port = rest.substr(colon);
    }
    result.port = own_port(result.how);
    if (port.size() > 1) result.port = static_cast<std::uint16_t>(number(port.substr(1)).value_or(0));
    if (result.port == 0) refuse(text, "names port 0");
    return result;
}

std::string origin::to_string() const {
    if (how == scheme::unix_socket) return "unix:" + host;
    return (how == scheme::https ? "https://" : "http://") + bracketed(host) + ":" + std::to_string(port);
}

std::string origin::authority() const {
    if (how == scheme::unix_socket) return "localhost";
    return port == own_port(how) ? bracketed(host) : bracketed(host) + ":" + std::to_string(port);
}

} // namespace plait::http
