// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Messages as hexadecimal text, and what the codec complains of in them.

#include "codec_types.hpp"

#include <boost/test/unit_test.hpp>

#include <string_view>

namespace plait::test {

inline std::string hex(const bytes& of) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (std::byte b : of) {
        if (!text.empty()) text += ' ';
        text += digits[std::to_integer<unsigned>(b) >> 4];
        text += digits[std::to_integer<unsigned>(b) & 15];
    }
    return text;
}

/// "91 c0" as bytes.
inline bytes from_hex(const std::string& text) {
    bytes of;
    for (std::size_t at = 0; at < text.size(); at += 3)
        of.push_back(static_cast<std::byte>(std::stoi(text.substr(at, 2), nullptr, 16)));
    return of;
}

/// What decoding a T from these bytes complains of; "" if it does not.
template <class T>
std::string complaint(const bytes& from) {
    try {
        static_cast<void>(from_msgpack<T>(from));
    } catch (const ipc::decode_error& e) {
        std::string text = e.what();
        return text.substr(0, text.find(": the message does not decode"));
    }
    return "";
}
template <class T>
std::string complaint(const std::string& hexadecimal) {
    return complaint<T>(from_hex(hexadecimal));
}

} // namespace plait::test
