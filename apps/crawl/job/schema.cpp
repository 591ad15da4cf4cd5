// Copyright 2026 the plait authors. Boost Software License 1.0
#include "schema.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <new>

#include <sqlite3.h>

namespace plait::crawl {
namespace {

constexpr int application = 0x706c4a62; ///< "plJb"
constexpr int format = 1;

// A row of seen is found by half of its fingerprint, which is the fastest key that SQLite has. In the rare case that two URLs
// share the half, the later one is at the next free key.
// A URL's text is read when it is its turn, and for reports; what is looked up at random is in seen, and small.
constexpr const char* schema = R"(
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE host (id INTEGER PRIMARY KEY, name TEXT NOT NULL, waiting INTEGER NOT NULL, done INTEGER NOT NULL,
    failed INTEGER NOT NULL, set_aside INTEGER NOT NULL);
CREATE TABLE url (number INTEGER PRIMARY KEY, state INTEGER NOT NULL, depth INTEGER NOT NULL, tries INTEGER NOT NULL,
    host INTEGER NOT NULL, referrer INTEGER NOT NULL, text TEXT NOT NULL);
CREATE INDEX url_waiting ON url (host, depth, tries) WHERE state = 0;
CREATE TABLE seen (first INTEGER PRIMARY KEY, second INTEGER NOT NULL, number INTEGER NOT NULL);
CREATE TABLE failure (number INTEGER PRIMARY KEY, cause TEXT NOT NULL, detail TEXT NOT NULL);
CREATE TABLE output (name TEXT PRIMARY KEY, mark BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE robots (host INTEGER PRIMARY KEY, expires INTEGER NOT NULL, bytes BLOB NOT NULL);
CREATE TABLE total (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO total VALUES ('bytes', 0);
)";

bool is_for_want_of_room(int system_error) noexcept {
    return system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG;
}

job_trouble trouble_of(int code, int system_error) noexcept {
    switch (code & 0xff) {
    case SQLITE_FULL: return job_trouble::full;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN: return is_for_want_of_room(system_error) ? job_trouble::full : job_trouble::failed;
    case SQLITE_BUSY: return job_trouble::in_use;
    case SQLITE_ERROR: // our statements are right: the tables are not
    case SQLITE_CONSTRAINT:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return job_trouble::damaged;
    default: return job_trouble::failed;
    }
}

/// Nothing but a lock, which is what is left of one who was killed before he had begun.
bool holds_other_things(const std::string& directory) {
    const auto entries = std::filesystem::directory_iterator(directory);
    return std::any_of(begin(entries), end(entries), [](const auto& e) {
        return !e.path().filename().string().starts_with("frontier.sqlite") && e.path().filename() != "lock";
    });
}

void create(SQLite::Database& file, const job_settings& settings) {
    SQLite::Transaction all(file, SQLite::TransactionBehavior::IMMEDIATE);
    file.exec(schema);
    SQLite::Statement insert(file, "INSERT INTO setting VALUES (?, ?)");
    for (const auto& [name, value] : settings) {
        insert.bind(1, name);
        insert.bind(2, value);
        insert.exec();
        insert.reset();
    }
    file.exec("PRAGMA application_id = " + std::to_string(application));
    file.exec("PRAGMA user_version = " + std::to_string(format));
    all.commit();
}

bool is_empty(SQLite::Database& file) {
    return file.execAndGet("PRAGMA application_id").getInt() == 0 &&
           file.execAndGet("SELECT count(*) FROM sqlite_schema").getInt() == 0;
}

void check_kind(SQLite::Database& file, const std::string& directory) {
    if (file.execAndGet("PRAGMA application_id").getInt() != application)
        throw job_error(job_trouble::foreign, directory, "frontier.sqlite is not a job of plait-crawl");
    const int written = file.execAndGet("PRAGMA user_version").getInt();
    if (written > format)
        throw job_error(
            job_trouble::newer, directory,
            "the job is in format " + std::to_string(written) + ", and this program reads up to " +
                std::to_string(format));
    if (written < 1) throw job_error(job_trouble::damaged, directory, "the job has no format");
}

std::string shown(const job_settings& all, const std::string& name) {
    const auto at = all.find(name);
    return at == all.end() ? "not set" : "'" + at->second + "'";
}

void check_settings(SQLite::Database& file, const std::string& directory, const job_settings& now) {
    job_settings before, all = now;
    for (SQLite::Statement rows(file, "SELECT name, value FROM setting"); rows.executeStep();)
        before.emplace(rows.getColumn(0).getString(), rows.getColumn(1).getString());
    all.insert(before.begin(), before.end());
    std::string differences;
    for (const auto& [name, value] : all) {
        const std::string was = shown(before, name), is = shown(now, name);
        if (was != is) differences += (differences.empty() ? "" : "; ") + name + " was " + was + ", and is " + is;
    }
    if (!differences.empty())
        throw job_error(
            job_trouble::other_settings, directory, "the job was begun with other settings: " + differences);
}

} // namespace

job_error job_error_of(const SQLite::Exception& failure, int system_error, const std::string& directory) {
    if (failure.getErrorCode() == SQLITE_NOMEM) throw std::bad_alloc();
    const job_trouble trouble = trouble_of(failure.getErrorCode(), system_error);
    if (trouble == job_trouble::full)
        return {trouble, directory, "no room is left; the crawl can be resumed when there is"};
    if (trouble == job_trouble::in_use) return {trouble, directory, "another program has frontier.sqlite open"};
    std::string reason = std::string("frontier.sqlite: ") + failure.what();
    if (trouble == job_trouble::failed && system_error != 0) reason += std::string(": ") + std::strerror(system_error);
    return {trouble, directory, reason};
}

void enter_directory(const std::string& directory, job_opening opening) {
    try {
        if (std::filesystem::exists(directory + frontier_file)) return;
        if (opening == job_opening::resume) throw job_error(job_trouble::missing, directory, "there is no job");
        if (!std::filesystem::create_directory(directory) && holds_other_things(directory))
            throw job_error(job_trouble::foreign, directory, "the directory is not empty, and what it holds is no job");
    } catch (const std::filesystem::filesystem_error& e) {
        throw job_error(
            is_for_want_of_room(e.code().value()) ? job_trouble::full : job_trouble::failed, directory,
            e.code().message());
    }
}

void prepare_file(
    SQLite::Database& file, const std::string& directory, job_opening opening, const job_settings& settings,
    std::size_t page_cache_bytes) {
    // One process alone has the file, so that the index of its log is in memory, where the disk cannot be full.
    file.exec("PRAGMA locking_mode = EXCLUSIVE");
    const bool created = is_empty(file);
    if (!created) {
        check_kind(file, directory);
        if (opening == job_opening::create) throw job_error(job_trouble::exists, directory, "there is a job already");
        check_settings(file, directory, settings);
    }
    file.exec("PRAGMA journal_mode = WAL");
    file.exec("PRAGMA synchronous = NORMAL"); // see job.hpp
    file.exec("PRAGMA wal_autocheckpoint = 16384");
    file.exec("PRAGMA journal_size_limit = 67108864");
    file.exec("PRAGMA secure_delete = OFF"); // which Debian's SQLite has on
    file.exec("PRAGMA temp_store = MEMORY");
    file.exec("PRAGMA cache_size = -" + std::to_string(std::max(page_cache_bytes / 1024, std::size_t{64})));
    if (created) create(file, settings);
}

} // namespace plait::crawl
