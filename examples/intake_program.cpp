// Copyright 2026 the plait authors. Boost Software License 1.0
//
// A plait-intake of one's own: it has all the flags, and answers with a function.
#include <plait/intake/run.hpp>

#include <algorithm>
#include <string>

plait::intake::response backwards(const plait::intake::request& r) {
    std::string body(r.body);
    std::ranges::reverse(body);
    return {.body = body + "\n"};
}

int main(int argc, char** argv) { return plait::intake::run(argc, argv, &backwards); }
