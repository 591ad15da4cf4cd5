// Copyright 2026 the plait authors. Boost Software License 1.0
#include "decompressor.hpp"

#include <new>

#include <brotli/decode.h>

namespace plait::http {
namespace {

class unbrotli final : public decompressor {
public:
    unbrotli() : state_(::BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)) {
        if (!state_) throw std::bad_alloc();
    }

    result decompress(std::string_view in, std::span<char> out) override {
        const std::uint8_t* next_in = reinterpret_cast<const std::uint8_t*>(in.data());
        std::uint8_t* next_out = reinterpret_cast<std::uint8_t*>(out.data());
        std::size_t left = in.size(), room = out.size();
        const BrotliDecoderResult code =
            ::BrotliDecoderDecompressStream(state_.get(), &left, &next_in, &room, &next_out, nullptr);
        if (code == BROTLI_DECODER_RESULT_ERROR && is_lack_of_memory()) throw std::bad_alloc();
        return {in.size() - left, out.size() - room, state_of(code)};
    }

private:
    struct deleter {
        void operator()(BrotliDecoderState* s) const noexcept { ::BrotliDecoderDestroyInstance(s); }
    };

    static state state_of(BrotliDecoderResult code) noexcept {
        if (code == BROTLI_DECODER_RESULT_ERROR) return state::damaged;
        return code == BROTLI_DECODER_RESULT_SUCCESS ? state::over : state::running;
    }
    [[nodiscard]] bool is_lack_of_memory() const noexcept {
        const BrotliDecoderErrorCode why = ::BrotliDecoderGetErrorCode(state_.get());
        return why <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES && why >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES;
    }

    std::unique_ptr<BrotliDecoderState, deleter> state_;
};

} // namespace

std::unique_ptr<decompressor> make_unbrotli() { return std::make_unique<unbrotli>(); }

} // namespace plait::http
