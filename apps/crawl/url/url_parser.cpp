// Copyright 2026 the plait authors. Boost Software License 1.0
#include "code_points.hpp"
#include "host_parser.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

namespace plait::crawl {
namespace {

namespace cp = code_points;

std::string_view trimmed(std::string_view text) noexcept {
    const auto blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
    while (!text.empty() && blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && blank(text.back()))
        text.remove_suffix(1);
    return text;
}

std::string without_tabs_and_newlines(std::string_view text) {
    std::string result(text);
    std::erase_if(result, [](char c) { return cp::is(c, cp::tab_or_newline); });
    return result;
}

/// A scheme in front of a reference.
struct scheme_read {
    std::size_t size = 0; ///< bytes of the reference, with the colon; 0: there is none
    bool https = false;
    url_fault fault = url_fault::none; ///< if it is neither http nor https
};

url_fault fault_of(std::string_view scheme) noexcept {
    constexpr std::pair<std::string_view, url_fault> known[] = {
        {"about", url_fault::about},   {"blob", url_fault::blob}, {"data", url_fault::data},
        {"file", url_fault::file},     {"ftp", url_fault::ftp},   {"javascript", url_fault::javascript},
        {"mailto", url_fault::mailto}, {"tel", url_fault::tel},   {"ws", url_fault::websocket},
        {"wss", url_fault::websocket}};
    const auto found = std::ranges::find(known, scheme, &std::pair<std::string_view, url_fault>::first);
    return found == std::end(known) ? url_fault::other_scheme : found->second;
}

/// Tabs and newlines within it count for nothing: "java\tscript:" is a script.
scheme_read read_scheme(std::string_view reference) noexcept {
    char name[16]; // longer than any that we know
    std::size_t size = 0;
    for (std::size_t i = 0; i < reference.size(); ++i) {
        const char c = cp::lower(reference[i]);
        if (cp::is(c, cp::tab_or_newline)) continue;
        if (c == ':' && size > 0) {
            const std::string_view scheme(name, std::min(size, sizeof name));
            if (scheme == "https") return {i + 1, true};
            if (scheme == "http") return {i + 1, false};
            return {i + 1, false, fault_of(scheme)};
        }
        const bool may_follow = cp::is_digit(c) || c == '+' || c == '-' || c == '.';
        if (!cp::is_alpha(c) && !(may_follow && size > 0)) break;
        if (size < sizeof name) name[size] = c;
        ++size;
    }
    return {};
}

/// "." or "..", each dot perhaps percent-encoded: the number of dots, or 0.
unsigned dots_of(std::string_view segment) noexcept {
    unsigned dots = 0;
    while (!segment.empty()) {
        if (segment.front() == '.')
            segment.remove_prefix(1);
        else if (segment.starts_with("%2e") || segment.starts_with("%2E"))
            segment.remove_prefix(3);
        else
            return 0;
        if (++dots > 2) return 0;
    }
    return dots;
}

} // namespace

/// The basic URL parser of the standard, for special URLs but file:, of which the states have become functions. What it
/// has read is in into_.text_, written behind what the base gave.
class url_parser {
public:
    url_parser(const url* base, url& into) noexcept : base_(base), into_(into) {}

    url_fault read(std::string_view reference) {
        into_.clear();
        const url_fault fault = reference_state(trimmed(reference));
        if (fault != url_fault::none) into_.clear();
        return fault;
    }

private:
    url_fault reference_state(std::string_view reference) {
        const scheme_read scheme = read_scheme(reference);
        if (scheme.fault != url_fault::none) return scheme.fault;
        if (scheme.size == 0 && !base_) return url_fault::without_base;
        if (reference.size() > url::longest) return url_fault::longer_than_we_read;
        reference.remove_prefix(scheme.size);
        sets_ = cp::sets_in(reference);
        std::string cleaned;
        if ((sets_ & cp::tab_or_newline) != 0) {
            cleaned = without_tabs_and_newlines(reference);
            reference = cleaned;
            sets_ = cp::sets_in(reference);
        }
        if (scheme.size == 0 || (base_ && base_->is_https() == scheme.https)) return relative(reference);
        return authority(scheme.https, reference);
    }

