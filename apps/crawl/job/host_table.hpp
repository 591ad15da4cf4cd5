// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The hosts of a crawl, by name and by number, how many URLs of each are in which state, and which of them have changed since
// they were written. Thread safety: none.

#include "job.hpp"

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace plait::crawl {

class host_table {
public:
    struct host {
        std::string name{};
        std::uint64_t done = 0, failed = 0, set_aside = 0;
        std::uint64_t waiting = 0;
        std::uint32_t out = 0;
        bool changed = false;

        [[nodiscard]] std::uint64_t& of(url_state s) noexcept;
    };

    [[nodiscard]] std::optional<host_id> find(std::string_view name) const;
    /// One that is not there, by the next number.
    host_id add(std::string name);
    [[nodiscard]] std::size_t size() const noexcept { return hosts_.size(); }
    [[nodiscard]] const host& operator[](host_id id) const { return hosts_.at(id); }
    /// To be changed, and to be written by the next commit.
    [[nodiscard]] host& change(host_id id);
    /// Not to be written: what is out is no matter of the file's.
    [[nodiscard]] host& look(host_id id) { return hosts_.at(id); }

    /// Calls `write(id, host)` for each that has changed, and forgets that it has.
    template <class Write>
    void write_changes(Write write) {
        for (const host_id id : changed_) {
            write(id, hosts_[id]);
            hosts_[id].changed = false;
        }
        changed_.clear();
    }

private:
    std::deque<host> hosts_;
    std::unordered_map<std::string_view, host_id> by_name_;
    std::vector<host_id> changed_;
};

} // namespace plait::crawl
