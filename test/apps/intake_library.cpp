// Copyright 2026 the plait authors. Boost Software License 1.0
//
// A handler in a shared object, for intake_program_test.py. With PLAIT_OLD_LIBRARY, one of another version.
#include <plait/intake/handler.hpp>

#include <csignal>
#include <stdexcept>
#include <string>

namespace {

using plait::intake::request;
using plait::intake::response;

response answer(const request& r) {
    if (r.target == "/throw") throw std::runtime_error("the kitchen is closed");
    if (r.target == "/crash") std::raise(SIGKILL);
    if (r.target == "/split") return {.headers = {{"X-Split", "1\r\nSet-Cookie: evil"}}};
    return {
        .status = 201,
        .content_type = "text/x-greeting",
        .headers = {{"X-Length", std::string(r.find("content-length", "none"))}},
        .body = "hello, " + std::string(r.find("x-name", "you")) + ": " + std::string(r.method) + " " +
                std::string(r.target) + " " + std::string(r.body)};
}

} // namespace

#ifdef PLAIT_OLD_LIBRARY
extern "C" __attribute__((visibility("default"))) const plait::intake::handler_library plait_intake_library;
const plait::intake::handler_library plait_intake_library{999, &answer};
#else
PLAIT_INTAKE_HANDLER(answer)
#endif
