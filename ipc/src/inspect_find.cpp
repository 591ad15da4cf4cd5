// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Finding segments: some have names; and one that has none is among the descriptors of the processes that hold it.
#include "foreign_memory.hpp"
#include "layout.hpp"
#include "proc.hpp"
#include "segment_place.hpp"

#include <plait/ipc/inspect.hpp>
#include <plait/runtime/error.hpp>

#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>
#include <utility>

#include <sys/stat.h>

namespace plait::ipc::inspect {
namespace {

constexpr std::string_view memfd_prefix = "memfd:";
constexpr std::string_view removed_prefix = "removed:";
constexpr std::string_view process_prefix = "pid:";
constexpr std::string_view names_directory = "/dev/shm/";

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

/// The segments that were found so far, by what the kernel knows their memory by.
using findings = std::map<detail::file_id, found_segment>;

/// Notes what lies at `path`, if it is a file.
void add_path(findings& found, const std::string& id, const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) == -1 || !S_ISREG(status.st_mode)) return;
    found[{status.st_dev, status.st_ino}] = {
        .id = id,
        .path = path,
        .device = status.st_dev,
        .inode = status.st_ino,
        .file_bytes = static_cast<std::uint64_t>(status.st_size),
        .owner = status.st_uid};
}

/// Whether a file in the directory of names whose own name is gone is a segment's memory.
bool is_removed_memory(pid_t pid, const detail::open_file& file) {
    if (!file.link.starts_with(names_directory) || !file.link.ends_with(" (deleted)")) return false;
    try {
        detail::foreign_memory memory(
            {.id = file.link, .device = file.device, .inode = file.inode, .holders = {{pid, file.fd}}});
        auto mark = memory.copy(0, sizeof detail::segment_magic);
        return mark.size() > 0 && mark.number<std::uint64_t>(0) == detail::segment_magic;
    } catch (const boost::system::system_error&) {
        return false;
    }
}

/// Looks for those who hold what was found, and for what has no name. Returns how many processes may not be looked into.
std::size_t add_holders(findings& found) {
    std::size_t hidden = 0;
    for (pid_t pid : detail::all_processes()) {
        auto files = detail::files_of(pid);
        if (!files) {
            ++hidden;
            continue;
        }
        for (auto& file : *files) {
            auto at = found.find({file.device, file.inode});
            if (at == found.end()) {
                bool anonymous = detail::is_memfd(file, detail::memory_file_name);
                if (!anonymous && !is_removed_memory(pid, file)) continue;
                found_segment fresh{
                    .id = std::string(anonymous ? memfd_prefix : removed_prefix) + std::to_string(file.inode),
                    .device = file.device,
                    .inode = file.inode,
                    .file_bytes = file.bytes};
                at = found.emplace(detail::file_id{file.device, file.inode}, std::move(fresh)).first;
            }
            auto& holders = at->second.holders;
            if (holders.empty() || holders.back().pid != pid) holders.push_back({pid, file.fd});
        }
    }
    return hidden;
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

found_segment segment_of_file(const std::string& path) {
    findings found;
    add_path(found, path, path);
    if (found.empty()) throw error(errc::object_not_found, quoted(path) + " is not there, or is no regular file");
    auto key = found.begin()->first;
    add_holders(found);
    return std::move(found[key]);
}

} // namespace

search_result find_segments() {
    findings found;
    for (auto& name : detail::segment_names())
        add_path(found, name, detail::segment_place::named(name).path());
    search_result result{.hidden_processes = add_holders(found)};
    for (auto& [key, segment] : found)
        result.segments.push_back(std::move(segment));
    std::ranges::sort(result.segments, [](auto& a, auto& b) {
        auto place = [](auto& s) { return std::tuple(s.path.empty(), s.path, s.inode); };
        return place(a) < place(b);
    });
    return result;
}

found_segment find_segment(std::string_view which) {
    if (which.find('/') != std::string_view::npos) return segment_of_file(std::string(which));
    auto all = find_segments();
    if (which.starts_with(process_prefix)) {
        pid_t pid = 0;
        auto digits = which.substr(process_prefix.size());
        auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), pid);
        if (failure == std::errc{} && end == digits.data() + digits.size())
            return segment_of_process(pid, std::move(all));
    }
    auto at = std::ranges::find(all.segments, which, &found_segment::id);
    if (at != all.segments.end()) return std::move(*at);
    bool may_be_one =
        detail::is_segment_name(which) || which.starts_with(memfd_prefix) || which.starts_with(removed_prefix);
    if (!may_be_one)
        throw error(
            errc::invalid_argument, quoted(which) +
                                        " names no segment: it must be a name or memfd:INODE, as `plait ls` "
                                        "shows it, the path of a file with a '/' in it, or pid:PID");
    throw error(errc::object_not_found, "there is no segment " + quoted(which) + hidden_ones(all));
}

std::string sentence_of(const boost::system::system_error& failure) {
    std::string sentence = failure.what();
    auto code = ": " + failure.code().what();
    if (sentence.ends_with(code)) sentence.resize(sentence.size() - code.size());
    if (failure.code().category() != plait_category()) sentence += ": " + failure.code().message();
    return sentence;
}

} // namespace plait::ipc::inspect
