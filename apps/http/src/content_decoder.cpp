// Copyright 2026 the plait authors. Boost Software License 1.0
#include "bytes.hpp"
#include "decompressor.hpp"

#include <plait/http/content_decoder.hpp>

#include <algorithm>

namespace plait::http {
namespace {

class unchanged final : public decompressor {
public:
    result decompress(std::string_view in, std::span<char> out) override {
        const std::size_t n = in.copy(out.data(), out.size());
        return {n, n, state::may_end};
    }
};

std::unique_ptr<decompressor> make(content_coding coding) {
    switch (coding) {
    case content_coding::gzip: return make_gunzip();
    case content_coding::deflate: return make_inflate();
    case content_coding::br: return make_unbrotli();
    case content_coding::zstd: return make_unzstd();
    case content_coding::identity: break;
    }
    return std::make_unique<unchanged>();
}

} // namespace

std::optional<content_coding> coding_named(std::string_view name) noexcept {
    if (name.empty() || bytes::equals(name, "identity")) return content_coding::identity;
    if (bytes::equals(name, "gzip") || bytes::equals(name, "x-gzip")) return content_coding::gzip; // RFC 9110 §8.4.1.3
    if (bytes::equals(name, "deflate")) return content_coding::deflate;
    if (bytes::equals(name, "br")) return content_coding::br;
    if (bytes::equals(name, "zstd")) return content_coding::zstd;
    return std::nullopt;
}

content_decoder::content_decoder(content_coding coding, const decoding_limits& l)
    : how_(make(coding)), limits_(l), buffer_(std::make_unique_for_overwrite<char[]>(most_at_once)) {}
content_decoder::content_decoder(content_decoder&&) noexcept = default;
content_decoder& content_decoder::operator=(content_decoder&&) noexcept = default;
content_decoder::~content_decoder() = default;

content_decoder::step content_decoder::feed(std::string_view bytes) {
    if (why_ || (bytes.empty() && !has_more_)) return {0, {}};
    if (!how_) return refuse(fault::coding_damaged, "bytes follow its compressed end");
    const std::span<char> room(buffer_.get(), most_at_once);
    const decompressor::result r = how_->decompress(bytes, room);
    taken_ += r.used;
    given_ += r.made;
    has_more_ = r.made == room.size();
    const bool is_stuck = r.used == 0 && r.made == 0 && !bytes.empty();
    if (r.now == decompressor::state::damaged || is_stuck)
        return refuse(fault::coding_damaged, "its compressed body is damaged");
    if (given_ > limits_.size) return refuse(fault::decoded_too_large, "its body becomes too large");
    if (given_ > limits_.free && given_ / limits_.ratio > taken_)
        return refuse(fault::decoded_ratio, "its body becomes too large for what it was");
    may_end_ = r.now != decompressor::state::running;
    if (r.now == decompressor::state::over) {
        how_.reset(); // its window is needed no more
        has_more_ = false;
    }
    return {r.used, {buffer_.get(), r.made}};
}

response_fault content_decoder::end() const noexcept {
    if (why_ || may_end_) return why_;
    return {fault::coding_truncated, "its compressed body ends too early"};
}

} // namespace plait::http
