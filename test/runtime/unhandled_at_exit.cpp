// Copyright 2026 the plait authors. Boost Software License 1.0
//
// A program whose thread has failed, and is let go by the destructor of a static object that is older than the handler of
// unhandled exceptions. The handler writes what it has kept.
#include <plait/runtime/thread.hpp>
#include <plait/runtime/unhandled.hpp>

#include <cstdio>
#include <stdexcept>
#include <string>

namespace {

plait::thread fails;

} // namespace

int main() {
    plait::on_unhandled_exception([kept = std::string(100, '!')](const plait::unhandled_exception&) {
        std::fputs(kept.c_str(), stdout);
        std::fflush(stdout);
    });
    fails = plait::thread([] { throw std::runtime_error("failed"); });
}