    url_fault relative(std::string_view reference) {
        if (reference.empty()) return after_base(base_->fragment_, &url_parser::fragment_state, reference);
        switch (reference.front()) {
        case '#': return after_base(base_->fragment_, &url_parser::fragment_state, reference);
        case '?': return after_base(base_->query_, &url_parser::query_state, reference);
        case '/':
        case '\\':
            if (reference.size() > 1 && cp::is_slash(reference[1])) return authority(base_->is_https(), reference);
            return after_base(base_->path_ + std::size_t{1}, &url_parser::path_state, reference.substr(1));
        default: return after_base(directory_of_base(), &url_parser::path_state, reference);
        }
    }

    [[nodiscard]] std::size_t directory_of_base() const noexcept { return base_->path_ + base_->path().rfind('/') + 1; }

    using state = void (url_parser::*)(std::string_view rest);

    /// The base's text up to `kept`, and then what `next` makes of the rest.
    url_fault after_base(std::size_t kept, state next, std::string_view rest) {
        into_.text_.assign(base_->text_, 0, kept);
        into_.authority_ = base_->authority_;
        into_.host_ = base_->host_;
        into_.host_end_ = base_->host_end_;
        into_.path_ = base_->path_;
        into_.query_ = base_->query_;       // unless the
        into_.fragment_ = base_->fragment_; // rest has one
        into_.port_ = base_->port_;
        into_.host_kind_ = base_->host_kind_;
        return write(next, rest);
    }

    /// Slashes in front of it are ignored, however many.
    url_fault authority(bool https, std::string_view rest) {
        while (!rest.empty() && cp::is_slash(rest.front()))
            rest.remove_prefix(1);
        const auto end = std::ranges::find_if(rest, [](char c) { return cp::is(c, cp::ends_segment); });
        const auto size = static_cast<std::size_t>(end - rest.begin());
        std::string& text = into_.text_;
        text = https ? "https://" : "http://";
        into_.authority_ = static_cast<std::uint16_t>(text.size());
        into_.port_ = https ? 443 : 80;
        std::string_view host = rest.substr(0, size);
        const std::size_t at = host.rfind('@');
        if (at != std::string_view::npos) {
            credentials(host.substr(0, at));
            host.remove_prefix(at + 1);
        }
        into_.host_ = static_cast<std::uint16_t>(std::min(text.size(), url::longest));
        if (const url_fault fault = host_and_port(host); fault != url_fault::none) return fault;
        if (text.size() >= url::longest) return url_fault::longer_than_we_read;
        into_.path_ = static_cast<std::uint16_t>(text.size());
        text += '/';
        rest.remove_prefix(size);
        if (!rest.empty() && cp::is_slash(rest.front())) rest.remove_prefix(1);
        return write(&url_parser::path_state, rest);
    }

    void credentials(std::string_view text) {
        const std::size_t colon = std::min(text.find(':'), text.size());
        const std::string_view user = text.substr(0, colon);
        const std::string_view password = text.substr(std::min(colon + 1, text.size()));
        if (user.empty() && password.empty()) return;
        append_encoded(user, cp::userinfo);
        if (!password.empty()) into_.text_ += ':';
        append_encoded(password, cp::userinfo);
        into_.text_ += '@';
    }

    void append_encoded(std::string_view text, unsigned set) {
        std::string& to = into_.text_;
        const std::size_t before = to.size();
        to.resize(before + 3 * text.size());
        to.resize(static_cast<std::size_t>(cp::encode(text, set, to.data() + before) - to.data()));
    }

    url_fault host_and_port(std::string_view text) {
        const std::size_t colon = port_colon(text);
        const std::string_view host = text.substr(0, colon);
        if (host.empty()) return url_fault::host_missing;
        if (const url_fault fault = append_host(host, into_.text_, into_.host_kind_); fault != url_fault::none)
            return fault;
        if (into_.text_.size() > url::longest) return url_fault::longer_than_we_read;
        into_.host_end_ = static_cast<std::uint16_t>(into_.text_.size());
        return port(text.substr(std::min(colon + 1, text.size())));
    }

