// Copyright 2026 the plait authors. Boost Software License 1.0
#include "bytes.hpp"
#include "charset.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace plait::crawl {
namespace {

struct byte_order_mark {
    std::string_view bytes;
    encoding what;
};
constexpr std::array<byte_order_mark, 3> marks = {
    {{"\xef\xbb\xbf", encoding::utf_8}, {"\xfe\xff", encoding::utf_16be}, {"\xff\xfe", encoding::utf_16le}}};

const byte_order_mark* mark_of(std::string_view page) {
    for (const auto& mark : marks)
        if (page.starts_with(mark.bytes)) return &mark;
    return nullptr;
}

/// What a declaration that could be read as ASCII cannot mean.
encoding corrected(encoding e) {
    if (e == encoding::utf_16be || e == encoding::utf_16le) return encoding::utf_8;
    return e == encoding::x_user_defined ? encoding::windows_1252 : e;
}

/// "extracting a character encoding from a meta element" (§2.4): of "text/html; charset=…".
std::optional<encoding> encoding_in_content(std::string_view content) {
    while (!content.empty()) {
        while (!content.empty() && !bytes::begins(content, "charset"))
            content.remove_prefix(1);
        if (content.empty()) break;
        content.remove_prefix(7);
        content = content.substr(std::min(content.find_first_not_of(" \t\n\f\r"), content.size()));
        if (!content.starts_with('=')) continue;
        content = content.substr(std::min(content.find_first_not_of(" \t\n\f\r", 1), content.size()));
        if (content.empty()) break;
        if (const char quote = content[0]; quote == '"' || quote == '\'') {
            const auto close = content.find(quote, 1);
            return close == content.npos ? std::nullopt : encoding_by_label(content.substr(1, close - 1));
        }
        return encoding_by_label(content.substr(0, content.find_first_of(" \t\n\f\r;")));
    }
    return std::nullopt;
}

/// "prescan a byte stream to determine its encoding" (§13.2.3.2). It reads markup in a way of its own, a little unlike the
/// tokenizer's.
class prescan {
public:
    explicit prescan(std::string_view start) : rest_(start) {}

    std::optional<encoding> run() {
        while (!rest_.empty()) {
            if (rest_.starts_with("<!--")) {
                skip_past("-->", 2);
            } else if (is_meta()) {
                rest_.remove_prefix(5);
                if (const auto found = meta()) return found;
            } else if (is_tag()) {
                rest_ = rest_.substr(std::min(rest_.find_first_of(" \t\n\f\r>"), rest_.size()));
                while (attribute()) {
                }
            } else if (rest_.starts_with("<!") || rest_.starts_with("</") || rest_.starts_with("<?")) {
                skip_past(">", 1);
            } else {
                rest_ = rest_.substr(std::min(rest_.find('<', 1), rest_.size()));
            }
        }
        return std::nullopt;
    }

private:
    struct name_and_value {
        std::string name, value;
    };

    void skip_past(std::string_view what, std::size_t from) {
        const auto at = rest_.find(what, from);
        rest_ = at == rest_.npos ? std::string_view() : rest_.substr(at + what.size());
    }
    [[nodiscard]] bool is_meta() const {
        return rest_.size() > 5 && bytes::begins(rest_, "<meta") && (bytes::is_space(rest_[5]) || rest_[5] == '/');
    }
    [[nodiscard]] bool is_tag() const {
        if (!rest_.starts_with('<')) return false;
        const std::size_t at = rest_.starts_with("</") ? 2 : 1;
        return rest_.size() > at && bytes::is_letter(rest_[at]);
    }
    void skip_while(auto is) {
        while (!rest_.empty() && is(rest_[0]))
            rest_.remove_prefix(1);
    }
    char take() {
        const char c = bytes::lower(rest_[0]);
        rest_.remove_prefix(1);
        return c;
    }

