// Copyright 2026 the plait authors. Boost Software License 1.0
#include "character_references.hpp"
#include "foreign_content.hpp"
#include "link_rules.hpp"
#include "links.hpp"
#include "markup.hpp"

#include <array>

namespace plait::crawl {
namespace {

/// The attributes that matter, as they stand. Of several with one name the first counts.
class attributes {
public:
    enum slot : unsigned char { href, rel, src, name, content, http_equiv, xlink_href, encoding, font, slots };

    void see(std::string_view raw_name, std::string_view value) {
        const slot s = slot_of(raw_name);
        if (s == slots || has(s)) return;
        seen_ |= 1U << s;
        values_[s] = value;
    }
    [[nodiscard]] bool has(slot s) const { return (seen_ >> s & 1U) != 0; }
    [[nodiscard]] std::string value(slot s) const { return has(s) ? attribute_value(values_[s]) : std::string(); }

private:
    static slot slot_of(std::string_view raw_name) {
        switch (raw_name.size()) {
        case 3:
            if (bytes::equals(raw_name, "rel")) return rel;
            return bytes::equals(raw_name, "src") ? src : slots;
        case 4:
            if (bytes::equals(raw_name, "href")) return href;
            if (bytes::equals(raw_name, "name")) return name;
            return bytes::equals(raw_name, "face") || bytes::equals(raw_name, "size") ? font : slots;
        case 5: return bytes::equals(raw_name, "color") ? font : slots;
        case 7: return bytes::equals(raw_name, "content") ? content : slots;
        case 8: return bytes::equals(raw_name, "encoding") ? encoding : slots;
        case 10:
            if (bytes::equals(raw_name, "http-equiv")) return http_equiv;
            return bytes::equals(raw_name, "xlink:href") ? xlink_href : slots;
        default: return slots;
        }
    }

    std::array<std::string_view, slots> values_; // read only where seen_ says so
    unsigned seen_ = 0;
};

/// What a start tag of HTML does to who looks for links.
enum class effect : unsigned char { none, link, raw_text, script, plain_text, opens };

effect effect_of(const name_key& name) {
    if (name.tail != 0) return name == key_of("plaintext") ? effect::plain_text : effect::none;
    switch (name.head) {
    case key_of("a").head:
    case key_of("area").head:
    case key_of("base").head:
    case key_of("frame").head:
    case key_of("link").head:
    case key_of("meta").head: return effect::link;
    case key_of("script").head: return effect::script;
    case key_of("style").head:
    case key_of("title").head:
    case key_of("textarea").head:
    case key_of("xmp").head:
    case key_of("iframe").head: // a link as well
    case key_of("noembed").head:
    case key_of("noframes").head: return effect::raw_text;
    case key_of("svg").head:
    case key_of("math").head:
    case key_of("template").head: return effect::opens;
    default: return effect::none;
    }
}

class scanner {
public:
    scanner(std::string_view html, std::size_t most) : at_(html.data()), end_(at_ + html.size()), most_(most) {}

    page_links run() {
        while ((at_ = bytes::find(at_, end_, '<')) != end_ && end_ - at_ > 1) {
            const char c = at_[1];
            if (bytes::is_letter(c)) {
                start_tag();
            } else if (c == '/') {
                end_tag();
            } else if (c == '!') {
                declaration();
            } else {
                at_ = c == '?' ? markup::after_bracket(at_, end_) : at_ + 1;
            }
        }
        return std::move(found_);
    }

private:
    void start_tag() {
        const std::string_view name = read_name(at_ + 1);
        const name_key key = key_of(name);
        if (!open_.is_html()) return foreign_tag(key);
        const effect what = effect_of(key);
        if (what == effect::none && open_.is_empty()) {
            at_ = markup::after_attributes(at_, end_).at;
            return;
        }
        attributes all;
        const auto tag = read_attributes(all);
        if (!tag.is_whole) return;
        if (what == effect::opens || !open_.is_empty())
            open_.start_html({.name = key, .is_self_closing = tag.is_self_closing});
        html_tag(what, key, name, all);
    }

    void html_tag(effect what, name_key key, std::string_view name, const attributes& all) {
        if (what == effect::link || key == key_of("iframe")) html_link(key, all);
        if (what == effect::plain_text) at_ = end_;
        if (what == effect::script) at_ = markup::end_of_script(at_, end_);
        if (what == effect::raw_text) {
            std::array<char, 8> lower{};
            for (std::size_t i = 0; i < name.size(); ++i)
                lower[i] = bytes::lower(name[i]);
            at_ = markup::end_of_raw_text(at_, end_, {lower.data(), name.size()});
        }
    }

