// Copyright 2026 the plait authors. Boost Software License 1.0
#include "database.hpp"

#include <cerrno>
#include <map>
#include <utility>

namespace plait::crawl {
namespace {

// They are stored; waiting, in the query of an index too.
static_assert(
    static_cast<int>(url_state::waiting) == 0 && static_cast<int>(url_state::done) == 1 &&
    static_cast<int>(url_state::failed) == 2 && static_cast<int>(url_state::set_aside) == 3);

struct blob {
    std::string_view bytes;
};

void put(SQLite::Statement& s, int place, std::int64_t value) { s.bind(place, value); }
void put(SQLite::Statement& s, int place, std::string_view text) { s.bind(place, std::string(text)); }
void put(SQLite::Statement& s, int place, blob b) {
    s.bind(place, b.bytes.empty() ? "" : b.bytes.data(), static_cast<int>(b.bytes.size()));
}

/// A statement from its first step to its reset.
class running {
public:
    template <class... Values>
    explicit running(SQLite::Statement& s, Values... values) : statement_(s) {
        int place = 0;
        (put(s, ++place, values), ...);
    }
    ~running() { statement_.tryReset(); }
    running(const running&) = delete;
    running& operator=(const running&) = delete;

    [[nodiscard]] bool next() { return statement_.executeStep(); }
    [[nodiscard]] int changes() { return statement_.exec(); }
    [[nodiscard]] std::int64_t number(int column) { return statement_.getColumn(column).getInt64(); }
    [[nodiscard]] std::string text(int column) { return statement_.getColumn(column).getString(); }
    template <class Integer>
    [[nodiscard]] Integer as(int column) {
        return static_cast<Integer>(number(column));
    }

private:
    SQLite::Statement& statement_;
};

template <class... Values>
int run(SQLite::Statement& s, Values... values) {
    return running(s, values...).changes();
}

std::int64_t stored(std::uint64_t n) noexcept { return static_cast<std::int64_t>(n); }

SQLite::Database open_file(const std::string& directory) {
    try {
        return {directory + frontier_file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX};
    } catch (const SQLite::Exception& e) {
        throw job_error_of(e, errno, directory);
    }
}

} // namespace

database::statements::statements(SQLite::Database& file)
    : begin(file, "BEGIN IMMEDIATE"),
      commit(file, "COMMIT"),
      insert_seen(file, "INSERT OR IGNORE INTO seen VALUES (?, ?, ?)"),
      find_seen(file, "SELECT second, number FROM seen WHERE first = ?"),
      insert_url(file, "INSERT INTO url VALUES (?, 0, ?, 0, ?, ?, ?)"),
      update_url(file, "UPDATE url SET state = ?2, tries = ?3 WHERE number = ?1 AND state = 0"),
      state_of(file, "SELECT state FROM url WHERE number = ?"),
      waiting(
          file, "SELECT number, depth, tries, referrer, text FROM url INDEXED BY url_waiting "
                "WHERE state = 0 AND host = ? ORDER BY depth, tries, number LIMIT ?"),
      insert_failure(file, "INSERT INTO failure VALUES (?, ?, ?)"),
      replace_mark(file, "REPLACE INTO output VALUES (?, ?)"),
      mark(file, "SELECT mark FROM output WHERE name = ?"),
      replace_robots(file, "REPLACE INTO robots VALUES (?, ?, ?)"),
      robots(file, "SELECT expires, bytes FROM robots WHERE host = ?"),
      replace_host(file, "REPLACE INTO host VALUES (?, ?, ?, ?, ?, ?)"),
      update_bytes(file, "UPDATE total SET value = ? WHERE name = 'bytes'") {}

database::database(
    const std::string& directory, job_opening opening, const job_settings& settings, std::size_t page_cache_bytes)
    : directory_(directory), file_(open_file(directory)) {
    guarded([&] {
        prepare_file(file_, directory, opening, settings, page_cache_bytes);
        do_ = std::make_unique<statements>(file_);
    });
}

void database::read_hosts(host_table& into) {
    SQLite::Statement all(file_, "SELECT id, name, waiting, done, failed, set_aside FROM host ORDER BY id");
    for (running row(all); row.next();) {
        const host_id id = into.add(row.text(1));
        if (id != row.number(0)) damaged("a host is missing");
        host_table::host& h = into.look(id);
        h.waiting = row.as<std::uint64_t>(2);
        h.done = row.as<std::uint64_t>(3);
        h.failed = row.as<std::uint64_t>(4);
        h.set_aside = row.as<std::uint64_t>(5);
    }
}

std::int64_t database::number_in(const char* query) {
    SQLite::Statement one(file_, query);
    running row(one);
    return row.next() ? row.number(0) : 0;
}

std::uint64_t database::bytes() {
    return static_cast<std::uint64_t>(number_in("SELECT value FROM total WHERE name = 'bytes'"));
}

url_number database::last_number() { return number_in("SELECT max(number) FROM url"); }

std::optional<database::seen_row> database::seen_at(std::int64_t key) {
    running row(do_->find_seen, key);
    if (!row.next()) return {};
    return seen_row{row.number(0), row.number(1)};
}

std::optional<url_state> database::state_of(const fingerprint& print, const std::unordered_set<url_number>& out) {
    for (std::uint64_t key = print.first;; ++key) {
        const auto there = seen_at(stored(key));
        if (!there) return {};
        if (there->second != stored(print.second)) continue;
        if (out.contains(there->number)) return url_state::out;
        running row(do_->state_of, there->number);
        if (!row.next()) damaged("URL " + std::to_string(there->number) + " is missing");
        return row.as<url_state>(0);
    }
}

std::vector<taken_url> database::waiting(host_id host, std::size_t n, const std::unordered_set<url_number>& out) {
    std::vector<taken_url> all;
    running row(do_->waiting, std::int64_t{host}, std::int64_t{-1});
    while (all.size() < n && row.next()) {
        if (out.contains(row.number(0))) continue;
        all.push_back(
            {.number = row.number(0),
             .referrer = row.number(3),
             .host = host,
             .depth = row.as<std::uint32_t>(1),
             .tries = row.as<std::uint32_t>(2),
             .url = row.text(4)});
    }
    return all;
}

std::string database::mark(std::string_view output) {
    running row(do_->mark, output);
    return row.next() ? row.text(0) : "";
}

std::optional<stored_robots> database::robots(host_id host) {
    running row(do_->robots, std::int64_t{host});
    if (!row.next()) return {};
    return stored_robots{row.text(1), std::chrono::sys_seconds(std::chrono::seconds(row.number(0)))};
}

void database::visit_failures(const std::function<void(const url_failure&)>& visit) {
    SQLite::Statement all(
        file_, "SELECT u.number, u.state, u.depth, u.tries, u.text, ifnull(r.text, ''), f.cause, f.detail "
               "FROM failure f JOIN url u ON u.number = f.number LEFT JOIN url r ON r.number = u.referrer "
               "ORDER BY f.number");
    for (running row(all); row.next();)
        visit(
            {.number = row.number(0),
             .state = row.as<url_state>(1),
             .depth = row.as<std::uint32_t>(2),
             .tries = row.as<std::uint32_t>(3),
             .url = row.text(4),
             .referrer = row.text(5),
             .cause = row.text(6),
             .detail = row.text(7)});
}

void database::verify(const host_table& hosts) {
    const std::string file = file_.execAndGet("PRAGMA integrity_check(1)").getString();
    if (file != "ok") damaged(file);
    std::map<std::pair<host_id, url_state>, std::uint64_t> rows;
    SQLite::Statement groups(file_, "SELECT host, state, count(*) FROM url GROUP BY host, state");
    for (running row(groups); row.next();)
        rows[{row.as<host_id>(0), row.as<url_state>(1)}] = row.as<std::uint64_t>(2);
    std::uint64_t urls = 0, failures = 0;
    for (host_id id = 0; id < hosts.size(); ++id) {
        const host_table::host& h = hosts[id];
        if (rows[{id, url_state::waiting}] != h.waiting + h.out || rows[{id, url_state::done}] != h.done ||
            rows[{id, url_state::failed}] != h.failed || rows[{id, url_state::set_aside}] != h.set_aside)
            damaged("the counts of " + h.name + " are wrong");
        failures += h.failed + h.set_aside;
        urls += h.waiting + h.out + h.done + h.failed + h.set_aside;
    }
    const auto is = [&](const char* query, std::uint64_t n) { return number_in(query) == stored(n); };
    if (!is("SELECT count(*) FROM url", urls)) damaged("a URL's host is missing");
    if (!is("SELECT count(*) FROM seen", urls) ||
        !is("SELECT count(DISTINCT seen.number) FROM seen JOIN url ON url.number = seen.number", urls))
        damaged("fingerprints and URLs do not match");
    if (!is("SELECT count(*) FROM failure JOIN url ON url.number = failure.number WHERE state IN (2, 3)", failures) ||
        !is("SELECT count(*) FROM failure", failures))
        damaged("failures and URLs do not match");
}

void database::begin() {
    if (begun_) return;
    run(do_->begin);
    begun_ = true;
}

bool database::add_seen(const fingerprint& print, url_number number) {
    for (std::uint64_t key = print.first;; ++key) {
        if (run(do_->insert_seen, stored(key), stored(print.second), number) == 1) return true;
        if (seen_at(stored(key)).value().second == stored(print.second)) return false;
    }
}

void database::add_waiting(const taken_url& key, std::string_view text) {
    run(do_->insert_url, key.number, std::int64_t{key.depth}, std::int64_t{key.host}, key.referrer, text);
}

void database::set_state(url_number number, url_state state, std::uint32_t tries) {
    if (run(do_->update_url, number, static_cast<std::int64_t>(state), std::int64_t{tries}) != 1)
        damaged("URL " + std::to_string(number) + " is missing");
}

void database::add_failure(url_number number, std::string_view cause, std::string_view detail) {
    run(do_->insert_failure, number, cause, detail);
}

void database::set_mark(std::string_view output, std::string_view mark) { run(do_->replace_mark, output, blob{mark}); }

void database::set_robots(host_id host, std::string_view bytes, std::chrono::sys_seconds expires) {
    run(do_->replace_robots, std::int64_t{host}, std::int64_t{expires.time_since_epoch().count()}, blob{bytes});
}

void database::set_host(host_id id, const host_table::host& host) {
    run(do_->replace_host, std::int64_t{id}, std::string_view(host.name), stored(host.waiting + host.out),
        stored(host.done), stored(host.failed), stored(host.set_aside));
}

void database::set_bytes(std::uint64_t bytes) { run(do_->update_bytes, stored(bytes)); }

void database::commit() {
    if (!begun_) return;
    run(do_->commit);
    begun_ = false;
}

} // namespace plait::crawl
