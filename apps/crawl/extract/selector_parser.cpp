// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Selectors Level 3 with :is, :where and the lists in :not of Level 4 (§18, Grammar), as far as selector.hpp says.
#include "bytes.hpp"
#include "character_references.hpp"
#include "selector.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace plait::crawl {

class selector_parser {
public:
    explicit selector_parser(std::string_view text) : text_(text) {}

    void parse(selector& to) {
        skip_space();
        if (!at_end() && peek() != '@') list(to);
        if (take('@')) {
            to.attribute_ = lower(identifier("the name of an attribute"));
            skip_space();
        }
        if (!at_end()) fail(unexpected());
    }

private:
    using part = simple_selector;
    using kind = simple_selector::kind;

    void list(selector& to) {
        do {
            skip_space();
            complex(to);
        } while (take(','));
    }

    void complex(selector& to) {
        for (combinator before = combinator::none;;) {
            const std::size_t begin = at_;
            to.steps_.push_back({compound(), before, false});
            if (to.steps_.size() > selector::most_steps)
                fail("a selector has at most " + std::to_string(selector::most_steps) + " parts", begin);
            before = read_combinator();
            if (before == combinator::none) break;
        }
        to.steps_.back().is_last = true;
    }

    combinator read_combinator() {
        const bool has_space = skip_space();
        if (take('>')) return skip_space(), combinator::child;
        if (take('+')) return skip_space(), combinator::next;
        if (take('~')) return skip_space(), combinator::later;
        if (take('|')) fail("there are no namespaces and no columns here", at_ - 1);
        return has_space && !at_end() && peek() != ',' && peek() != ')' && peek() != '@' ? combinator::descendant
                                                                                         : combinator::none;
    }

    compound_selector compound() {
        compound_selector all;
        const std::size_t begin = at_;
        if (!take('*') && is_name()) all.parts.push_back({.what = kind::type, .name = lower(identifier("a name"))});
        while (!at_end() && simple(all)) {
        }
        if (at_ == begin) fail("a selector is missing here" + (at_end() ? std::string() : ", before " + here()));
        return all;
    }

    bool simple(compound_selector& to) {
        switch (peek()) {
        case '#':
            ++at_;
            to.parts.push_back({.what = kind::id, .name = identifier("an id")});
            return true;
        case '.':
            ++at_;
            to.parts.push_back({.what = kind::class_name, .name = identifier("the name of a class")});
            return true;
        case '[': to.parts.push_back(attribute()); return true;
        case ':': pseudo_class(to); return true;
        default: return false;
        }
    }

    part attribute() {
        const std::size_t begin = at_++;
        skip_space();
        part p{.what = kind::attribute, .name = lower(identifier("the name of an attribute"))};
        skip_space();
        if (!at_end() && peek() != ']') {
            p.compares = comparison();
            skip_space();
            p.value = !at_end() && (peek() == '"' || peek() == '\'')
                          ? string()
                          : identifier("a value; in quotes if it is no name");
            skip_space();
            if (!at_end() && (bytes::lower(peek()) == 'i' || bytes::lower(peek()) == 's')) {
                p.ignores_case = bytes::lower(text_[at_++]) == 'i';
                skip_space();
            }
        }
        if (!take(']'))
            fail(at_end() ? "'[' is not closed" : unexpected() + ", where ']' should be", at_end() ? begin : at_);
        return p;
    }

    part::comparison comparison() {
        constexpr std::array<std::pair<char, part::comparison>, 5> all = {
            {{'~', part::comparison::word},
             {'|', part::comparison::dash},
             {'^', part::comparison::prefix},
             {'$', part::comparison::suffix},
             {'*', part::comparison::part}}};
        if (take('=')) return part::comparison::equal;
        for (const auto& [c, what] : all) {
            if (!take(c)) continue;
            if (!take('=')) fail("'=' is missing behind '" + std::string(1, c) + "'");
            return what;
        }
        fail(unexpected() + ", where ']' or a comparison should be");
    }

