// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   seeds ──▶ host | domain | prefix | any ──▶ depth ──▶ traps ──▶ exclude ──▶ include ──▶ inside, or the first that said no
//
// Which links a crawl follows. A decision depends on the URL, the depth and the rules alone, so a crawl that is resumed
// decides as before. Seeds are not asked about: who names them wants them.

#include "pattern_list.hpp"
#include "traps.hpp"
#include "url.hpp"
#include "verdict.hpp"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plait::crawl {

/// Scheme and port do not matter: a site that moves to https, or serves something on another port, stays the same site.
enum class scope_kind : unsigned char {
    host,   ///< the host of a seed
    domain, ///< whatever has the registrable domain of a seed; of a seed without one, its host
    prefix, ///< the host of a seed, and a path in the seed's folder: "/docs/" of "/docs/index.html", "/" of "/docs"
    any,
};

struct scope_rules {
    scope_kind kind = scope_kind::host;
    std::optional<unsigned> depth{}; ///< links from a seed, which itself has depth 0; nothing: any number
    trap_limits traps{};
    std::vector<std::string> include{}, exclude{}; ///< patterns for the canonical text; no `include`: all is included
};

/// Thread safety: none.
class scope {
public:
    /// Throws bad_pattern; std::runtime_error if a domain is asked for and there is no public suffix list.
    scope(const scope_rules& rules, std::span<const url> seeds);

    /// `depth` is that of the page with the link, and one.
    /// Complexity: O(size of the URL) for each pattern, O(log seeds) without patterns.
    [[nodiscard]] verdict judge(const url& u, unsigned depth);

private:
    struct root {
        std::string host, folder;
    };

    struct finding {
        std::string host{};
        bool inside = false;
    };

    [[nodiscard]] verdict judge_place(const url& u);
    [[nodiscard]] bool has_host(std::string_view host) const noexcept;
    [[nodiscard]] bool has_domain(const url& u);
    [[nodiscard]] bool is_below_a_domain(const url& u) const;
    [[nodiscard]] bool has_prefix(const url& u) const noexcept;

    scope_kind kind_;
    std::optional<unsigned> depth_;
    trap_limits traps_;
    std::vector<root> roots_;          ///< ordered by host
    std::vector<std::string> domains_; ///< ordered
    std::array<finding, 64> found_;    ///< by a hash of the host: the public suffix list takes a microsecond
    pattern_list include_, exclude_;
};

} // namespace plait::crawl