    /// "get an attribute". Nothing if there is none, or the bytes end within.
    std::optional<name_and_value> attribute() {
        skip_while([](char c) { return bytes::is_space(c) || c == '/'; });
        if (rest_.empty() || rest_[0] == '>') return std::nullopt;
        name_and_value a;
        while (!rest_.empty() && !bytes::is_space(rest_[0]) && rest_[0] != '/' && rest_[0] != '>' &&
               (rest_[0] != '=' || a.name.empty()))
            a.name += take();
        skip_while(bytes::is_space);
        if (!rest_.empty() && rest_[0] == '=') {
            rest_.remove_prefix(1);
            skip_while(bytes::is_space);
            value(a.value);
        }
        if (rest_.empty()) return std::nullopt;
        return a;
    }
    void value(std::string& to) {
        if (rest_.empty()) return;
        if (const char quote = rest_[0]; quote == '"' || quote == '\'') {
            rest_.remove_prefix(1);
            while (!rest_.empty() && rest_[0] != quote)
                to += take();
            if (!rest_.empty()) rest_.remove_prefix(1);
        } else {
            while (!rest_.empty() && !bytes::is_space(rest_[0]) && rest_[0] != '>')
                to += take();
        }
    }

    std::optional<encoding> meta() {
        bool has_pragma = false;
        std::optional<bool> needs_pragma;
        std::optional<encoding> found;
        bool has_equiv = false, has_content = false, has_charset = false; // of two with one name the first counts
        while (const auto a = attribute()) {
            if (a->name == "http-equiv" && !std::exchange(has_equiv, true)) {
                has_pragma = a->value == "content-type";
            } else if (a->name == "content" && !std::exchange(has_content, true)) {
                const auto said = encoding_in_content(a->value);
                if (said && !needs_pragma) {
                    found = said;
                    needs_pragma = true;
                }
            } else if (a->name == "charset" && !std::exchange(has_charset, true)) {
                found = encoding_by_label(a->value);
                needs_pragma = false;
            }
        }
        if (!found || !needs_pragma || (*needs_pragma && !has_pragma)) return std::nullopt;
        return corrected(*found);
    }

    std::string_view rest_;
};

/// "get an XML encoding" (§13.2.3.2): of <?xml version="1.0" encoding="…"?>, which counts if no meta says otherwise.
std::optional<encoding> encoding_of_xml(std::string_view start) {
    if (!start.starts_with("<?xml")) return std::nullopt;
    start = start.substr(0, start.find('>'));
    const auto skip_blanks = [&] {
        while (!start.empty() && static_cast<unsigned char>(start[0]) <= 0x20)
            start.remove_prefix(1);
    };
    const auto at = start.find("encoding");
    if (at == start.npos) return std::nullopt;
    start.remove_prefix(at + 8);
    skip_blanks();
    if (!start.starts_with('=')) return std::nullopt;
    start.remove_prefix(1);
    skip_blanks();
    if (start.empty() || (start[0] != '"' && start[0] != '\'')) return std::nullopt;
    const auto close = start.find(start[0], 1);
    if (close == start.npos) return std::nullopt;
    const auto found = encoding_by_label(start.substr(1, close - 1));
    return found ? std::optional(corrected(*found)) : std::nullopt;
}

std::optional<encoding> declared(std::string_view page) {
    const std::string_view start = page.substr(0, 1024);
    using namespace std::string_view_literals;
    if (start.starts_with("<\0?\0x\0"sv)) return encoding::utf_16le;
    if (start.starts_with("\0<\0?\0x"sv)) return encoding::utf_16be;
    const auto found = prescan(start).run();
    return found ? found : encoding_of_xml(start);
}

} // namespace

charset charset_of(std::string_view page, std::string_view label) {
    if (const auto* mark = mark_of(page)) return {mark->what, charset_source::byte_order_mark};
    if (const auto named = encoding_by_label(label)) return {*named, charset_source::http};
    if (const auto said = declared(page)) return {*said, charset_source::meta};
    const char* const end = page.data() + page.size();
    if (bytes::find_non_ascii(page.data(), end) != end && is_utf8(page))
        return {encoding::utf_8, charset_source::content};
    return {encoding::windows_1252, charset_source::fallback};
}

std::string_view decoded_page(std::string_view page, charset how, std::string& buffer) {
    if (how.source == charset_source::byte_order_mark) page.remove_prefix(mark_of(page)->bytes.size());
    return to_utf8(page, how.what, buffer);
}

} // namespace plait::crawl
