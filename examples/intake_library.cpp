// Copyright 2026 the plait authors. Boost Software License 1.0
//
// A handler in a shared object, which plait-intake's workers load:
//
//   $ g++ -std=c++20 -O2 -shared -fPIC -Iapps/intake/include -o greet.so examples/intake_library.cpp
//   $ plait-intake --handler library:./greet.so
#include <plait/intake/handler.hpp>

#include <string>

plait::intake::response greet(const plait::intake::request& r) {
    if (r.method != "GET") return {.status = 405, .headers = {{"Allow", "GET"}}};
    return {.body = "hello, " + std::string(r.find("User-Agent", "stranger")) + "\n"};
}
PLAIT_INTAKE_HANDLER(greet)
