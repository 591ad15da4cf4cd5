// Copyright 2026 the plait authors. Boost Software License 1.0
#include "decompressor.hpp"

#include <new>

#include <zstd.h>
#include <zstd_errors.h>

namespace plait::http {
namespace {

constexpr int largest_window = 23; // RFC 9659: 8 MiB, as a power of two

/// Whether a frame may have `c` as its byte `at`, of the first four: it is RFC 8878's (§3.1.1), or one to be skipped (§3.1.2).
/// libzstd may know formats of before, which nobody else does.
bool begins_a_frame(char c, std::size_t at, bool skipped) noexcept {
    constexpr std::string_view frame = "\x28\xb5\x2f\xfd", to_skip = "\x50\x2a\x4d\x18";
    return skipped ? at == 0 || c == to_skip[at] : c == frame[at];
}

class unzstd final : public decompressor {
public:
    unzstd() : context_(::ZSTD_createDCtx()) {
        if (!context_) throw std::bad_alloc();
        ::ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, largest_window);
    }

    result decompress(std::string_view in, std::span<char> out) override {
        if (between_ && in.empty()) return {0, 0, state::may_end};
        // The magic number alone first: a frame that lies there whole is held to other rules than one that comes in pieces.
        if (magic_seen_ < 4) in = in.substr(0, 4 - magic_seen_);
        if (!is_a_frame(in)) return {0, 0, state::damaged};
        ZSTD_inBuffer from{in.data(), in.size(), 0};
        ZSTD_outBuffer to{out.data(), out.size(), 0};
        const std::size_t code = ::ZSTD_decompressStream(context_.get(), &to, &from);
        if (::ZSTD_isError(code)) {
            if (::ZSTD_getErrorCode(code) == ZSTD_error_memory_allocation) throw std::bad_alloc();
            return {from.pos, to.pos, state::damaged};
        }
        between_ = code == 0;
        if (between_) magic_seen_ = 0;
        return {from.pos, to.pos, between_ ? state::may_end : state::running};
    }

private:
    struct deleter {
        void operator()(ZSTD_DCtx* c) const noexcept { ::ZSTD_freeDCtx(c); }
    };
    [[nodiscard]] bool is_a_frame(std::string_view in) noexcept {
        for (std::size_t i = 0; i < in.size() && magic_seen_ < 4; ++i, ++magic_seen_) {
            if (magic_seen_ == 0) skipped_ = (in[i] & 0xf0) == 0x50;
            if (!begins_a_frame(in[i], magic_seen_, skipped_)) return false;
        }
        return true;
    }

    std::unique_ptr<ZSTD_DCtx, deleter> context_;
    std::size_t magic_seen_ = 0; // bytes of the current frame's
    bool skipped_ = false;       // the current frame is to be
    bool between_ = false;
};

} // namespace

std::unique_ptr<decompressor> make_unzstd() { return std::make_unique<unzstd>(); }

} // namespace plait::http