    void foreign_tag(name_key key) {
        attributes all;
        const auto tag = read_attributes(all);
        if (!tag.is_whole) return;
        const std::string encoding = all.value(attributes::encoding);
        const bool is_html = open_.start_foreign(
            {.name = key,
             .is_self_closing = tag.is_self_closing,
             .has_font_attributes = all.has(attributes::font),
             .is_html_annotation =
                 bytes::equals(encoding, "text/html") || bytes::equals(encoding, "application/xhtml+xml")});
        if (is_html) {
            html_tag(effect_of(key), key, {}, all); // none of them is a raw text
        } else if (key == key_of("a")) {
            const auto where = all.has(attributes::href) ? attributes::href : attributes::xlink_href;
            if (all.has(where)) add(all.value(where), link_source::a, relation_of(all.value(attributes::rel)).nofollow);
        }
    }

    void end_tag() {
        if (end_ - at_ < 3) {
            at_ = end_;
        } else if (bytes::is_letter(at_[2])) {
            const name_key key = open_.is_empty() ? name_key{} : key_of(read_name(at_ + 2));
            if (open_.is_empty()) at_ = markup::after_name(at_ + 2, end_);
            at_ = markup::after_attributes(at_, end_).at;
            if (!open_.is_empty()) open_.end(key);
        } else {
            at_ = markup::after_bracket(at_ + 2, end_);
        }
    }

    void declaration() {
        const std::string_view rest(at_, static_cast<std::size_t>(end_ - at_));
        if (rest.starts_with("<!--")) {
            at_ = markup::after_comment(at_ + 4, end_);
        } else if (rest.starts_with("<![CDATA[") && open_.has_cdata()) {
            at_ = markup::after_cdata(at_ + 9, end_);
        } else {
            at_ = markup::after_bracket(at_, end_);
        }
    }

    std::string_view read_name(const char* begin) {
        at_ = markup::after_name(begin, end_);
        return {begin, static_cast<std::size_t>(at_ - begin)};
    }

    markup::tag_end read_attributes(attributes& all) {
        const markup::tag_end tag = markup::after_attributes(
            at_, end_, [&](std::string_view name, std::string_view value) { all.see(name, value); });
        at_ = tag.at;
        return tag;
    }

    void html_link(name_key key, const attributes& all) {
        if (open_.in_template()) return;
        if (key == key_of("meta")) return meta(all);
        if (key == key_of("iframe")) return frame(all, link_source::iframe);
        if (key == key_of("frame")) return frame(all, link_source::frame);
        if (!all.has(attributes::href)) return;
        if (key == key_of("base")) {
            if (!found_.base) found_.base = bytes::trimmed(all.value(attributes::href));
            return;
        }
        const relation r = all.has(attributes::rel) ? relation_of(all.value(attributes::rel)) : relation();
        if (key != key_of("link"))
            return add(
                all.value(attributes::href), key == key_of("a") ? link_source::a : link_source::area, r.nofollow);
        if (r.leads_to_page)
            add_unless_empty(
                all.value(attributes::href), r.canonical ? link_source::canonical : link_source::link, r.nofollow);
    }

    void frame(const attributes& all, link_source source) {
        add_unless_empty(all.value(attributes::src), source, false);
    }

    void meta(const attributes& all) {
        if (bytes::equals(all.value(attributes::name), "robots")) {
            const robots_words r = robots_of(all.value(attributes::content));
            found_.nofollow |= r.nofollow;
            found_.noindex |= r.noindex;
        }
        if (bytes::equals(all.value(attributes::http_equiv), "refresh")) {
            const std::string content = all.value(attributes::content);
            if (const auto target = refresh_target(content)) add(std::string(*target), link_source::refresh, false);
        }
    }

    void add(std::string reference, link_source source, bool nofollow) {
        if (found_.links.size() >= most_) {
            found_.is_cut = true;
            return;
        }
        if (const std::string_view bare = bytes::trimmed(reference); bare.size() != reference.size())
            reference = std::string(bare);
        found_.links.push_back({std::move(reference), source, nofollow});
    }
    void add_unless_empty(std::string reference, link_source source, bool nofollow) {
        if (!bytes::trimmed(reference).empty()) add(std::move(reference), source, nofollow);
    }

    const char* at_;
    const char* const end_;
    const std::size_t most_;
    foreign_content open_;
    page_links found_;
};

} // namespace

page_links find_links(std::string_view html, std::size_t most) { return scanner(html, most).run(); }

} // namespace plait::crawl
