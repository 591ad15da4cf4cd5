// Copyright 2026 the plait authors. Boost Software License 1.0
//
// echo, hash and sleep.
#include "handlers.hpp"

#include <array>
#include <charconv>
#include <intake/pace.hpp>
#include <stdexcept>

#include <openssl/evp.h>

namespace plait::intake {
namespace {

class echoing final : public answering {
    outgoing answer(const incoming& request) override { return {{}, std::as_bytes(std::span(request.body))}; }
};

class hashing final : public answering {
    outgoing answer(const incoming& request) override {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
        unsigned size = 0;
        if (EVP_Digest(request.body.data(), request.body.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
            throw std::runtime_error("EVP_Digest(SHA-256) failed");
        constexpr std::string_view digits = "0123456789abcdef";
        text_.clear();
        for (unsigned char byte : std::span(digest).first(size)) {
            text_ += digits[byte >> 4];
            text_ += digits[byte & 15];
        }
        return {{.type = reply::content::text}, std::as_bytes(std::span(text_))};
    }

    std::string text_;
};

class sleeping final : public answering {
public:
    explicit sleeping(std::chrono::nanoseconds time) : time_(time) {}

private:
    outgoing answer(const incoming&) override {
        work_for(time_);
        return {};
    }

    std::chrono::nanoseconds time_;
};

} // namespace

std::optional<handler_settings> parse_handler(std::string_view text) {
    if (text == "echo") return handler_settings{handler_kind::echo, {}, {}};
    if (text == "hash") return handler_settings{handler_kind::hash, {}, {}};
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
    return handler_settings{handler_kind::sleep, std::chrono::round<std::chrono::nanoseconds>(time), {}};
}

std::unique_ptr<answering> echo() { return std::make_unique<echoing>(); }
std::unique_ptr<answering> hash() { return std::make_unique<hashing>(); }
std::unique_ptr<answering> sleep(std::chrono::nanoseconds time) { return std::make_unique<sleeping>(time); }

} // namespace plait::intake
