// Copyright 2026 the plait authors. Boost Software License 1.0
#include "database.hpp"
#include "directory_lock.hpp"
#include "host_table.hpp"
#include "job.hpp"
#include "read_ahead.hpp"
#include "recent_set.hpp"

#include <plait/runtime/error.hpp>

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace plait::crawl {
namespace {

std::uint64_t& count_of(job_counts& c, url_state s) noexcept {
    switch (s) {
    case url_state::done: return c.done;
    case url_state::failed: return c.failed;
    case url_state::set_aside: return c.set_aside;
    default: return c.waiting;
    }
}

/// The directory is entered before it is locked, and looked at after it.
std::string entered(const std::string& directory, job_opening opening) {
    enter_directory(directory, opening);
    return directory;
}

void tell(std::vector<host_id>& hosts, std::vector<host_gain>& gains) {
    std::sort(hosts.begin(), hosts.end());
    for (const host_id host : hosts) {
        if (gains.empty() || gains.back().host != host) gains.push_back({.host = host, .urls = 0});
        ++gains.back().urls;
    }
}

} // namespace

class job::state {
public:
    state(const std::string& directory, job_opening opening, const job_settings& settings, const job_options& options)
        : options_(options),
          directory_(entered(directory, opening)),
          lock_(directory_),
          file_(directory_, opening, settings, options.page_cache_bytes),
          recent_(options.recent_bytes),
          ahead_(options.read_ahead, options.read_ahead_in_all) {
        file_.guarded([&] { read(); });
    }

    /// All that reads the file or writes it. What was half done when it failed stays half done: nobody may go on from there.
    template <class F>
    auto step(F f) {
        if (broken_) throw job_error(job_trouble::failed, directory_, "the job was used after an error");
        broken_ = true;
        if constexpr (std::is_void_v<decltype(f())>) {
            file_.guarded(f);
            broken_ = false;
        } else {
            auto result = file_.guarded(f);
            broken_ = false;
            return result;
        }
    }

    void
    add(std::span<const found_link> links, const taken_url& parent, std::uint32_t depth,
        std::vector<host_gain>& gains) {
        file_.begin();
        gained_.clear();
        for (const found_link& l : links)
            if (!recent_.touch(l.print)) look_up(l, parent, depth);
        gains.clear();
        tell(gained_, gains);
    }

    std::optional<taken_url> take(host_id host) {
        host_table::host& h = hosts_.look(host);
        if (h.waiting == 0) return {};
        std::optional<taken_url> url = ahead_.take(host);
        if (!url) {
            ahead_.fill(host, file_.waiting(host, ahead_.chunk(h.out), out_));
            url = ahead_.take(host);
        }
        if (!url) file_.damaged("URLs of " + h.name + " are missing");
        out_.insert(url->number);
        --h.waiting, ++h.out;
        --counts_.waiting, ++counts_.out;
        return url;
    }

    void must_be_out(const taken_url& page) const {
        if (!out_.contains(page.number))
            throw error(errc::invalid_argument, "URL " + std::to_string(page.number) + " is not out");
    }

    void end(const taken_url& page, const page_end& end) {
        file_.begin();
        file_.set_state(page.number, end.state, page.tries + 1);
        if (end.state != url_state::done) file_.add_failure(page.number, end.cause, end.detail);
        come_back(page, end.state);
        counts_.bytes += end.bytes;
        ++pages_;
    }

    void wait_again(const taken_url& page, std::uint32_t tries) {
        if (tries != page.tries) {
            file_.begin();
            file_.set_state(page.number, url_state::waiting, tries);
            ++pages_;
        }
        come_back(page, url_state::waiting);
        taken_url again = page;
        again.tries = tries;
        if (ahead_.wants(again)) ahead_.insert(std::move(again));
    }

    void commit() {
        file_.begin();
        hosts_.write_changes([this](host_id id, const host_table::host& h) { file_.set_host(id, h); });
        file_.set_bytes(counts_.bytes);
        file_.commit();
        pages_ = 0;
        asked_.reset();
    }

    bool commit_is_due(time_point now) {
        if (!asked_) asked_ = now;
        return pages_ >= options_.pages_a_commit || (pages_ > 0 && now - *asked_ >= options_.commit_every);
    }

    [[nodiscard]] std::optional<url_state> state_of(const fingerprint& print) { return file_.state_of(print, out_); }

    database& file() noexcept { return file_; }
    [[nodiscard]] const host_table& hosts() const noexcept { return hosts_; }
    [[nodiscard]] const job_counts& counts() const noexcept { return counts_; }
    /// Something was written that no page's end is.
    void note() noexcept { ++pages_; }

private:
    void read() {
        file_.read_hosts(hosts_);
        for (host_id id = 0; id < hosts_.size(); ++id) {
            const host_table::host& h = hosts_[id];
            counts_.waiting += h.waiting;
            counts_.done += h.done;
            counts_.failed += h.failed;
            counts_.set_aside += h.set_aside;
        }
        counts_.found = counts_.waiting + counts_.done + counts_.failed + counts_.set_aside;
        counts_.bytes = file_.bytes();
        if (static_cast<std::uint64_t>(file_.last_number()) != counts_.found)
            file_.damaged("its hosts do not have as many URLs as there are");
    }

    void look_up(const found_link& l, const taken_url& parent, std::uint32_t depth) {
        const auto number = static_cast<url_number>(counts_.found + 1);
        if (file_.add_seen(l.print, number)) accept(l, {.number = number, .referrer = parent.number, .depth = depth});
        recent_.put(l.print);
    }

    void accept(const found_link& l, taken_url key) {
        const auto known = hosts_.find(l.host);
        key.host = known ? *known : hosts_.add(std::string(l.host));
        file_.add_waiting(key, l.url);
        if (ahead_.wants(key)) {
            key.url = l.url;
            ahead_.insert(key);
        }
        ++hosts_.change(key.host).waiting;
        ++counts_.found, ++counts_.waiting;
        gained_.push_back(key.host);
    }

    void come_back(const taken_url& page, url_state s) {
        out_.erase(page.number);
        host_table::host& h = s == url_state::waiting ? hosts_.look(page.host) : hosts_.change(page.host);
        --h.out, ++h.of(s);
        --counts_.out, ++count_of(counts_, s);
    }

    job_options options_;
    std::string directory_;
    directory_lock lock_;
    database file_;
    host_table hosts_;
    recent_set recent_;
    read_ahead ahead_;
    std::unordered_set<url_number> out_;
    job_counts counts_;
    std::vector<host_id> gained_;
    std::size_t pages_ = 0; ///< ended since the last commit
    std::optional<time_point> asked_;
    bool broken_ = false;
};

job::job(const std::string& directory, job_opening opening, const job_settings& settings, const job_options& options)
    : state_(std::make_unique<state>(directory, opening, settings, options)) {}

job::~job() = default;

void job::add_seeds(std::span<const found_link> links, std::vector<host_gain>& gains) {
    state_->step([&] { state_->add(links, {}, 0, gains); });
}

std::optional<taken_url> job::take(host_id host) {
    return state_->step([&] { return state_->take(host); });
}

void job::finish(const taken_url& page, const page_end& end, std::vector<host_gain>& gains) {
    state_->must_be_out(page);
    if (end.state == url_state::waiting || end.state == url_state::out)
        throw error(errc::invalid_argument, "a page ends as done, failed or set aside");
    state_->step([&] {
        state_->end(page, end);
        state_->add(end.links, page, page.depth + 1, gains);
    });
}

void job::try_again(const taken_url& page) {
    state_->must_be_out(page);
    state_->step([&] { state_->wait_again(page, page.tries + 1); });
}

void job::put_back(const taken_url& page) {
    state_->must_be_out(page);
    state_->step([&] { state_->wait_again(page, page.tries); });
}

void job::set_mark(std::string_view output, std::string_view mark) {
    state_->step([&] {
        state_->file().begin();
        state_->file().set_mark(output, mark);
    });
}

std::string job::mark(std::string_view output) {
    return state_->step([&] { return state_->file().mark(output); });
}

void job::set_robots(host_id host, std::string_view bytes, std::chrono::sys_seconds expires) {
    state_->step([&] {
        state_->file().begin();
        state_->file().set_robots(host, bytes, expires);
        state_->note();
    });
}

std::optional<stored_robots> job::robots(host_id host) {
    return state_->step([&] { return state_->file().robots(host); });
}

bool job::commit_is_due(time_point now) { return state_->commit_is_due(now); }

void job::commit() {
    state_->step([&] { state_->commit(); });
}

const job_counts& job::counts() const noexcept { return state_->counts(); }

std::size_t job::hosts() const noexcept { return state_->hosts().size(); }

job_host job::host(host_id id) const {
    const host_table::host& h = state_->hosts()[id];
    return {h.name, h.waiting, h.out, h.done, h.failed, h.set_aside};
}

std::optional<url_state> job::state_of(const fingerprint& print) {
    return state_->step([&] { return state_->state_of(print); });
}

void job::visit_failures(const std::function<void(const url_failure&)>& visit) {
    state_->step([&] { state_->file().visit_failures(visit); });
}

void job::verify() {
    state_->step([&] { state_->file().verify(state_->hosts()); });
}

} // namespace plait::crawl
