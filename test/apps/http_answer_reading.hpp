// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What a response_reader makes of bytes that arrive in given pieces, and then end, as one line of text.

#include <plait/http/response_reader.hpp>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

namespace plait::test {

[[nodiscard]] constexpr std::string_view name_of(http::fault f) {
    switch (f) {
    case http::fault::malformed: return "malformed";
    case http::fault::version: return "version";
    case http::fault::framing: return "framing";
    case http::fault::head_too_large: return "head_too_large";
    case http::fault::body_too_large: return "body_too_large";
    case http::fault::chunk: return "chunk";
    case http::fault::truncated: return "truncated";
    case http::fault::too_many_interim: return "too_many_interim";
    case http::fault::upgrade: return "upgrade";
    case http::fault::unasked: return "unasked";
    default: return "no fault of an answer";
    }
}

class answer_reading {
public:
    answer_reading(const http::response_limits& l, std::string_view method) : reader_(l) {
        reader_.expect(method == "HEAD", l.body);
    }

    /// Lets `piece` arrive, and reads as far as it goes.
    void arrive(std::string_view piece) {
        if (over_) extra_ = extra_ || !piece.empty();
        while (!piece.empty() && !over_) {
            const auto room = reader_.room();
            const std::size_t n = std::min(room.size(), piece.size());
            std::memcpy(room.data(), piece.data(), n);
            reader_.received(n);
            piece.remove_prefix(n);
            read();
            if (over_) extra_ = !piece.empty() || !reader_.can_go_on();
        }
    }

    /// The answer, and how it ended when the connection ended behind the last piece.
    [[nodiscard]] std::string line() {
        if (!over_) {
            reader_.ended();
            read();
        }
        return line_ + (extra_ && !reader_.why() && reader_.response().keep_alive ? " extra" : "");
    }

private:
    void read() {
        using status = http::response_reader::status;
        if (!has_head_) {
            const status s = reader_.head();
            if (s == status::need_more) return;
            if (s == status::refused) return end(name_of(reader_.why().what));
            has_head_ = true;
            line_ = std::to_string(reader_.response().status);
            has_body_ = reader_.response().framing != http::body_framing::none;
            if (has_body_) line_ += " [";
        }
        do {
            const status s = reader_.body();
            if (s == status::need_more) return;
            if (s == status::refused) return end(name_of(reader_.why().what));
            line_ += reader_.piece();
        } while (!reader_.is_complete());
        end(reader_.response().keep_alive ? "keep" : "close");
    }
    void end(std::string_view how) {
        if (has_body_) line_ += "]";
        if (!line_.empty()) line_ += " ";
        line_ += how;
        over_ = true;
    }

    http::response_reader reader_;
    std::string line_;
    bool has_head_ = false, has_body_ = false, over_ = false, extra_ = false;
};

[[nodiscard]] inline std::string
read_answer(std::string_view method, std::string_view bytes, const http::response_limits& l) {
    answer_reading r(l, method);
    r.arrive(bytes);
    return r.line();
}

[[nodiscard]] inline std::string
read_answer_in_two(std::string_view method, std::string_view bytes, std::size_t cut, const http::response_limits& l) {
    answer_reading r(l, method);
    r.arrive(bytes.substr(0, cut));
    r.arrive(bytes.substr(cut));
    return r.line();
}

[[nodiscard]] inline std::string
read_answer_bytewise(std::string_view method, std::string_view bytes, const http::response_limits& l) {
    answer_reading r(l, method);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        r.arrive(bytes.substr(i, 1));
    return r.line();
}

} // namespace plait::test
