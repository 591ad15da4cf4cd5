// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// What a request_reader makes of bytes that arrive in given pieces, as one line of text.

#include <plait/http/request_reader.hpp>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

namespace plait::test {

class reading {
public:
    explicit reading(const http::limits& l) : reader_(l), body_limit_(l.body) {}

    /// Lets `piece` arrive, and reads as far as it goes.
    void arrive(std::string_view piece) {
        while (!piece.empty() && !over_) {
            const auto room = reader_.room();
            const std::size_t n = std::min(room.size(), piece.size());
            std::memcpy(room.data(), piece.data(), n);
            reader_.received(n);
            piece.remove_prefix(n);
            read();
        }
    }

    /// The requests so far, and how it ended.
    [[nodiscard]] std::string line() {
        if (!over_ && reader_.started()) end("more");
        return line_;
    }

private:
    void read() {
        using status = http::request_reader::status;
        for (;;) {
            status s = reader_.head();
            if (s == status::ready) s = reader_.body(body_limit_);
            if (s == status::need_more) return;
            if (s == status::refused) return end(std::to_string(reader_.why().status));
            const http::request_head& r = reader_.request();
            add(r.method_text);
            add(r.target);
            if (r.expects_continue) add("continue");
            if (r.framing != http::body_framing::none) {
                add("[");
                line_.append(reader_.content()).append("]");
            }
            if (!r.keep_alive) return end("close");
            reader_.next();
        }
    }
    void end(std::string_view how) {
        add(how);
        over_ = true;
    }
    void add(std::string_view word) {
        if (!line_.empty()) line_.append(" ");
        line_.append(word);
    }

    http::request_reader reader_;
    std::uint64_t body_limit_;
    std::string line_;
    bool over_ = false;
};

[[nodiscard]] inline std::string read_whole(std::string_view bytes, const http::limits& l) {
    reading r(l);
    r.arrive(bytes);
    return r.line();
}

[[nodiscard]] inline std::string read_in_two(std::string_view bytes, std::size_t cut, const http::limits& l) {
    reading r(l);
    r.arrive(bytes.substr(0, cut));
    r.arrive(bytes.substr(cut));
    return r.line();
}

[[nodiscard]] inline std::string read_bytewise(std::string_view bytes, const http::limits& l) {
    reading r(l);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        r.arrive(bytes.substr(i, 1));
    return r.line();
}

} // namespace plait::test
