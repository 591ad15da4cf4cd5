// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The decoders of the Encoding standard, each as a function of what is left that takes one character of more than ASCII.
#include "bytes.hpp"
#include "character_references.hpp"
#include "code_tables.hpp"
#include "encodings.hpp"

#include <utility>

namespace plait::crawl {
namespace {

constexpr char32_t malformed = 0xfffd;

struct character {
    char32_t code;
    std::size_t size; // bytes taken
};

unsigned char at(std::string_view s, std::size_t i) { return i < s.size() ? static_cast<unsigned char>(s[i]) : 0; }
bool within(unsigned char c, unsigned char first, unsigned char last) { return c >= first && c <= last; }
bool is_ascii(unsigned char c) { return c < 0x80; }

/// Of a malformed pair: a trail that is ASCII is not taken, so that a quote or bracket stays one.
character malformed_pair(std::string_view rest) {
    return {malformed, rest.size() < 2 || is_ascii(at(rest, 1)) ? 1U : 2U};
}

/// How much of `rest` begins a character in UTF-8, and whether it is whole. `rest` begins with a byte that is not ASCII.
struct utf8_sequence {
    std::size_t size;
    bool is_whole;
};

utf8_sequence utf8_at(std::string_view rest) {
    const unsigned char lead = at(rest, 0);
    const std::size_t needed = within(lead, 0xc2, 0xdf)   ? 2
                               : within(lead, 0xe0, 0xef) ? 3
                               : within(lead, 0xf0, 0xf4) ? 4
                                                          : 0;
    if (needed == 0) return {1, false};
    unsigned char first = 0x80, last = 0xbf; // of the second byte: no surrogates, nothing overlong or too large
    if (lead == 0xe0) first = 0xa0;
    if (lead == 0xed) last = 0x9f;
    if (lead == 0xf0) first = 0x90;
    if (lead == 0xf4) last = 0x8f;
    for (std::size_t i = 1; i < needed; ++i, first = 0x80, last = 0xbf)
        if (!within(at(rest, i), first, last)) return {i, false};
    return {needed, true};
}

/// Where `s` first is not UTF-8, or its end.
const char* after_utf8(const char* from, const char* end) {
    while ((from = bytes::find_non_ascii(from, end)) != end) {
        const auto sequence = utf8_at({from, static_cast<std::size_t>(end - from)});
        if (!sequence.is_whole) return from;
        from += sequence.size;
    }
    return end;
}

std::string_view repaired_utf8(std::string_view s, std::string& to) {
    const char* from = s.data();
    const char* const end = from + s.size();
    for (const char* bad; (bad = after_utf8(from, end)) != end;) {
        to.append(from, bad);
        append_utf8(to, malformed);
        from = bad + utf8_at({bad, static_cast<std::size_t>(end - bad)}).size;
    }
    return to.append(from, end);
}

character gb18030_at(std::string_view rest) {
    const auto b1 = at(rest, 0), b2 = at(rest, 1), b3 = at(rest, 2), b4 = at(rest, 3);
    if (b1 == 0x80) return {0x20ac, 1};
    if (b1 == 0xff) return {malformed, 1};
    if (!within(b2, 0x30, 0x39)) {
        const char32_t code = double_bytes(encoding::gbk)(b1, b2);
        return code ? character{code, 2} : malformed_pair(rest);
    }
    if (rest.size() < 4 && (rest.size() < 3 || within(b3, 0x81, 0xfe)))
        return {malformed, rest.size()}; // the end cuts it
    if (!within(b3, 0x81, 0xfe) || !within(b4, 0x30, 0x39)) return {malformed, 1};
    const auto number =
        static_cast<std::uint32_t>(((b1 - 0x81) * 10 + b2 - 0x30) * 1260 + (b3 - 0x81) * 10 + b4 - 0x30);
    const char32_t code = gb18030_four(number);
    return {code ? code : malformed, 4};
}

character big5_at(std::string_view rest) {
    const auto lead = at(rest, 0), trail = at(rest, 1);
    const char32_t code =
        rest.size() < 2 || lead == 0x80 || lead == 0xff ? 0 : double_bytes(encoding::big5)(lead, trail);
    if (code) return {code, 2};
    return lead == 0x80 || lead == 0xff ? character{malformed, 1} : malformed_pair(rest);
}

character euc_kr_at(std::string_view rest) {
    const auto lead = at(rest, 0), trail = at(rest, 1);
    if (lead == 0x80 || lead == 0xff) return {malformed, 1};
    const char32_t code = double_bytes(encoding::euc_kr)(lead, trail);
    return code ? character{code, 2} : malformed_pair(rest);
}

character shift_jis_at(std::string_view rest) {
    const auto lead = at(rest, 0), trail = at(rest, 1);
    if (lead == 0x80) return {0x80, 1};
    if (within(lead, 0xa1, 0xdf)) return {char32_t{0xff61} - 0xa1 + lead, 1};
    if (!within(lead, 0x81, 0x9f) && !within(lead, 0xe0, 0xfc)) return {malformed, 1};
    const bool is_trail = within(trail, 0x40, 0x7e) || within(trail, 0x80, 0xfc);
    if (within(lead, 0xf0, 0xf9) && is_trail) // private use
        return {char32_t{0xe000} + (lead - 0xf0U) * 188U + trail - (trail < 0x7f ? 0x40U : 0x41U), 2};
    const char32_t code = double_bytes(encoding::shift_jis)(lead, trail);
    return code ? character{code, 2} : malformed_pair(rest);
}

character euc_jp_at(std::string_view rest) {
    const auto lead = at(rest, 0), second = at(rest, 1), third = at(rest, 2);
    if (lead == 0x8e && within(second, 0xa1, 0xdf)) return {char32_t{0xff61} - 0xa1 + second, 2};
    if (lead != 0x8e && lead != 0x8f && !within(lead, 0xa1, 0xfe)) return {malformed, 1};
    if (lead == 0x8f && within(second, 0xa1, 0xfe)) {
        if (const char32_t code = jis_0212()(second, third)) return {code, 3};
        return {malformed, rest.size() < 3 || is_ascii(third) ? 2U : 3U};
    }
    const char32_t code =
        within(lead, 0xa1, 0xfe) && !is_ascii(second) ? double_bytes(encoding::euc_jp)(lead, second) : 0;
    return code ? character{code, 2} : malformed_pair(rest);
}

/// Decodes what is ASCII where it is, and what `next` makes of the rest. Nothing is copied if all is ASCII.
template <class Next>
std::string_view decode_with(std::string_view s, std::string& to, Next next) {
    const char* from = s.data();
    const char* const end = from + s.size();
    for (const char* other; (other = bytes::find_non_ascii(from, end)) != end;) {
        to.append(from, other);
        for (from = other; from != end && !is_ascii(static_cast<unsigned char>(*from));) {
            const character c = next(std::string_view(from, static_cast<std::size_t>(end - from)));
            append_utf8(to, c.code);
            from += c.size;
        }
    }
    if (to.empty()) return s;
    return to.append(from, end);
}

/// ISO-2022-JP (§12.2): seven bits, and escapes that say what they mean.
class iso_2022_jp {
public:
    std::string_view decode(std::string_view s, std::string& to) {
        while (!s.empty())
            s.remove_prefix(s[0] == '\x1b' ? escape(s, to) : put(s, to));
        return to;
    }

private:
    enum class set { ascii, roman, katakana, kanji };