    void pseudo_class(compound_selector& to) {
        const std::size_t begin = at_++;
        if (!at_end() && peek() == ':') fail("pseudo-elements are no elements", begin);
        const std::string name = lower(identifier("the name of a pseudo-class"));
        if (!at_end() && peek() == '(') return function(name, begin, to);
        const auto nth = [&](kind what) { to.parts.push_back({.what = what, .step = 0, .first = 1}); };
        if (name == "first-child" || name == "only-child") nth(kind::nth_child);
        if (name == "last-child" || name == "only-child") nth(kind::nth_last_child);
        if (name == "first-of-type" || name == "only-of-type") nth(kind::nth_of_type);
        if (name == "last-of-type" || name == "only-of-type") nth(kind::nth_last_of_type);
        if (name == "empty") to.parts.push_back({.what = kind::empty});
        if (name == "root") to.parts.push_back({.what = kind::root});
        if (name == "scope") to.parts.push_back({.what = kind::scope});
        constexpr std::array<std::string_view, 9> known = {"first-child",   "last-child",   "only-child",
                                                           "first-of-type", "last-of-type", "only-of-type",
                                                           "empty",         "root",         "scope"};
        if (std::ranges::find(known, name) == known.end()) fail("there is no ':" + name + "' here", begin);
    }

    void function(const std::string& name, std::size_t begin, compound_selector& to) {
        ++at_;
        if (name == "not" || name == "is" || name == "where") {
            to.parts.push_back(
                {.what = name == "not" ? kind::none_of : kind::any_of, .alternatives = alternatives(name)});
        } else if (name == "nth-child" || name == "nth-last-child") {
            to.parts.push_back(nth(name == "nth-child" ? kind::nth_child : kind::nth_last_child));
        } else if (name == "nth-of-type" || name == "nth-last-of-type") {
            to.parts.push_back(nth(name == "nth-of-type" ? kind::nth_of_type : kind::nth_last_of_type));
        } else if (name == "contains") {
            fail("':contains()' is no selector of CSS: take a regex for the text", begin);
        } else {
            fail("there is no ':" + name + "()' here", begin);
        }
        if (!take(')'))
            fail(at_end() ? "'(' is not closed" : unexpected() + ", where ')' should be", at_end() ? begin : at_);
    }

    std::vector<compound_selector> alternatives(const std::string& name) {
        constexpr int deepest = 8;
        if (++depth_ > deepest) fail("selectors are nested too deeply");
        std::vector<compound_selector> all;
        do {
            skip_space();
            all.push_back(compound());
            const std::size_t behind = at_;
            if (read_combinator() != combinator::none) fail("no combinators in ':" + name + "()'", behind);
        } while (take(','));
        --depth_;
        return all;
    }

    /// an+b: "odd", "even", "3", "2n+1", "-n + 3" (CSS Syntax §6).
    part nth(kind what) {
        skip_space();
        part p{.what = what};
        const std::size_t begin = at_;
        std::string form;
        while (!at_end() && peek() != ')')
            form += bytes::lower(text_[at_++]);
        form = bytes::trimmed(form);
        if (form == "odd" || form == "even") {
            p.step = 2;
            p.first = form == "odd" ? 1 : 0;
        } else if (!read_formula(form, p)) {
            fail(quoted(form) + " is not odd, even, a number, or a formula as 2n+1", begin);
        }
        return p;
    }

    static bool read_formula(std::string_view form, part& p) {
        const auto n = form.find('n');
        if (n == form.npos) return read_number(form, p.first);
        const std::string_view step = form.substr(0, n);
        if (step.empty() || step == "+" || step == "-") {
            p.step = step == "-" ? -1 : 1;
        } else if (!read_number(step, p.step)) {
            return false;
        }
        std::string_view rest = bytes::trimmed(form.substr(n + 1));
        if (rest.empty()) return true;
        const bool is_negative = rest[0] == '-';
        if (!is_negative && rest[0] != '+') return false;
        rest = bytes::trimmed(rest.substr(1));
        if (rest.empty() || !bytes::is_digit(rest[0]) || !read_number(rest, p.first)) return false;
        if (is_negative) p.first = -p.first;
        return true;
    }

