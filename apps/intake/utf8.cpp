// Copyright 2026 the plait authors. Boost Software License 1.0
#include "utf8.hpp"

#include <boost/locale/utf.hpp>

namespace plait::intake {

bool is_utf8(std::string_view text) {
    using traits = boost::locale::utf::utf_traits<char>;
    for (auto at = text.begin(); at != text.end();) {
        const auto c = traits::decode(at, text.end());
        if (c == boost::locale::utf::illegal || c == boost::locale::utf::incomplete) return false;
    }
    return true;
}

std::string to_utf8(std::string_view text) {
    if (is_utf8(text)) return std::string(text);
    std::string out;
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
        if (code >= 0x80) out += static_cast<char>(0xc0 | code >> 6);
        out += code >= 0x80 ? static_cast<char>(0x80 | (code & 0x3f)) : c;
    }
    return out;
}

} // namespace plait::intake
