// Copyright 2026 the plait authors. Boost Software License 1.0
#include "message_pack.hpp"
#include "text.hpp"

#include <plait/ipc/msgpack.hpp>

#include <array>
#include <charconv>
#include <chrono>

namespace plait::inspector {
namespace {

template <class Number>
std::string number_text(Number value) {
    std::array<char, 64> text{};
    auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return {text.data(), end};
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (char c : printable(text))
        out += c == '"' ? std::string("\\\"") : std::string(1, c);
    return out + '"';
}

/// Writes the values of one message. The unpacker checks every length; the first byte of a value says what it is.
class writer {
public:
    explicit writer(std::span<const std::byte> message) : message_(message), from_(message) {}

    std::string text() {
        value(0);
        from_.finish();
        return std::move(out_);
    }

private:
    void value(unsigned depth) {
        if (depth > ipc::nesting_limit) from_.fail("too deep");
        if (from_.remaining() == 0) return from_.nil(); // which says that something is missing
        auto first = std::to_integer<unsigned>(message_[from_.offset()]);
        if (first >= 0x80 && first <= 0x8f) return map(depth);
        if (first >= 0x90 && first <= 0x9f) return array(depth);
        if (first >= 0xa0 && first <= 0xbf) return string();
        if (first < 0x80 || (first >= 0xcc && first <= 0xcf)) return add(number_text(from_.integer<std::uint64_t>()));
        switch (first) {
        case 0xc0: from_.nil(); return add("nil");
        case 0xc2:
        case 0xc3: return add(from_.boolean() ? "true" : "false");
        case 0xc4:
        case 0xc5:
        case 0xc6: return add("h'" + hex_text(from_.binary()) + "'");
        case 0xca: return add(number_text(from_.single_real()));
        case 0xcb: return add(number_text(from_.real()));
        case 0xd9:
        case 0xda:
        case 0xdb: return string();
        case 0xdc:
        case 0xdd: return array(depth);
        case 0xde:
        case 0xdf: return map(depth);
        default: break;
        }
        if (first >= 0xd0 && (first <= 0xd3 || first >= 0xe0)) return add(number_text(from_.integer<std::int64_t>()));
        time();
    }

    void add(std::string_view text) { out_ += text; }
    void string() { add(quoted(from_.string())); }
    void time() {
        auto when = from_.time();
        using clock = std::chrono::system_clock;
        // A message may name any of 2^64 seconds; the clock counts nanoseconds in as many bits.
        constexpr auto limit = std::chrono::duration_cast<std::chrono::seconds>(clock::duration::max()).count();
        if (when.seconds < -limit || when.seconds > limit) return add(number_text(when.seconds) + " s since 1970");
        add(utc_text(clock::time_point(std::chrono::seconds(when.seconds))));
    }
    void array(unsigned depth) {
        auto n = from_.array();
        add("[");
        for (std::size_t i = 0; i < n; ++i) {
            if (i > 0) add(", ");
            value(depth + 1);
        }
        add("]");
    }
    void map(unsigned depth) {
        auto n = from_.map();
        add("{");
        for (std::size_t i = 0; i < n; ++i) {
            if (i > 0) add(", ");
            value(depth + 1);
            add(": ");
            value(depth + 1);
        }
        add("}");
    }

    std::span<const std::byte> message_;
    ipc::unpacker from_;
    std::string out_;
};

} // namespace

std::optional<std::string> message_pack_text(std::span<const std::byte> message) {
    if (message.empty() || is_printable({reinterpret_cast<const char*>(message.data()), message.size()}))
        return std::nullopt;
    try {
        return writer(message).text();
    } catch (const ipc::decode_error&) {
        return std::nullopt;
    }
}

} // namespace plait::inspector
