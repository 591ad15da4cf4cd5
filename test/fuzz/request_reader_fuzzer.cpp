// Copyright 2026 the plait authors. Boost Software License 1.0
//
// Requests as a client that wishes ill would send them. The verdict is the same however the bytes are cut.
#include "apps/http_reading.hpp"
#include "fuzz/cuts.hpp"
#include "fuzz/fuzzer.hpp"

using namespace plait;

namespace {

constexpr http::limits limits = [] {
    http::limits l; // near enough to be reached
    l.target = 200;
    l.header_count = 8;
    l.header_bytes = 300;
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
    const std::string whole = test::read_whole(bytes, limits);
    test::reading pieces(limits);
    test::cut(bytes, [&](std::string_view piece) { pieces.arrive(piece); });
    test::must(pieces.line() == whole, "a request that came in pieces was read otherwise");
    return 0;
}
