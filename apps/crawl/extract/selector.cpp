// Copyright 2026 the plait authors. Boost Software License 1.0
//
// How a selector is matched: in one walk, in the order of the document, with a bit for each step of the selector. The bit
// of a step is set for an element if the steps up to this one match, ending there; whether they do follows from the bits
// of its parent, its ancestors and its siblings before. So no place is come back to.
#include "bytes.hpp"
#include "selector.hpp"

#include <algorithm>
#include <unordered_map>

namespace plait::crawl {
namespace {

using bits = std::uint64_t;
using kind = simple_selector::kind;

/// What is known of the elements beside each other below one parent.
struct siblings {
    html_node parent;
    bits of_parent = 0, of_ancestors = 0;                                        // of_ancestors: with the parent's
    bits of_previous = 0, of_earlier = 0;                                        // of_earlier: with the previous one's
    std::string_view name{};                                                     // of the element that is looked at
    int index = 0;                                                               // its own, from 1
    int total = 0;                                                               // 0: not yet counted
    std::unique_ptr<std::unordered_map<std::string_view, int>> seen{}, totals{}; // by name; none if no step asks

    [[nodiscard]] html_node first() const { return parent.first_child(); }
};

int count(siblings& all) {
    if (all.total == 0)
        for (html_node n = all.first(); n; n = n.next())
            all.total += n.is_element() ? 1 : 0;
    return all.total;
}

int count_of_type(siblings& all) {
    if (!all.totals) {
        all.totals = std::make_unique<std::unordered_map<std::string_view, int>>();
        for (html_node n = all.first(); n; n = n.next())
            if (n.is_element()) ++(*all.totals)[n.name()];
    }
    return (*all.totals)[all.name];
}

int seen_of_type(const siblings& all) { return all.seen ? (*all.seen)[all.name] : 0; }

/// Whether `index` is step * n + first for an n from 0 on.
bool is_nth(int index, const simple_selector& s) {
    const int distance = index - s.first;
    return s.step == 0 ? distance == 0 : distance % s.step == 0 && distance / s.step >= 0;
}

bool compare(std::string_view text, const simple_selector& s) {
    const auto same = [&](std::string_view a, std::string_view b) {
        return std::ranges::equal(
            a, b, [&](char x, char y) { return x == y || (s.ignores_case && bytes::lower(x) == bytes::lower(y)); });
    };
    const std::size_t size = s.value.size();
    switch (s.compares) {
    case simple_selector::comparison::present: return true;
    case simple_selector::comparison::equal: return same(text, s.value);
    case simple_selector::comparison::dash:
        return same(text, s.value) || (text.size() > size && text[size] == '-' && same(text.substr(0, size), s.value));
    case simple_selector::comparison::prefix:
        return size != 0 && text.size() >= size && same(text.substr(0, size), s.value);
    case simple_selector::comparison::suffix:
        return size != 0 && text.size() >= size && same(text.substr(text.size() - size), s.value);
    case simple_selector::comparison::part:
        return size != 0 && !std::ranges::search(text, s.value, [&](char x, char y) {
                                 return x == y || (s.ignores_case && bytes::lower(x) == bytes::lower(y));
                             }).empty();
    case simple_selector::comparison::word: break;
    }
    bool found = false;
    bytes::for_each_word(text, [&](std::string_view word) { found |= same(word, s.value); });
    return found;
}

bool is_empty(html_node n) {
    for (html_node child = n.first_child(); child; child = child.next())
        if (child.is_element() || child.is_text()) return false;
    return true;
}

bool matches(html_node n, const compound_selector& c, siblings& around, html_node scope);

bool matches(html_node n, const simple_selector& s, siblings& around, html_node scope) {
    const auto any = [&] {
        return std::ranges::any_of(s.alternatives, [&](const auto& c) { return matches(n, c, around, scope); });
    };
    switch (s.what) {
    case kind::type: return bytes::equals(around.name, s.name);
    case kind::id: return n.attribute("id") == s.name;
    case kind::class_name: {
        bool found = false;
        if (const auto classes = n.attribute("class"))
            bytes::for_each_word(*classes, [&](std::string_view word) { found |= word == s.name; });
        return found;
    }
    case kind::attribute: {
        const auto value = n.attribute(s.name);
        return value && compare(*value, s);
    }
    case kind::nth_child: return is_nth(around.index, s);
    case kind::nth_last_child: return is_nth(count(around) - around.index + 1, s);
    case kind::nth_of_type: return is_nth(seen_of_type(around), s);
    case kind::nth_last_of_type: return is_nth(count_of_type(around) - seen_of_type(around) + 1, s);
    case kind::empty: return is_empty(n);
    case kind::root: return !n.parent() || !n.parent().is_element();
    case kind::scope: return n == scope;
    case kind::any_of: return any();
    case kind::none_of: return !any();
    }
    return false;
}

bool matches(html_node n, const compound_selector& c, siblings& around, html_node scope) {
    return std::ranges::all_of(c.parts, [&](const auto& s) { return matches(n, s, around, scope); });
}

bool asks_for_type(const compound_selector& c) {
    return std::ranges::any_of(c.parts, [](const simple_selector& s) {
        return s.what == kind::nth_of_type || s.what == kind::nth_last_of_type ||
               std::ranges::any_of(s.alternatives, asks_for_type);
    });
}

} // namespace

class selector_walk {
public:
    selector_walk(const selector& s, html_node scope) : steps_(s.steps_), scope_(scope) {
        counts_types_ = std::ranges::any_of(steps_, [](const auto& step) { return asks_for_type(step.element); });
    }

