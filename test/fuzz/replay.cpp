// Copyright 2026 the plait authors. Boost Software License 1.0
//
// The main program of a fuzzer without libFuzzer: plays every file of a corpus, all that is left of each when it is cut
// short, and seeded mutations of it. The same every time, and needs no clang.
//
//     fuzz_codec CORPUS [ROUNDS [SEED]]
#include "fuzz/fuzzer.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace {

using input = std::vector<std::uint8_t>;

std::vector<input> corpus_in(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        files.push_back(entry.path());
    std::sort(files.begin(), files.end()); // the order of a directory differs from machine to machine
    std::vector<input> inputs;
    for (const auto& file : files) {
        std::ifstream from(file, std::ios::binary);
        inputs.emplace_back(std::istreambuf_iterator<char>(from), std::istreambuf_iterator<char>());
    }
    return inputs;
}

void play(const input& bytes) {
    // A copy of exactly this size: a read behind its end is seen by AddressSanitizer.
    input exact(bytes.begin(), bytes.end());
    exact.shrink_to_fit();
    LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

using dice = std::minstd_rand;

// Where formats keep what matters: lengths, signs, limits.
constexpr std::uint8_t interesting[] = {0x00, 0x01, 0x7f, 0x80, 0x90, 0xc0, 0xc1, 0xdb, 0xdd, 0xdf, 0xff};

void mutate(input& bytes, const std::vector<input>& corpus, dice& roll) {
    auto place = [&] { return static_cast<std::ptrdiff_t>(roll() % bytes.size()); };
    auto any = [&] { return static_cast<std::uint8_t>(roll()); };
    if (bytes.empty()) bytes.push_back(any());
    switch (roll() % 7) {
    case 0: bytes[static_cast<std::size_t>(place())] ^= static_cast<std::uint8_t>(1U << roll() % 8); break;
    case 1: bytes[static_cast<std::size_t>(place())] = any(); break;
    case 2: bytes[static_cast<std::size_t>(place())] = interesting[roll() % std::size(interesting)]; break;
    case 3: bytes.insert(bytes.begin() + place(), any()); break;
    case 4: bytes.erase(bytes.begin() + place()); break;
    case 5: bytes.resize(roll() % bytes.size() + 1); break;
    default: { // a piece of another
        const input& other = corpus[roll() % corpus.size()];
        if (other.empty()) break;
        auto from = static_cast<std::ptrdiff_t>(roll() % other.size());
        auto length = std::min<std::ptrdiff_t>(
            static_cast<std::ptrdiff_t>(roll() % 16 + 1), static_cast<std::ptrdiff_t>(other.size()) - from);
        bytes.insert(bytes.begin() + place(), other.begin() + from, other.begin() + from + length);
    }
    }
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: %s CORPUS [ROUNDS [SEED]]\n", argv[0]);
        return 2;
    }
    auto corpus = corpus_in(argv[1]);
    unsigned long rounds = argc > 2 ? std::stoul(argv[2]) : 20'000;
    dice roll(argc > 3 ? static_cast<dice::result_type>(std::stoul(argv[3])) : 1);
    if (corpus.empty()) {
        std::fprintf(stderr, "%s is empty\n", argv[1]);
        return 2;
    }
    for (const input& whole : corpus)
        for (std::size_t length = 0; length <= whole.size(); ++length)
            play(input(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)));
    for (unsigned long round = 0; round < rounds; ++round) {
        input bytes = corpus[roll() % corpus.size()];
        for (auto changes = roll() % 6 + 1; changes > 0; --changes)
            mutate(bytes, corpus, roll);
        play(bytes);
    }
    std::printf("%zu inputs, %lu mutations\n", corpus.size(), rounds);
}
