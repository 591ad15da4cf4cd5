// Copyright 2026 the plait authors. Boost Software License 1.0
#include "decompressor.hpp"

#include <new>

#include <zstd.h>
#include <zstd_errors.h>

namespace plait::http {
namespace {

constexpr int largest_window = 23; // RFC 9659: 8 MiB, as a power of two

class unzstd final : public decompressor {
public:
    unzstd() : context_(::ZSTD_createDCtx()) {
        if (!context_) throw std::bad_alloc();
        ::ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, largest_window);
    }

    result decompress(std::string_view in, std::span<char> out) override {
        if (between_ && in.empty()) return {0, 0, state::may_end};
        ZSTD_inBuffer from{in.data(), in.size(), 0};
        ZSTD_outBuffer to{out.data(), out.size(), 0};
        const std::size_t code = ::ZSTD_decompressStream(context_.get(), &to, &from);
        if (::ZSTD_isError(code)) {
            if (::ZSTD_getErrorCode(code) == ZSTD_error_memory_allocation) throw std::bad_alloc();
            return {from.pos, to.pos, state::damaged};
        }
        between_ = code == 0;
        return {from.pos, to.pos, between_ ? state::may_end : state::running};
    }

private:
    struct deleter {
        void operator()(ZSTD_DCtx* c) const noexcept { ::ZSTD_freeDCtx(c); }
    };
    std::unique_ptr<ZSTD_DCtx, deleter> context_;
    bool between_ = false;
};

} // namespace

std::unique_ptr<decompressor> make_unzstd() { return std::make_unique<unzstd>(); }

} // namespace plait::http
