// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// The rows of a job's file. What is written stays in one open transaction until commit(). Throws SQLite::Exception, and the
// job_error of guarded(), in which all of it is called. Thread safety: none.

#include "host_table.hpp"
#include "job.hpp"
#include "schema.hpp"

#include <cerrno>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>

namespace plait::crawl {

class database {
public:
    database(
        const std::string& directory, job_opening opening, const job_settings& settings, std::size_t page_cache_bytes);

    /// Calls `f`, and turns what SQLite throws into a job_error.
    template <class F>
    auto guarded(F f) {
        errno = 0; // sqlite3_system_errno() knows nothing of what fails within a commit
        try {
            return f();
        } catch (const SQLite::Exception& e) {
            throw job_error_of(e, errno, directory_);
        }
    }
    [[noreturn]] void damaged(const std::string& reason) const {
        throw job_error(job_trouble::damaged, directory_, reason);
    }

    // Reading.
    void read_hosts(host_table& into);
    [[nodiscard]] std::uint64_t bytes();
    /// The largest, 0 if there is no URL.
    [[nodiscard]] url_number last_number();
    [[nodiscard]] std::optional<url_state>
    state_of(const fingerprint& print, const std::unordered_set<url_number>& out);
    /// The first `n` that wait, in order, but for those of `out`.
    [[nodiscard]] std::vector<taken_url>
    waiting(host_id host, std::size_t n, const std::unordered_set<url_number>& out);
    [[nodiscard]] std::string mark(std::string_view output);
    [[nodiscard]] std::optional<stored_robots> robots(host_id host);
    void visit_failures(const std::function<void(const url_failure&)>& visit);
    void verify(const host_table& hosts);

    // Writing.
    void begin();
    /// Whether it was not there.
    [[nodiscard]] bool add_seen(const fingerprint& print, url_number number);
    void add_waiting(const taken_url& key, std::string_view text);
    void set_state(url_number number, url_state state, std::uint32_t tries);
    void add_failure(url_number number, std::string_view cause, std::string_view detail);
    void set_mark(std::string_view output, std::string_view mark);
    void set_robots(host_id host, std::string_view bytes, std::chrono::sys_seconds expires);
    void set_host(host_id id, const host_table::host& host);
    void set_bytes(std::uint64_t bytes);
    void commit();

private:
    struct seen_row {
        std::int64_t second;
        url_number number;
    };
    struct statements {
        explicit statements(SQLite::Database& file);

        SQLite::Statement begin, commit, insert_seen, find_seen, insert_url, update_url, state_of, waiting,
            insert_failure, replace_mark, mark, replace_robots, robots, replace_host, update_bytes;
    };

    [[nodiscard]] std::optional<seen_row> seen_at(std::int64_t key);
    [[nodiscard]] std::int64_t number_in(const char* query);

    std::string directory_;
    SQLite::Database file_;
    std::unique_ptr<statements> do_;
    bool begun_ = false;
};

} // namespace plait::crawl
