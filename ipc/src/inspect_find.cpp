// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Finding segments: an anonymous one has no name anywhere, but the processes that hold it have it among their
// descriptors.
#include "proc.hpp"

#include <plait/ipc/inspect.hpp>
#include <plait/runtime/error.hpp>

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

namespace plait::ipc::inspect {
namespace {

constexpr std::string_view memfd_prefix = "memfd:";
constexpr std::string_view process_prefix = "pid:";

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

/// The number that is the rest of `which` behind `prefix`.
template <class Number>
bool read_number(std::string_view which, std::string_view prefix, Number& number) {
    auto digits = which.substr(prefix.size());
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return error == std::errc{} && end == digits.data() + digits.size();
}

std::string hidden_ones(const search_result& all) {
    if (all.hidden_processes == 0) return "";
    return " (" + std::to_string(all.hidden_processes) + " processes may not be looked into)";
}

found_segment segment_of_process(pid_t pid, search_result all) {
    auto is_held = [&](const found_segment& s) {
        return std::ranges::find(s.holders, pid, &holder::pid) != s.holders.end();
    };
    std::erase_if(all.segments, [&](auto& s) { return !is_held(s); });
    if (all.segments.empty())
        throw error(
            errc::object_not_found, "process " + std::to_string(pid) + " holds no segment, or may not be looked into");
    if (all.segments.size() > 1) {
        std::string several;
        for (auto& s : all.segments)
            several += (several.empty() ? "" : ", ") + s.id;
        throw error(errc::invalid_argument, "process " + std::to_string(pid) + " holds several segments: " + several);
    }
    return std::move(all.segments.front());
}

} // namespace

search_result find_segments() {
    search_result result;
    std::map<std::pair<std::uint64_t, std::uint64_t>, found_segment> found; // by inode and device
    for (pid_t pid : detail::all_processes()) {
        auto files = detail::memfds_of(pid, detail::memory_file_name);
        if (!files) {
            ++result.hidden_processes;
            continue;
        }
        for (auto& file : *files) {
            auto& segment = found[{file.inode, file.device}];
            segment.id = std::string(memfd_prefix) + std::to_string(file.inode);
            segment.device = file.device;
            segment.inode = file.inode;
            segment.file_bytes = file.bytes;
            if (segment.holders.empty() || segment.holders.back().pid != pid) segment.holders.push_back({pid, file.fd});
        }
    }
    for (auto& [key, segment] : found)
        result.segments.push_back(std::move(segment));
    return result;
}

found_segment find_segment(std::string_view which) {
    pid_t pid = 0;
    std::uint64_t inode = 0;
    if (which.starts_with(process_prefix) && read_number(which, process_prefix, pid))
        return segment_of_process(pid, find_segments());
    if (!which.starts_with(memfd_prefix) || !read_number(which, memfd_prefix, inode))
        throw error(
            errc::invalid_argument,
            quoted(which) + " names no segment: it must be memfd:INODE, as `plait ls` shows it, or pid:PID");
    auto all = find_segments();
    auto at = std::ranges::find(all.segments, inode, &found_segment::inode);
    if (at == all.segments.end())
        throw error(errc::object_not_found, "no process holds a segment " + quoted(which) + hidden_ones(all));
    return std::move(*at);
}

std::string sentence_of(const boost::system::system_error& failure) {
    std::string sentence = failure.what();
    auto code = ": " + failure.code().what();
    if (sentence.ends_with(code)) sentence.resize(sentence.size() - code.size());
    if (failure.code().category() != plait_category()) sentence += ": " + failure.code().message();
    return sentence;
}

} // namespace plait::ipc::inspect
