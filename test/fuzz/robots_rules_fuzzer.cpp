// Copyright 2026 the plait authors. Boost Software License 1.0
//
// A path, to the end of its line, and the robots.txt that decides about it. Lines may end in other ways, and the path may
// be written in its normal form: the decision is the same. No comparison costs more than the path's length.
#include "fuzz/fuzzer.hpp"

#include <crawl/manners/robots_pattern.hpp>
#include <crawl/manners/robots_rules.hpp>
#include <string>
#include <string_view>

using namespace plait;

namespace {

bool same(const crawl::robots_decision& a, const crawl::robots_decision& b) {
    return a.allowed == b.allowed && a.why == b.why && a.line == b.line;
}

std::string with_line_ends(std::string_view file, std::string_view end) {
    std::string other;
    for (char c : file)
        c == '\n' ? other += end : other += c;
    return other;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const std::size_t end = bytes.find('\n');
    const std::string_view path = bytes.substr(0, end);
    const std::string_view file = end == std::string_view::npos ? std::string_view() : bytes.substr(end + 1);
    const std::string normal = crawl::normal_path(path);
    for (const std::string_view agent : {"a", "plait-crawl", ""}) {
        const auto rules = crawl::robots_rules::parse(file, agent);
        const auto decision = rules.decide(path);
        test::must(decision.steps <= (rules.size() + 1) * 2 * 8 * (normal.size() + 1), "a comparison costs too much");
        test::must(decision.line <= file.size() + 1, "a line decides that there is not");
        test::must(same(decision, rules.decide(normal)), "the normal form of a path is decided otherwise");
        test::must(
            rules.crawl_delay().value_or(duration(0)) <= crawl::robots_rules::longest_delay, "a delay is too long");
        if (file.find('\r') != std::string_view::npos) continue;
        for (const std::string_view mark : {"\r", "\r\n"}) {
            const auto other = crawl::robots_rules::parse(with_line_ends(file, mark), agent);
            test::must(same(decision, other.decide(path)), "lines that end otherwise are decided otherwise");
        }
    }
    return 0;
}
