// Copyright 2026 the plait authors. Boost Software License 1.0
#include "fingerprint.hpp"

#include <bit>
#include <cstddef>
#include <cstring>

namespace plait::crawl {
namespace {

static_assert(std::endian::native == std::endian::little, "the words are read as they lie in memory");

std::uint64_t word_at(const char* bytes) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    return word;
}

/// The variant of the algorithm for 128 bits.
class sip_state {
public:
    explicit sip_state(fingerprint_key key) noexcept
        : v0_(key.first ^ 0x736f6d6570736575),
          v1_(key.second ^ 0x646f72616e646f6d ^ 0xee),
          v2_(key.first ^ 0x6c7967656e657261),
          v3_(key.second ^ 0x7465646279746573) {}

    void take(std::uint64_t word) noexcept {
        v3_ ^= word;
        rounds(2);
        v0_ ^= word;
    }

    fingerprint finish() noexcept {
        fingerprint result;
        v2_ ^= 0xee;
        rounds(4);
        result.first = v0_ ^ v1_ ^ v2_ ^ v3_;
        v1_ ^= 0xdd;
        rounds(4);
        result.second = v0_ ^ v1_ ^ v2_ ^ v3_;
        return result;
    }

private:
    void rounds(int count) noexcept {
        for (; count > 0; --count) {
            v0_ += v1_;
            v2_ += v3_;
            v1_ = std::rotl(v1_, 13) ^ v0_;
            v3_ = std::rotl(v3_, 16) ^ v2_;
            v0_ = std::rotl(v0_, 32);
            v2_ += v1_;
            v0_ += v3_;
            v1_ = std::rotl(v1_, 17) ^ v2_;
            v3_ = std::rotl(v3_, 21) ^ v0_;
            v2_ = std::rotl(v2_, 32);
        }
    }

    std::uint64_t v0_, v1_, v2_, v3_;
};

} // namespace

fingerprint fingerprint_of(std::string_view canonical, fingerprint_key key) noexcept {
    sip_state state(key);
    const std::size_t whole = canonical.size() / 8 * 8;
    for (std::size_t i = 0; i < whole; i += 8)
        state.take(word_at(canonical.data() + i));
    std::uint64_t last = std::uint64_t{canonical.size() & 0xff} << 56U;
    for (std::size_t i = whole; i < canonical.size(); ++i)
        last |= std::uint64_t{static_cast<unsigned char>(canonical[i])} << (8 * (i - whole));
    state.take(last);
    return state.finish();
}

} // namespace plait::crawl
