// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The first byte says which coding the others are in. Whether they decode, and to what, is the same however they are cut;
// the limits hold.
#include "fuzz/cuts.hpp"
#include "fuzz/fuzzer.hpp"

#include <plait/http/content_decoder.hpp>

#include <string>

using namespace plait;

namespace {

constexpr http::decoding_limits limits{.size = 50'000, .ratio = 1'000'000, .free = 50'000};
constexpr http::decoding_limits tight{.size = 50'000, .ratio = 3, .free = 100};

struct decoding {
    decoding(http::content_coding coding, const http::decoding_limits& l) : decoder(coding, l) {}

    void take(std::string_view bytes) {
        while (!decoder.why()) {
            const auto step = decoder.feed(bytes);
            test::must(step.used <= bytes.size(), "more was used than there was");
            if (step.used == 0 && step.data.empty()) break;
            taken += step.used;
            bytes.remove_prefix(step.used);
            result += step.data;
        }
        test::must(bytes.empty() || decoder.why(), "bytes were left over without a reason");
    }
    [[nodiscard]] bool is_whole() const { return !decoder.end(); }

    http::content_decoder decoder;
    std::string result;
    std::size_t taken = 0;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const auto coding = static_cast<http::content_coding>(data[0] % 5);
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    decoding whole(coding, limits), pieces(coding, limits), bounded(coding, tight);
    whole.take(bytes);
    test::cut(bytes, [&](std::string_view piece) { pieces.take(piece); });
    bounded.take(bytes);
    test::must(whole.is_whole() == pieces.is_whole(), "an input decodes only if it is cut in one way");
    test::must(!whole.is_whole() || whole.result == pieces.result, "an input decodes differently in pieces");
    test::must(whole.result.size() <= limits.size && pieces.result.size() <= limits.size, "it became too large");
    // Less than the ratio and one step of the decoder's.
    test::must(bounded.result.size() <= tight.free + tight.ratio * (bounded.taken + 1), "the ratio was exceeded");
    return 0;
}