    /// The first colon that is not in brackets, or the end.
    static std::size_t port_colon(std::string_view text) noexcept {
        bool in_brackets = false;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == ':' && !in_brackets) return i;
            if (text[i] == '[') in_brackets = true;
            if (text[i] == ']') in_brackets = false;
        }
        return text.size();
    }

    url_fault port(std::string_view digits) {
        if (digits.empty()) return url_fault::none;
        std::uint32_t value = 0;
        for (char c : digits) {
            if (!cp::is_digit(c)) return url_fault::port_invalid;
            value = std::min<std::uint32_t>(value * 10 + static_cast<std::uint32_t>(c - '0'), 65'536);
        }
        if (value > 65'535) return url_fault::port_out_of_range;
        if (value == into_.port_) return url_fault::none; // the scheme's own
        into_.port_ = static_cast<std::uint16_t>(value);
        char text[5];
        into_.text_ += ':';
        into_.text_.append(text, std::to_chars(text, text + sizeof text, value).ptr);
        return url_fault::none;
    }

    /// Makes room for the rest at its longest, has `next` write it there, and keeps what was written.
    url_fault write(state next, std::string_view rest) {
        constexpr unsigned encoded = cp::path | cp::special_query | cp::fragment;
        std::string& text = into_.text_;
        const std::size_t before = text.size();
        text.resize(before + ((sets_ & encoded) != 0 ? 3 * rest.size() : rest.size()));
        out_ = text.data() + before;
        (this->*next)(rest);
        const std::size_t size = written();
        if (size > url::longest) return url_fault::longer_than_we_read;
        text.resize(size);
        return url_fault::none;
    }

    [[nodiscard]] std::size_t written() const noexcept { return static_cast<std::size_t>(out_ - into_.text_.data()); }
    /// Beyond 65,535 it is wrong, and refused in the end.
    [[nodiscard]] std::uint16_t here() const noexcept { return static_cast<std::uint16_t>(written()); }

    /// What is written ends with '/', and so it stays after each segment that has another behind it.
    void path_state(std::string_view rest) {
        for (;;) {
            const std::size_t size = segment_size(rest);
            segment(rest.substr(0, size));
            rest.remove_prefix(size);
            if (rest.empty() || !cp::is_slash(rest.front())) break;
            if (!last_was_dots_) *out_++ = '/';
            rest.remove_prefix(1);
        }
        into_.query_ = here();
        query_state(rest);
    }

    static std::size_t segment_size(std::string_view rest) noexcept {
        std::size_t size = 0;
        while (size < rest.size() && !cp::is(rest[size], cp::ends_segment))
            ++size;
        return size;
    }

    void segment(std::string_view text) noexcept {
        const bool perhaps_dots = !text.empty() && (text.front() == '.' || text.front() == '%');
        const unsigned dots = perhaps_dots ? dots_of(text) : 0;
        last_was_dots_ = dots != 0;
        if (dots == 2) shorten();
        if (dots == 0) copy(text, cp::path);
    }

    /// Takes the last segment away, if there is one.
    void shorten() noexcept {
        const char* const root = into_.text_.data() + into_.path_;
        if (out_ - 1 == root) return;
        do
            --out_;
        while (out_[-1] != '/');
    }

    void copy(std::string_view text, unsigned set) noexcept {
        if ((sets_ & set) != 0) {
            out_ = cp::encode(text, set, out_);
        } else {
            std::memcpy(out_, text.data(), text.size());
            out_ += text.size();
        }
    }

    /// `rest` begins with '?', or '#', or is empty.
    void query_state(std::string_view rest) noexcept {
        const std::size_t size = std::min(rest.find('#'), rest.size());
        if (size > 0) *out_++ = '?';
        if (size > 0) copy(rest.substr(1, size - 1), cp::special_query);
        into_.fragment_ = here();
        fragment_state(rest.substr(size));
    }

    /// `rest` begins with '#' or is empty.
    void fragment_state(std::string_view rest) noexcept {
        if (rest.empty()) return;
        *out_++ = '#';
        copy(rest.substr(1), cp::fragment);
    }

    const url* base_;
    url& into_;
    char* out_ = nullptr; ///< in into_.text_: where the next byte is written
    unsigned sets_ = 0;   ///< that characters of the reference are in
    bool last_was_dots_ = false;
};

url_fault parse(std::string_view text, url& into) { return url_parser(nullptr, into).read(text); }

url_fault resolve(const url& base, std::string_view reference, url& into) {
    if (&base == &into) {
        const url from = std::exchange(into, {});
        return resolve(from, reference, into);
    }
    return url_parser(base.empty() ? nullptr : &base, into).read(reference);
}

} // namespace plait::crawl
