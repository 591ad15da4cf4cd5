// Copyright 2026 the plait authors. Boost Software License 1.0
//
// gzip and deflate, by zlib.
#include "decompressor.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <new>

#include <zlib.h>

namespace plait::http {
namespace {

constexpr int window = 15, gzip_header = 16; // as zlib wants to be told

class inflater {
public:
    inflater() = default;
    inflater(const inflater&) = delete;
    inflater& operator=(const inflater&) = delete;
    ~inflater() {
        if (begun_) ::inflateEnd(&z_);
    }

    void begin(int bits) {
        if (::inflateInit2(&z_, bits) != Z_OK) throw std::bad_alloc(); // there is no other reason
        begun_ = true;
    }
    void begin_again() noexcept { ::inflateReset(&z_); }

    decompressor::result run(std::string_view in, std::span<char> out) {
        constexpr std::size_t most = std::numeric_limits<uInt>::max();
        z_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data())); // which zlib does not write to
        z_.avail_in = static_cast<uInt>(std::min(in.size(), most));
        z_.next_out = reinterpret_cast<Bytef*>(out.data());
        z_.avail_out = static_cast<uInt>(out.size());
        const uInt had = z_.avail_in;
        const int code = ::inflate(&z_, Z_NO_FLUSH);
        if (code == Z_MEM_ERROR) throw std::bad_alloc();
        return {had - z_.avail_in, out.size() - z_.avail_out, state_of(code)};
    }

private:
    static decompressor::state state_of(int code) noexcept {
        if (code == Z_STREAM_END) return decompressor::state::over;
        return code == Z_OK || code == Z_BUF_ERROR ? decompressor::state::running : decompressor::state::damaged;
    }

    z_stream z_{};
    bool begun_ = false;
};

class gunzip final : public decompressor {
public:
    gunzip() { z_.begin(window + gzip_header); }

    result decompress(std::string_view in, std::span<char> out) override {
        if (between_ && in.empty()) return {0, 0, state::may_end};
        if (between_) z_.begin_again();
        result r = z_.run(in, out);
        between_ = r.now == state::over;
        if (between_) r.now = state::may_end; // RFC 1952 §2.2: members follow each other
        return r;
    }

private:
    inflater z_;
    bool between_ = false;
};

// RFC 9110 §8.4.1.2: some send deflate without zlib's wrapping. The first two bytes tell.
class inflate_either final : public decompressor {
public:
    result decompress(std::string_view in, std::span<char> out) override {
        std::size_t used = 0;
        if (held_ < first_.size()) {
            used = std::min(first_.size() - held_, in.size());
            held_ = static_cast<std::size_t>(std::copy_n(in.data(), used, &first_[held_]) - first_.data());
            if (held_ < first_.size()) return {used, 0, state::running};
            z_.begin(is_wrapped() ? window : -window);
        }
        if (told_ < first_.size()) {
            const result r = z_.run(std::string_view(first_.data(), first_.size()).substr(told_), out);
            told_ += r.used;
            // The bare stream of two bytes is over with them; one that is over before had a byte too many.
            const bool too_early = r.now == state::over && told_ < first_.size();
            return {used, r.made, too_early ? state::damaged : r.now};
        }
        return z_.run(in, out);
    }

private:
    [[nodiscard]] bool is_wrapped() const noexcept { // RFC 1950 §2.2
        const unsigned method = static_cast<unsigned char>(first_[0]), flags = static_cast<unsigned char>(first_[1]);
        return (method & 0x0f) == 8 && method >> 4 <= 7 && (method * 256 + flags) % 31 == 0;
    }

    inflater z_;
    std::array<char, 2> first_{};
    std::size_t held_ = 0, told_ = 0; // of them: received, and given to zlib
};

} // namespace

std::unique_ptr<decompressor> make_gunzip() { return std::make_unique<gunzip>(); }
std::unique_ptr<decompressor> make_inflate() { return std::make_unique<inflate_either>(); }

} // namespace plait::http