    template <class Found>
    void run(Found found) {
        siblings above; // of the scope, where nothing but :scope is looked for
        above.name = scope_.name();
        above.index = 1;
        const bits of_scope = scope_.is_element() ? bits_of(scope_, above) : 0;
        if (is_found(of_scope) && !found(scope_)) return;
        levels_.push_back({.parent = scope_, .of_parent = of_scope, .of_ancestors = of_scope});
        for (html_node at = scope_.first_child(); at;) {
            bits here = 0;
            if (at.is_element()) {
                siblings& level = levels_.back();
                level.name = at.name();
                ++level.index;
                if (counts_types_) count_type(level);
                here = bits_of(at, level);
                if (is_found(here) && !found(at)) return;
                level.of_previous = here;
                level.of_earlier |= here;
            }
            if (const html_node child = at.first_child()) {
                const bits above_child = levels_.back().of_ancestors | here;
                levels_.push_back({.parent = at, .of_parent = here, .of_ancestors = above_child});
                at = child;
                continue;
            }
            html_node next = at.next();
            while (!next) {
                if (levels_.size() == 1) return;
                levels_.pop_back();
                at = at.parent();
                next = at.next();
            }
            at = next;
        }
    }

private:
    [[nodiscard]] bool leads_here(combinator c, bits before, const siblings& level) const {
        switch (c) {
        case combinator::none: return true;
        case combinator::descendant: return (level.of_ancestors & before) != 0;
        case combinator::child: return (level.of_parent & before) != 0;
        case combinator::next: return (level.of_previous & before) != 0;
        case combinator::later: return (level.of_earlier & before) != 0;
        }
        return false;
    }
    static void count_type(siblings& level) {
        if (!level.seen) level.seen = std::make_unique<std::unordered_map<std::string_view, int>>();
        ++(*level.seen)[level.name];
    }
    [[nodiscard]] bits bits_of(html_node n, siblings& level) const {
        bits here = 0;
        for (std::size_t i = 0; i < steps_.size(); ++i) {
            const auto& step = steps_[i];
            if (n == scope_ && !mentions_scope(step.element)) continue;
            if (leads_here(step.before, i == 0 ? 0 : bits{1} << (i - 1), level) &&
                matches(n, step.element, level, scope_))
                here |= bits{1} << i;
        }
        return here;
    }
    static bool mentions_scope(const compound_selector& c) {
        return std::ranges::any_of(c.parts, [](const simple_selector& s) { return s.what == kind::scope; });
    }
    [[nodiscard]] bool is_found(bits here) const {
        for (std::size_t i = 0; here != 0; ++i, here >>= 1)
            if ((here & 1) != 0 && steps_[i].is_last) return true;
        return false;
    }

    const std::vector<selector::step>& steps_;
    const html_node scope_;
    bool counts_types_ = false;
    std::vector<siblings> levels_;
};

void selector::walk(html_node scope, bool (*found)(void*, html_node), void* context) const {
    if (is_scope()) {
        found(context, scope);
        return;
    }
    selector_walk(*this, scope).run([&](html_node n) { return found(context, n); });
}

} // namespace plait::crawl