    static bool read_number(std::string_view digits, int& to) {
        constexpr int most = 1'000'000;
        if (digits.starts_with('+')) digits.remove_prefix(1);
        if (digits.empty() || digits.starts_with("+")) return false;
        const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), to);
        return problem == std::errc() && end == digits.data() + digits.size() && to >= -most && to <= most;
    }

    // ---------------------------------------------------------------------------------------------------- characters

    [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
    [[nodiscard]] char peek(std::size_t ahead = 0) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }
    bool take(char c) {
        if (at_end() || peek() != c) return false;
        ++at_;
        return true;
    }
    bool skip_space() {
        const std::size_t begin = at_;
        while (!at_end() && bytes::is_space(peek()))
            ++at_;
        return at_ != begin;
    }
    static bool is_name_byte(char c) {
        return bytes::is_alphanumeric(c) || c == '-' || c == '_' || static_cast<unsigned char>(c) >= 0x80;
    }
    /// Whether a name begins here: not with a digit, nor with "-" and one.
    [[nodiscard]] bool is_name() const {
        if (peek() == '-') return peek(1) == '\\' || (is_name_byte(peek(1)) && !bytes::is_digit(peek(1)));
        return peek() == '\\' || (is_name_byte(peek()) && !bytes::is_digit(peek()));
    }

    std::string identifier(const char* what) {
        if (!is_name()) fail((at_end() ? "the end" : here()) + ", where " + what + " should be");
        std::string name;
        while (!at_end() && (is_name_byte(peek()) || peek() == '\\'))
            if (peek() == '\\') {
                escape(name);
            } else {
                name += text_[at_++];
            }
        return name;
    }

    std::string string() {
        const std::size_t begin = at_;
        const char quote = text_[at_++];
        std::string value;
        while (!at_end() && peek() != quote)
            if (peek() == '\\') {
                escape(value);
            } else {
                value += text_[at_++];
            }
        if (!take(quote)) fail("the quote is not closed", begin);
        return value;
    }

    /// "\:" or "\3a " (CSS Syntax §4.3.7).
    void escape(std::string& to) {
        const std::size_t begin = at_++;
        if (at_end()) fail("nothing follows '\\'", begin);
        if (bytes::hex(peek()) < 0) {
            to += text_[at_++];
            return;
        }
        std::uint32_t code = 0;
        for (int digits = 0; digits < 6 && bytes::hex(peek()) >= 0; ++digits)
            code = code * 16 + static_cast<std::uint32_t>(bytes::hex(text_[at_++]));
        if (bytes::is_space(peek())) ++at_;
        append_utf8(to, code == 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0xfffd : code);
    }

    static std::string lower(std::string s) {
        std::ranges::transform(s, s.begin(), bytes::lower);
        return s;
    }

    static std::string quoted(std::string_view text) { return std::string(1, '\'').append(text).append(1, '\''); }
    /// What stands here, for a message.
    [[nodiscard]] std::string here() const {
        std::size_t size = 1; // a character of UTF-8
        while (static_cast<unsigned char>(peek(size)) >> 6 == 2)
            ++size;
        return quoted(text_.substr(at_, size));
    }
    [[nodiscard]] std::string unexpected() const { return at_end() ? "the end" : here() + " is unexpected"; }

    [[noreturn]] void fail(std::string reason) const { fail(std::move(reason), at_); }
    [[noreturn]] static void fail(std::string reason, std::size_t offset) {
        throw selector_problem{offset, std::move(reason)};
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int depth_ = 0;
};

selector::selector(std::string_view text) { selector_parser(text).parse(*this); }

} // namespace plait::crawl
