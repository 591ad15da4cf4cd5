// Copyright 2026 the plait authors. Boost Software License 1.0
//
// plait-intake with a C++ function of one's own: this program has all its flags, and its worker processes call count_letters.
//
//   $ intake_handler --workers 4
//   $ curl -d 'hello, world' http://127.0.0.1:8080/letters
//   {"letters": 10}
#include <plait/intake/run.hpp>

#include <algorithm>
#include <string>

namespace {

namespace intake = plait::intake;

/// Letters of ASCII, and the first bytes of what else UTF-8 holds.
bool is_letter(unsigned char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0xc0; }

intake::response count_letters(const intake::request& r) {
    if (r.target != "/letters") return {.status = 404, .body = "there is only /letters\n"};
    return {
        .content_type = "application/json",
        .body = "{\"letters\": " + std::to_string(std::ranges::count_if(r.body, is_letter)) + "}\n"};
}

} // namespace

int main(int argc, char** argv) { return intake::run(argc, argv, &count_letters); }