    /// Takes an escape of three bytes; what is none is malformed, and what follows it is read as it is.
    std::size_t escape(std::string_view s, std::string& to) {
        struct {
            std::string_view bytes;
            set what;
        } constexpr escapes[] = {
            {"\x1b(B", set::ascii},
            {"\x1b(J", set::roman},
            {"\x1b(I", set::katakana},
            {"\x1b$@", set::kanji},
            {"\x1b$B", set::kanji}};
        for (const auto& e : escapes) {
            if (!s.starts_with(e.bytes)) continue;
            now_ = e.what;
            if (is_idle_) append_utf8(to, malformed); // two in a row can hide text
            is_idle_ = true;
            return 3;
        }
        is_idle_ = false;
        append_utf8(to, malformed);
        return 1;
    }

    std::size_t put(std::string_view s, std::string& to) {
        is_idle_ = false;
        const unsigned char c = at(s, 0);
        const bool is_graphic = within(c, 0x21, 0x7e);
        std::size_t used = 1;
        char32_t code = c < 0x80 && c != 0x0e && c != 0x0f ? c : malformed;
        if (now_ == set::roman && c == '\\') code = 0xa5;
        if (now_ == set::roman && c == '~') code = 0x203e;
        if (now_ == set::katakana) code = within(c, 0x21, 0x5f) ? 0xff61 - 0x21 + c : malformed;
        if (now_ == set::kanji) {
            code = 0;
            const unsigned char trail = at(s, 1);
            if (is_graphic && within(trail, 0x21, 0x7e))
                code = double_bytes(encoding::euc_jp)(
                    static_cast<unsigned char>(c | 0x80), static_cast<unsigned char>(trail | 0x80));
            used = !is_graphic || trail == 0x1b || s.size() < 2 ? 1 : 2;
            if (code == 0) code = malformed;
        }
        append_utf8(to, code);
        return used;
    }

