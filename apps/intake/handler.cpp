// Copyright 2026 the plait authors. Boost Software License 1.0
#include "handler.hpp"

#include <array>
#include <charconv>
#include <stdexcept>
#include <thread>

#include <openssl/evp.h>

namespace plait::intake {
namespace {

std::span<const std::byte> sha256_in_hex(std::span<const std::byte> body, std::vector<std::byte>& scratch) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned size = 0;
    if (EVP_Digest(body.data(), body.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
        throw std::runtime_error("EVP_Digest(SHA-256) failed");
    constexpr std::string_view digits = "0123456789abcdef";
    scratch.clear();
    for (unsigned char byte : std::span(digest).first(size)) {
        scratch.push_back(static_cast<std::byte>(digits[byte >> 4]));
        scratch.push_back(static_cast<std::byte>(digits[byte & 15]));
    }
    return scratch;
}

} // namespace

std::optional<handler_settings> parse_handler(std::string_view text) {
    if (text == "echo") return handler_settings{handler_kind::echo, {}};
    if (text == "hash") return handler_settings{handler_kind::hash, {}};
    constexpr std::string_view prefix = "sleep:";
    if (!text.starts_with(prefix)) return std::nullopt;
    text.remove_prefix(prefix.size());
    double milliseconds = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), milliseconds, std::chars_format::fixed);
    constexpr double a_day = 24 * 60 * 60 * 1000.0;
    // The comparison is written so that it also refuses what is not a number.
    if (error != std::errc{} || end != text.data() + text.size() || !(milliseconds >= 0 && milliseconds <= a_day))
        return std::nullopt;
    const std::chrono::duration<double, std::milli> time(milliseconds);
    return handler_settings{handler_kind::sleep, std::chrono::duration_cast<std::chrono::nanoseconds>(time)};
}

std::span<const std::byte>
handle(const handler_settings& settings, std::span<const std::byte> body, std::vector<std::byte>& scratch) {
    switch (settings.kind) {
    case handler_kind::echo: return body;
    case handler_kind::hash: return sha256_in_hex(body, scratch);
    case handler_kind::sleep: std::this_thread::sleep_for(settings.sleep); return {};
    }
    return {};
}

} // namespace plait::intake
