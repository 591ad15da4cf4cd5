// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Directories that cannot be used, and disks that are full.
#include "job_scene.hpp"

#include <plait/runtime/detail/syscall.hpp>

#include <csignal>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/resource.h>
#include <unistd.h>

namespace plait::test {
namespace {

using namespace crawl;

const job_settings settings{{"scope", "host"}, {"seeds", "http://h0.example/1"}};

/// A job of `pages` pages of which none is done.
void make_job(const std::string& directory, int pages = 3) {
    job j(directory, job_opening::create, settings);
    numbered_links links(1);
    for (int page = 1; page <= pages; ++page)
        links.add(page);
    std::vector<host_gain> gains;
    j.add_seeds(links, gains);
    j.commit();
}

job_error trouble_of_opening(
    const std::string& directory, job_opening opening = job_opening::resume, const job_settings& s = settings) {
    return trouble_in([&] { job(directory, opening, s); });
}

bool has(const job_error& e, const std::string& text) { return std::string(e.what()).find(text) != std::string::npos; }

void change(const std::string& directory, const std::string& sql) {
    SQLite::Database(directory + "/frontier.sqlite", SQLite::OPEN_READWRITE).exec(sql);
}

/// While it lives, no file grows beyond `bytes`.
class file_size_limit {
public:
    explicit file_size_limit(rlim_t bytes) : old_signal_(std::signal(SIGXFSZ, SIG_IGN)) {
        detail::checked([&] { return ::getrlimit(RLIMIT_FSIZE, &old_); }, [] { return std::string("getrlimit"); });
        const rlimit now{bytes, old_.rlim_max};
        detail::checked([&] { return ::setrlimit(RLIMIT_FSIZE, &now); }, [] { return std::string("setrlimit"); });
    }
    ~file_size_limit() {
        ::setrlimit(RLIMIT_FSIZE, &old_);
        std::signal(SIGXFSZ, old_signal_);
    }
    file_size_limit(const file_size_limit&) = delete;
    file_size_limit& operator=(const file_size_limit&) = delete;

private:
    void (*old_signal_)(int);
    rlimit old_{};
};

/// Finishes pages, each with links to two others, until there are none; `committed` is how many are done for good.
void crawl_on(const std::string& directory, std::uint64_t& committed) {
    job j(directory, job_opening::resume, settings);
    std::vector<host_gain> gains;
    while (const auto page = j.take(0)) {
        const int n = numbered_links::page_of(page->url);
        numbered_links links(1);
        for (const int next : {2 * n, 2 * n + 1})
            if (next < 2000) links.add(next);
        j.finish(*page, {.links = links}, gains);
        if (j.counts().done % 50 != 0) continue;
        j.commit();
        committed = j.counts().done;
    }
    j.commit();
    committed = j.counts().done;
}

} // namespace

BOOST_AUTO_TEST_SUITE(job_troubles)

BOOST_AUTO_TEST_CASE(a_second_crawl_is_refused_and_told_which_process_has_the_directory) {
    scratch_directory scratch;
    make_job(scratch / "job");
    std::optional<job> first(std::in_place, scratch / "job", job_opening::resume, settings);
    const job_error e = trouble_of_opening(scratch / "job");
    BOOST_TEST((e.trouble() == job_trouble::in_use));
    BOOST_TEST(has(e, "process " + std::to_string(::getpid())), e.what());
    first.reset();
    job(scratch / "job", job_opening::resume, settings).verify();
}

BOOST_AUTO_TEST_CASE(a_file_that_another_program_has_locked_is_in_use) {
    scratch_directory scratch;
    make_job(scratch / "job");
    SQLite::Database other(scratch / "job/frontier.sqlite", SQLite::OPEN_READWRITE);
    other.exec("BEGIN IMMEDIATE");
    BOOST_TEST((trouble_of_opening(scratch / "job").trouble() == job_trouble::in_use));
}

BOOST_AUTO_TEST_CASE(what_is_to_be_created_must_not_be_there_and_what_is_to_be_resumed_must) {
    scratch_directory scratch;
    BOOST_TEST((trouble_of_opening(scratch / "job").trouble() == job_trouble::missing));
    BOOST_TEST(!std::filesystem::exists(scratch / "job"));
    make_job(scratch / "job");
    BOOST_TEST((trouble_of_opening(scratch / "job", job_opening::create).trouble() == job_trouble::exists));
    BOOST_TEST((trouble_of_opening(scratch / "no/job", job_opening::create).trouble() == job_trouble::failed));
    BOOST_TEST(job(scratch / "job", job_opening::create_or_resume, settings).counts().found == 3U);
}

BOOST_AUTO_TEST_CASE(other_settings_are_refused_with_what_differs) {
    scratch_directory scratch;
    make_job(scratch / "job");
    const job_error e = trouble_of_opening(
        scratch / "job", job_opening::resume, {{"scope", "domain"}, {"depth", "3"}, {"seeds", "http://h0.example/1"}});
    BOOST_TEST((e.trouble() == job_trouble::other_settings));
    BOOST_TEST(has(e, "depth was not set, and is '3'; scope was 'host', and is 'domain'"), e.what());
    BOOST_TEST(!has(e, "seeds"), e.what());
}

BOOST_AUTO_TEST_CASE(a_creation_that_was_cut_short_is_begun_anew) {
    scratch_directory scratch;
    std::filesystem::create_directory(scratch / "job");
    std::ofstream(scratch / "job/lock") << "1\n";
    std::ofstream(scratch / "job/frontier.sqlite");
    make_job(scratch / "job");
    job j(scratch / "job", job_opening::resume, settings);
    j.verify();
    BOOST_TEST(j.counts().waiting == 3U);
}

BOOST_AUTO_TEST_CASE(directories_of_others_are_left_alone) {
    scratch_directory scratch;
    std::filesystem::create_directory(scratch / "papers");
    std::ofstream(scratch / "papers/letter") << "Dear";
    const job_error papers = trouble_of_opening(scratch / "papers", job_opening::create_or_resume);
    BOOST_TEST((papers.trouble() == job_trouble::foreign));
    BOOST_TEST(!std::filesystem::exists(scratch / "papers/lock"));

    std::filesystem::create_directory(scratch / "other");
    SQLite::Database(scratch / "other/frontier.sqlite", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
        .exec("CREATE TABLE bookmarks (url TEXT)");
    BOOST_TEST(
        (trouble_of_opening(scratch / "other", job_opening::create_or_resume).trouble() == job_trouble::foreign));
}

BOOST_AUTO_TEST_CASE(a_job_of_a_later_version_is_not_read) {
    scratch_directory scratch;
    make_job(scratch / "job");
    change(scratch / "job", "PRAGMA user_version = 2");
    const job_error e = trouble_of_opening(scratch / "job");
    BOOST_TEST((e.trouble() == job_trouble::newer));
    BOOST_TEST(has(e, "format 2"), e.what());
}

BOOST_AUTO_TEST_CASE(a_file_that_is_overwritten_cut_or_short_of_a_table_is_damaged) {
    scratch_directory scratch;
    for (const std::string how : {"overwritten", "cut", "no table", "host lost", "URL lost"}) {
        make_job(scratch / how, 3000);
        const std::string file = scratch / (how + "/frontier.sqlite");
        if (how == "overwritten") std::fstream(file, std::ios::in | std::ios::out) << "this is a letter, and no job";
        if (how == "cut") std::filesystem::resize_file(file, 3 * 4096);
        if (how == "no table") change(scratch / how, "DROP TABLE seen");
        if (how == "host lost") change(scratch / how, "DELETE FROM host");
        if (how == "URL lost") change(scratch / how, "DELETE FROM url WHERE number = 3000");
        BOOST_TEST((trouble_of_opening(scratch / how).trouble() == job_trouble::damaged), how);
    }
}

BOOST_AUTO_TEST_CASE(verifying_finds_what_opening_cannot) {
    scratch_directory scratch;
    make_job(scratch / "job", 3000);
    for (const std::string sql :
         {"UPDATE url SET state = 1 WHERE number = 7", "DELETE FROM seen WHERE number = 7",
          "INSERT INTO failure VALUES (7, 'x', '')", "UPDATE seen SET number = 8 WHERE number = 7"}) {
        std::filesystem::copy(scratch / "job", scratch / "copy", std::filesystem::copy_options::recursive);
        change(scratch / "copy", sql);
        job j(scratch / "copy", job_opening::resume, settings);
        BOOST_TEST((trouble_in([&] { j.verify(); }).trouble() == job_trouble::damaged), sql);
        std::filesystem::remove_all(scratch / "copy");
    }
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_told_as_such_and_the_job_goes_on_where_it_was_when_there_is_room) {
    scratch_directory scratch;
    make_job(scratch / "job", 1);
    std::uint64_t committed = 0;
    int times_full = 0;
    for (rlim_t room = 16'384;; room += 20'000) {
        const std::uint64_t before = committed;
        try {
            const file_size_limit limit(room);
            crawl_on(scratch / "job", committed);
            break;
        } catch (const job_error& e) {
            ++times_full;
            BOOST_REQUIRE_MESSAGE(e.trouble() == job_trouble::full, e.what());
        }
        BOOST_TEST(committed >= before);
        job j(scratch / "job", job_opening::resume, settings);
        j.verify();
        BOOST_TEST(j.counts().done == committed);
    }
    BOOST_TEST(times_full > 3);
    BOOST_TEST(committed == 1999U);
}

BOOST_AUTO_TEST_CASE(after_a_failure_a_job_does_nothing_more) {
    scratch_directory scratch;
    make_job(scratch / "job", 1);
    job j(scratch / "job", job_opening::resume, settings);
    numbered_links links(1);
    for (int page = 10; page < 5000; ++page)
        links.add(page);
    std::vector<host_gain> gains;
    {
        const file_size_limit limit(100'000);
        j.add_seeds(links, gains);
        BOOST_TEST((trouble_in([&] { j.commit(); }).trouble() == job_trouble::full));
    }
    BOOST_TEST((trouble_in([&] { j.commit(); }).trouble() == job_trouble::failed));
    BOOST_TEST((trouble_in([&] { static_cast<void>(j.take(0)); }).trouble() == job_trouble::failed));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plait::test
