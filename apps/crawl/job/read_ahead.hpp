// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   file, in order ──fill──▶ host 3: ▢▢▢▢      what is here of a host are the first of its URLs that wait;
//   new, put back ──insert─▶ host 7: ▢▢        nothing in the file belongs between or before them
//                            ─take─▶ ▢
//
// URLs that wait, read from the file before they are asked for, so that a URL does not cost a query. What is dropped is still
// in the file. The hosts that were asked longest ago are dropped when all hosts together have too many. Thread safety: none.

#include "job.hpp"

#include <deque>
#include <list>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace plait::crawl {

class read_ahead {
public:
    /// At least one of each.
    read_ahead(std::size_t of_one, std::size_t in_all);

    /// How many to read for a host of which so many are out, which the reader reads too, and skips.
    [[nodiscard]] std::size_t chunk(std::size_t out) const noexcept;
    /// The first of them.
    [[nodiscard]] std::optional<taken_url> take(host_id host);
    /// The first that wait of a host that has none here.
    void fill(host_id host, std::vector<taken_url> urls);
    /// Whether a URL that has come to wait belongs before one of those here: then insert() it.
    [[nodiscard]] bool wants(const taken_url& key) const;
    void insert(taken_url url);

private:
    struct line {
        std::deque<taken_url> urls;
        std::list<host_id>::iterator used;
    };
    using lines = std::unordered_map<host_id, line>;

    [[nodiscard]] static auto order(const taken_url& u) noexcept { return std::tuple(u.depth, u.tries, u.number); }
    void drop(lines::iterator at);

    std::size_t of_one_, in_all_, size_ = 0;
    lines lines_;
    std::list<host_id> used_; ///< the one asked longest ago in front
};

} // namespace plait::crawl
