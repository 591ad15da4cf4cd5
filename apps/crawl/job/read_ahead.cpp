// Copyright 2026 the plait authors. Boost Software License 1.0
#include "read_ahead.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace plait::crawl {

read_ahead::read_ahead(std::size_t of_one, std::size_t in_all)
    : of_one_(std::max(of_one, std::size_t{1})), in_all_(std::max(in_all, std::size_t{1})) {}

// As many as are skipped, so that a host of which thousands are out does not cost thousands of rows a URL.
std::size_t read_ahead::chunk(std::size_t out) const noexcept { return std::min(std::max(of_one_, out), in_all_); }

std::optional<taken_url> read_ahead::take(host_id host) {
    const auto at = lines_.find(host);
    if (at == lines_.end()) return {};
    taken_url first = std::move(at->second.urls.front());
    at->second.urls.pop_front();
    --size_;
    used_.splice(used_.end(), used_, at->second.used);
    if (at->second.urls.empty()) drop(at);
    return first;
}

void read_ahead::fill(host_id host, std::vector<taken_url> urls) {
    if (urls.empty()) return;
    while (size_ > 0 && size_ + urls.size() > in_all_)
        drop(lines_.find(used_.front()));
    line& l = lines_[host];
    l.used = used_.insert(used_.end(), host);
    l.urls.assign(std::make_move_iterator(urls.begin()), std::make_move_iterator(urls.end()));
    size_ += l.urls.size();
}

bool read_ahead::wants(const taken_url& key) const {
    const auto at = lines_.find(key.host);
    return at != lines_.end() && order(key) < order(at->second.urls.back());
}

void read_ahead::insert(taken_url url) {
    auto& urls = lines_.at(url.host).urls;
    const auto place = std::upper_bound(
        urls.begin(), urls.end(), url, [](const taken_url& a, const taken_url& b) { return order(a) < order(b); });
    urls.insert(place, std::move(url));
    ++size_;
    if (size_ <= in_all_) return;
    urls.pop_back();
    --size_;
}

void read_ahead::drop(lines::iterator at) {
    size_ -= at->second.urls.size();
    used_.erase(at->second.used);
    lines_.erase(at);
}

} // namespace plait::crawl
