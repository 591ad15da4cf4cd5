// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// BOOST_TEST(allows("User-agent: a\nDisallow: /x", "a", "/y")): tells which line decided otherwise.

#include <boost/test/unit_test.hpp>

#include <crawl/manners/robots_rules.hpp>
#include <string>
#include <string_view>

namespace plait::test {

inline boost::test_tools::assertion_result
decides(bool allowed, std::string_view file, std::string_view agent, std::string_view path) {
    const auto rules = crawl::robots_rules::parse(file, agent);
    const crawl::robots_decision d = rules.decide(path);
    boost::test_tools::assertion_result result(d.allowed == allowed);
    result.message() << path << " is " << (d.allowed ? "allowed" : "not allowed") << ": " << d.to_string();
    return result;
}
inline auto allows(std::string_view file, std::string_view agent, std::string_view path) {
    return decides(true, file, agent, path);
}
inline auto forbids(std::string_view file, std::string_view agent, std::string_view path) {
    return decides(false, file, agent, path);
}

} // namespace plait::test
