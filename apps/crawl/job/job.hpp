// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//      the owner                              job                                 DIR/
//   seeds ───────────add_seeds──▶ [ recently seen ]──else──▶ frontier.sqlite  every URL: its print, state, depth, tries
//   links of a page ───finish──▶ [               ]                            hosts and counts, failures, marks, robots.txt
//   "host 7 may be asked" ─take─▶ [ read ahead    ]◀─────── lock              which process crawls here
//   records are written ──set_mark, commit──▶ one transaction
//
// What a crawl knows, on disk: every URL that was ever accepted, and what has become of it. So a crawl may be larger than
// memory, and one that was killed goes on where it was.
//
//   accepted ──▶ waiting ──take──▶ out ──finish──▶ done | failed | set_aside
//                   ▲               │
//                   └───put_back────┘
//
// Units. What the end of a page changes (its state, its new links, the counts of hosts) is one call, finish(), and counts as
// a whole or not at all. All calls since the last commit() become one transaction with it, and only with it; a process that
// is killed has done nothing since. That is all there is to recovery: "out" is known to the process alone, so what was out
// waits again, with the tries that it had, and pages whose end was not committed are fetched again.
// Exactly once. Whoever writes records puts those of a page into the output before finish(), and before a commit() makes the
// output safe and stores its mark with set_mark(). A crawl that resumes cuts the output at mark(): it then holds the records
// of the pages that are done, and no others.
// Order. take() gives the URLs of a host by depth, then by tries, then as they were found: breadth first, and one that is to
// be tried again comes behind the others of its depth. A URL's depth is that at which it was found first.
// Once. Two URLs are one if their fingerprints are equal. A set of those seen last, of fixed size, answers for most links;
// the table of all on disk answers for the rest, exactly.
// Memory. It goes by the number of hosts (some 200 bytes each) and of URLs that are out, and by job_options; not by the
// number of URLs.
// Power loss. The file is written with synchronous=NORMAL: a commit is not synced, a checkpoint is, which comes with every 64
// MiB of log. SQLite (https://sqlite.org/wal.html) then keeps the file sound, but may lose the last commits: the crawl
// resumes at an earlier one, whose marks are of output that was synced before it, and fetches the pages since then once more.
// FULL would wait for the disk at each commit in order to save these fetches, which are harmless; it would make no page
// lost or double that is not with NORMAL.
//
// Thread safety: one thread at a time; also those that only look.
// Blocks:        all functions but those that only look read files or write them; commit() is the one that may wait for the
//                disk. A loop calls them on a thread of its own.
// Throws:        job_error, from anything but what only looks. When one was thrown after the constructor, the job is good
//                for nothing but to be destroyed; the directory is as at the last commit(). bad_alloc: the same.

#include "job_error.hpp"

#include <plait/runtime/clock.hpp>

#include <chrono>
#include <crawl/manners/host_heap.hpp>
#include <crawl/url/fingerprint.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plait::crawl {

/// 1, 2, 3, … in the order in which they were found.
using url_number = std::int64_t;

struct job_options {
    /// Of the set of URLs seen last, 16 each; rounded up to a power of two.
    std::size_t recent_bytes = std::size_t{16} << 20U;
    /// Of the file's pages that are kept in memory.
    std::size_t page_cache_bytes = std::size_t{64} << 20U;
    /// URLs that are read from disk before they are asked for: of one host at a time, and of all.
    std::size_t read_ahead = 16, read_ahead_in_all = 65'536;
    /// When a commit is due: so many pages have ended since the last, or so much time has passed.
    std::size_t pages_a_commit = 4096;
    duration commit_every = std::chrono::seconds(1);
};

enum class job_opening : unsigned char { create, resume, create_or_resume };

/// What a resumed crawl must not contradict, by name: seeds, scope. For people to read, as an error shows both.
using job_settings = std::map<std::string, std::string>;

/// A URL that was found. `host` is what politeness goes by, as the owner sees it: an authority, or scheme and authority.
struct found_link {
    fingerprint print;
    std::string_view url, host;
};