    set now_ = set::ascii;
    bool is_idle_ = false; // the last was an escape
};

std::string_view decode_utf16(std::string_view s, std::string& to, bool is_big) {
    const auto unit = [&](std::size_t i) {
        const unsigned a = at(s, i), b = at(s, i + 1);
        return static_cast<char32_t>(is_big ? a << 8 | b : b << 8 | a);
    };
    std::size_t i = 0;
    for (; i + 2 <= s.size(); i += 2) {
        const char32_t high = unit(i);
        if (high < 0xd800 || high > 0xdfff) {
            append_utf8(to, high);
            continue;
        }
        const char32_t low = high < 0xdc00 && i + 4 <= s.size() ? unit(i + 2) : 0;
        const bool is_pair = low >= 0xdc00 && low <= 0xdfff;
        append_utf8(to, is_pair ? 0x10000 + ((high - 0xd800) << 10 | (low - 0xdc00)) : malformed);
        if (is_pair) i += 2;
    }
    if (i != s.size()) append_utf8(to, malformed);
    return to;
}

/// The second character of the four codes of Big5 that stand for two.
char32_t second_of_big5(std::string_view code) {
    if (code == "\x88\x62" || code == "\x88\xa3") return 0x0304;
    return code == "\x88\x64" || code == "\x88\xa5" ? 0x030c : 0;
}

std::string_view decode_big5(std::string_view s, std::string& to) {
    char32_t second = 0;
    return decode_with(s, to, [&](std::string_view rest) {
        if (second) return character{std::exchange(second, 0), 2};
        const character c = big5_at(rest);
        second = c.size == 2 ? second_of_big5(rest.substr(0, 2)) : 0;
        if (second) return character{c.code, 0}; // asked again for the same code
        return c;
    });
}

} // namespace

bool is_utf8(std::string_view s) noexcept { return after_utf8(s.data(), s.data() + s.size()) == s.data() + s.size(); }

std::string_view to_utf8(std::string_view s, encoding from, std::string& buffer) {
    buffer.clear();
    switch (from) {
    case encoding::utf_8: return is_utf8(s) ? s : repaired_utf8(s, buffer);
    case encoding::gbk:
    case encoding::gb18030: return decode_with(s, buffer, gb18030_at);
    case encoding::big5: return decode_big5(s, buffer);
    case encoding::euc_jp: return decode_with(s, buffer, euc_jp_at);
    case encoding::iso_2022_jp: return iso_2022_jp().decode(s, buffer);
    case encoding::shift_jis: return decode_with(s, buffer, shift_jis_at);
    case encoding::euc_kr: return decode_with(s, buffer, euc_kr_at);
    case encoding::replacement: return s.empty() ? s : std::string_view("\xef\xbf\xbd");
    case encoding::utf_16be: return decode_utf16(s, buffer, true);
    case encoding::utf_16le: return decode_utf16(s, buffer, false);
    case encoding::x_user_defined:
        return decode_with(s, buffer, [](std::string_view rest) {
            return character{char32_t{0xf700} + at(rest, 0), 1};
        });
    default: break;
    }
    return decode_with(s, buffer, [&table = single_bytes(from)](std::string_view rest) {
        const char16_t code = table[at(rest, 0) - 0x80U];
        return character{code ? code : malformed, 1};
    });
}

} // namespace plait::crawl
