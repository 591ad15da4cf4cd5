// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Answers as a server that wishes ill would send them, to a GET and to a HEAD. The verdict is the same however the bytes
// are cut, and no body is longer than it may be.
#include "apps/http_answer_reading.hpp"
#include "fuzz/cuts.hpp"
#include "fuzz/fuzzer.hpp"

using namespace plait;

namespace {

constexpr http::response_limits limits = [] {
    http::response_limits l; // near enough to be reached
    l.status_line = 60;
    l.header_count = 8;
    l.header_bytes = 300;
    l.interim = 2;
    l.body = 100;
    l.chunk_line = 20;
    l.chunk_extensions = 40;
    l.trailer_count = 3;
    l.trailer_bytes = 60;
    return l;
}();

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    for (const std::string_view method : {"GET", "HEAD"}) {
        const std::string whole = test::read_answer(method, bytes, limits);
        test::answer_reading pieces(limits, method);
        test::cut(bytes, [&](std::string_view piece) { pieces.arrive(piece); });
        test::must(pieces.line() == whole, "an answer that came in pieces was read otherwise");
        test::must(whole.size() < limits.body + 50, "a body is longer than the limit");
    }
    return 0;
}
