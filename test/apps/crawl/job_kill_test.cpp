// Copyright 2026 the plait authors. Boost Software License 1.0
//
// A crawl of a web of numbers that is killed at random moments, and goes on. What it has written up to its mark must be, each
// time, the pages that are done, each once; and in the end all pages that there are.
#include "job_scene.hpp"
#include "support/child_program.hpp"

#include <plait/runtime/detail/syscall.hpp>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace plait::test {
namespace {

using namespace crawl;
using dice = std::minstd_rand;

constexpr int hosts = 5, pages = 2000;

std::vector<int> links_of(int page) {
    dice roll(static_cast<unsigned>(page) + 1);
    std::vector<int> links{(page + 1) % pages}; // every page can be reached
    for (int i = 0; i < 8; ++i)
        links.push_back(static_cast<int>(roll() % pages));
    return links;
}
bool fails(int page) { return page % 17 == 3; }
/// After two more tries.
bool is_set_aside(int page) { return page % 19 == 5 && !fails(page); }

/// SIGKILL for this process, so many microseconds from now.
void die_after(long microseconds) {
    sigevent event{};
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGKILL;
    timer_t timer{};
    detail::checked(
        [&] { return ::timer_create(CLOCK_MONOTONIC, &event, &timer); }, [] { return std::string("timer_create"); });
    const itimerspec when{{}, {microseconds / 1'000'000, microseconds % 1'000'000 * 1000}};
    detail::checked(
        [&] { return ::timer_settime(timer, 0, &when, nullptr); }, [] { return std::string("timer_settime"); });
}

std::int64_t number_in(const std::string& mark) { return mark.empty() ? 0 : std::stoll(mark); }

/// Crawls on in `directory`, a few pages at a time, and writes the numbers of those that are done, a line each.
class crawler {
public:
    crawler(const std::string& directory, unsigned seed)
        : roll_(seed + 1), job_(directory + "/job", job_opening::create_or_resume, {}) {
        output_.reset(detail::checked(
            [&] { return ::open((directory + "/output").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600); },
            [] { return std::string("open(output)"); }));
        size_ = number_in(job_.mark("output"));
        detail::checked([&] { return ::ftruncate(output_.get(), size_); }, [] { return std::string("ftruncate"); });
        job_.add_seeds(numbered_links(hosts, {0}), gains_);
    }
    void run() {
        for (unsigned n = 1; job_.counts().waiting + job_.counts().out > 0; ++n) {
            if (out_.size() < 10) take();
            if (out_.size() == 10 || job_.counts().waiting == 0) end();
            if (n % 7 == 0) commit();
        }
        commit();
    }

private:
    void take() {
        const auto page = job_.take(static_cast<host_id>(roll_() % job_.hosts()));
        if (page) out_.push_back(*page);
    }
    void end() {
        std::swap(out_[roll_() % out_.size()], out_.back());
        const taken_url url = out_.back();
        out_.pop_back();
        const int page = numbered_links::page_of(url.url);
        if (is_set_aside(page) && url.tries < 2) return job_.try_again(url);
        if (is_set_aside(page)) return job_.finish(url, {.state = url_state::set_aside, .cause = "hung"}, gains_);
        if (fails(page)) return job_.finish(url, {.state = url_state::failed, .cause = "status"}, gains_);
        write(page);
        numbered_links links(hosts);
        for (const int next : links_of(page))
            links.add(next);
        job_.finish(url, {.bytes = 100, .links = links}, gains_);
    }
    void write(int page) {
        const std::string line = std::to_string(page) + "\n";
        size_ += detail::checked(
            [&] { return ::write(output_.get(), line.data(), line.size()); }, [] { return std::string("write"); });
    }
    void commit() {
        job_.set_mark("output", std::to_string(size_));
        job_.commit();
    }

    dice roll_;
    job job_;
    detail::unique_fd output_;
    std::int64_t size_ = 0;
    std::vector<host_gain> gains_;
    std::vector<taken_url> out_;
};

const ::test::unrelated_function crawls("crawls", [](const std::vector<std::string>& arguments) {
    if (const long life = std::stol(arguments[2]); life > 0) die_after(life);
    crawler(arguments[0], static_cast<unsigned>(std::stoul(arguments[1]))).run();
    return 0;
});

struct expectation {
    std::set<int> done{}, failed{}, set_aside{};

