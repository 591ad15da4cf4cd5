// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Webs that are made of numbers, and what else tests of jobs need.

#include "support/scratch_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <crawl/job/job.hpp>
#include <deque>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace plait::test {

/// Page `n`, of the host n % `hosts`, and the link to it. Links hold views: the texts are kept here.
class numbered_links {
public:
    explicit numbered_links(int hosts) : hosts_(hosts) {}
    numbered_links(int hosts, std::initializer_list<int> pages) : hosts_(hosts) {
        for (const int page : pages)
            add(page);
    }

    static std::string host_of(int page, int hosts) { return 'h' + std::to_string(page % hosts) + ".example"; }
    static std::string url_of(int page, int hosts) {
        return "http://" + host_of(page, hosts) + '/' + std::to_string(page);
    }
    static int page_of(const std::string& url) { return std::stoi(url.substr(url.rfind('/') + 1)); }

    void add(int page) { add(page, crawl::fingerprint_of(url_of(page, hosts_))); }
    void add(int page, const crawl::fingerprint& print) {
        const std::string& url = texts_.emplace_back(url_of(page, hosts_));
        links_.push_back({print, url, texts_.emplace_back(host_of(page, hosts_))});
    }

    // NOLINTNEXTLINE(google-explicit-constructor): it stands for them
    operator std::span<const crawl::found_link>() const { return links_; }

private:
    int hosts_;
    std::deque<std::string> texts_;
    std::vector<crawl::found_link> links_;
};

inline std::string text_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// What `open` throws.
template <class F>
crawl::job_error trouble_in(F open) {
    try {
        open();
    } catch (const crawl::job_error& e) {
        return e;
    }
    throw std::runtime_error("there was no job_error");
}

} // namespace plait::test