/// A URL that is out.
struct taken_url {
    url_number number = 0;
    url_number referrer = 0; ///< 0: a seed
    host_id host = 0;
    std::uint32_t depth = 0;
    std::uint32_t tries = 0; ///< that have ended
    std::string url{};
};

enum class url_state : unsigned char { waiting, done, failed, set_aside, out };

struct page_end {
    url_state state = url_state::done;   ///< done, failed or set_aside
    std::uint64_t bytes = 0;             ///< that were received
    std::string_view cause{}, detail{};  ///< unless it is done: a word, and a sentence
    std::span<const found_link> links{}; ///< those that belong to the crawl; they may repeat, and may be known
};

/// So many URLs of a host have come to wait.
struct host_gain {
    host_id host = 0;
    std::uint32_t urls = 0;
};

/// found = waiting + out + done + failed + set_aside.
struct job_counts {
    std::uint64_t found = 0, waiting = 0, out = 0, done = 0, failed = 0, set_aside = 0;
    std::uint64_t bytes = 0; ///< that were received

    friend bool operator==(const job_counts&, const job_counts&) = default;
};

/// The same of one host, but for the bytes; and its name, which lives as long as the job.
struct job_host {
    std::string_view name;
    std::uint64_t waiting = 0, out = 0, done = 0, failed = 0, set_aside = 0;
};

struct url_failure {
    url_number number = 0;
    url_state state = url_state::failed; ///< or set_aside
    std::uint32_t depth = 0, tries = 0;
    std::string url{}, referrer{}; ///< empty for a seed
    std::string cause{}, detail{};
};

struct stored_robots {
    std::string bytes{};
    std::chrono::sys_seconds expires{};
};

class job {
public:
    /// Opens the job in `directory`, or begins one there; the directory is made if need be, the one above it is not.
    ///
    /// Complexity: O(hosts).
    job(const std::string& directory, job_opening opening, const job_settings& settings,
        const job_options& options = {});
    /// What was not committed is lost.
    ~job();
    job(const job&) = delete;
    job& operator=(const job&) = delete;

    /// Accepts those that are not known, with depth 0.
    void add_seeds(std::span<const found_link> links, std::vector<host_gain>& gains);
    /// The next URL of `host`; none if none waits.
    [[nodiscard]] std::optional<taken_url> take(host_id host);
    /// The end of a page that is out. Those of its links that are not known are accepted, with its depth and 1; `gains` tells
    /// what came to wait, each host once, and new hosts have the next numbers.
    ///
    /// Complexity: O(links). A link that was seen of late takes no reading.
    void finish(const taken_url& page, const page_end& end, std::vector<host_gain>& gains);
    /// It waits again, with one try more.
    void try_again(const taken_url& page);
    /// It waits again, as if it had not been taken: it was not asked for.
    void put_back(const taken_url& page);

    /// What was written up to now is safe up to `mark`, in the words of the output.
    void set_mark(std::string_view output, std::string_view mark);
    /// The last one; empty if there is none.
    [[nodiscard]] std::string mark(std::string_view output);
    /// Opaque bytes, until when the owner takes them for good.
    void set_robots(host_id host, std::string_view bytes, std::chrono::sys_seconds expires);
    [[nodiscard]] std::optional<stored_robots> robots(host_id host);

    /// Whether there is enough to commit. Time counts from when it was first asked after a commit.
    [[nodiscard]] bool commit_is_due(time_point now);
    /// All calls until now count, whatever happens to the process.
    void commit();

    [[nodiscard]] const job_counts& counts() const noexcept;
    /// Their numbers are 0, 1, 2, …
    [[nodiscard]] std::size_t hosts() const noexcept;
    [[nodiscard]] job_host host(host_id id) const;
    /// Of a URL that was accepted.
    [[nodiscard]] std::optional<url_state> state_of(const fingerprint& print);
    /// All that failed or were set aside, in the order in which they were found. `visit` does not call this job.
    void visit_failures(const std::function<void(const url_failure&)>& visit);
    /// Reads all of the file, and counts anew.
    ///
    /// Throws:     job_error, damaged, which says what is wrong.
    /// Complexity: O(URLs): seconds for a million.
    void verify();

private:
    class state;
    std::unique_ptr<state> state_;
};

} // namespace plait::crawl