    expectation() {
        std::vector<int> todo{0};
        for (std::set<int> seen{0}; !todo.empty();) {
            const int page = todo.back();
            todo.pop_back();
            (fails(page) ? failed : is_set_aside(page) ? set_aside : done).insert(page);
            if (!done.contains(page)) continue;
            for (const int next : links_of(page))
                if (seen.insert(next).second) todo.push_back(next);
        }
    }
};

std::vector<int> lines_up_to(const std::string& file, std::int64_t mark) {
    std::string text = text_of(file);
    BOOST_REQUIRE(static_cast<std::int64_t>(text.size()) >= mark);
    text.resize(static_cast<std::size_t>(mark));
    BOOST_REQUIRE((text.empty() || text.back() == '\n'));
    std::istringstream in(text);
    return {std::istream_iterator<int>(in), {}};
}

/// Whether the directory is as a commit left it.
void look_at(const std::string& directory) {
    if (!std::filesystem::exists(directory + "/job")) return; // killed before it had begun
    job j(directory + "/job", job_opening::create_or_resume, {});
    j.verify();
    BOOST_TEST(j.counts().out == 0U);
    const auto lines = lines_up_to(directory + "/output", number_in(j.mark("output")));
    const std::set<int> done(lines.begin(), lines.end());
    BOOST_TEST(done.size() == lines.size());
    BOOST_TEST(done.size() == j.counts().done);
    BOOST_TEST(j.counts().bytes == 100 * done.size());
    for (const int page : done) {
        const auto s = j.state_of(fingerprint_of(numbered_links::url_of(page, hosts)));
        BOOST_REQUIRE_MESSAGE(s == url_state::done, page << " was written, and is not done");
    }
}

/// Whether all that there is has ended as it should, and those that were set aside with the tries that they are due.
void look_at_end(const std::string& directory) {
    const expectation expected;
    job j(directory + "/job", job_opening::resume, {});
    const auto lines = lines_up_to(directory + "/output", number_in(j.mark("output")));
    BOOST_TEST((std::set<int>(lines.begin(), lines.end()) == expected.done));
    BOOST_TEST(lines.size() == expected.done.size());
    std::set<int> failed, set_aside;
    j.visit_failures([&](const url_failure& f) {
        (f.state == url_state::failed ? failed : set_aside).insert(numbered_links::page_of(f.url));
        BOOST_TEST(f.tries == (f.state == url_state::failed ? 1U : 3U), f.url);
    });
    BOOST_TEST((failed == expected.failed));
    BOOST_TEST((set_aside == expected.set_aside));
    BOOST_TEST(j.counts().waiting == 0U);
}

} // namespace

BOOST_AUTO_TEST_SUITE(killed_jobs)

BOOST_AUTO_TEST_CASE(a_crawl_that_is_killed_at_any_moment_writes_each_page_once) {
    const int kills = std::getenv("PLAIT_TEST_SHORT") ? 30 : 200;
    dice roll(20261122);
    std::unique_ptr<scratch_directory> scratch;
    int killed = 0, crawls_ended = 0;
    while (killed < kills) {
        if (!scratch) scratch = std::make_unique<scratch_directory>();
        // From the creation of the file to the middle of the work; a web is crawled in some dozens of lives.
        const long life = static_cast<long>(1000 + roll() % 60'000);
        ::test::child child(crawls, {*scratch / "", std::to_string(roll()), std::to_string(life)});
        const int end = child.wait();
        BOOST_REQUIRE((end == 0 || end == -SIGKILL));
        killed += end != 0;
        look_at(*scratch / "");
        if (end != 0) continue;
        look_at_end(*scratch / "");
        ++crawls_ended;
        scratch.reset();
    }
    if (scratch) {
        ::test::child last(crawls, {*scratch / "", "1", "0"});
        BOOST_REQUIRE(last.wait() == 0);
        look_at(*scratch / "");
        look_at_end(*scratch / "");
    }
    BOOST_TEST_MESSAGE(killed << " kills, and " << crawls_ended << " crawls that ended between them");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
