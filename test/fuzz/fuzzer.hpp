// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
//   corpus ──▶ libFuzzer (make fuzz) or replay.cpp (the tests) ──bytes──▶ LLVMFuzzerTestOneInput ──▶ a decoder
//
// What a fuzzer is made of. Each reads foreign bytes as the library would and must come back, with a value or with the
// error that is documented: anything else that is thrown, a failing `must`, or a sanitizer's report is a finding.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace plait::test {

inline void must(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "fuzzer: %s\n", what);
    std::abort();
}

} // namespace plait::test
